"""How strong a passphrase is, by zxcvbn's estimate of the guesses that it withstands."""

from dataclasses import dataclass
from typing import Any

from wtforms import Form
from wtforms.validators import ValidationError
from zxcvbn import zxcvbn

from vault.web.language import gettext as _

LEAST_CHARACTERS = 15
LEAST_SCORE = 3
MOST_CHARACTERS = 1024

_JUDGED = 72
"""zxcvbn's work grows with the square of the length, and it refuses more than this."""


@dataclass(frozen=True)
class Strength:
    """zxcvbn's score, 0 to 4, and what to say about it."""

    score: int
    verdict: str


def judge(passphrase: str, *known: str) -> Strength:
    """Judge a passphrase; `known` is what a guesser would try first, such as the user name."""
    score = int(zxcvbn(passphrase[:_JUDGED], user_inputs=[word for word in known if word])["score"])
    return Strength(score, _verdict(score))


def _verdict(score: int) -> str:
    return (
        _("Guessed at once"),
        _("Guessed within hours"),
        _("Guessed within days"),
        _("Strong"),
        _("Very strong"),
    )[score]


class StrongPassphrase:
    """A validator: long enough, and not among what is tried first."""

    def __init__(self, name_field: str | None = None) -> None:
        """Judge together with the user name in `name_field`, if there is one."""
        self._name_field = name_field

    def __call__(self, form: Form, field: Any) -> None:
        """Refuse with a reason and a way out."""
        passphrase = field.data or ""
        if len(passphrase) < LEAST_CHARACTERS:
            raise ValidationError(
                _(
                    "At least %(least)d characters: four or five words will do.",
                    least=LEAST_CHARACTERS,
                )
            )
        if len(passphrase) > MOST_CHARACTERS:
            raise ValidationError(_("At most %(most)d characters.", most=MOST_CHARACTERS))
        name = form[self._name_field].data if self._name_field else ""
        if judge(passphrase, name or "").score < LEAST_SCORE:
            raise ValidationError(
                _(
                    "Too easy to guess: it repeats itself or uses words that often go together. "
                    "Add a word that has nothing to do with the others."
                )
            )
