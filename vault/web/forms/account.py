"""Forms around the passphrase: creating, opening, recovering, changing and erasing a vault."""

from flask_wtf import FlaskForm
from wtforms import BooleanField, PasswordField, RadioField, SelectChoice, StringField
from wtforms.validators import DataRequired, Length, Regexp

from vault.web.language import lazy_gettext as _
from vault.web.strength import StrongPassphrase

_NAME = Regexp(
    r"^[\w.@+-]+$", message=_("Use letters, digits, dot, dash and underscore, without spaces.")
)
_NEEDED = DataRequired(_("This is needed."))


def stripped(text: str | None) -> str | None:
    """A text without the spaces around it, which nobody sees."""
    return text.strip() if text else text


class SignUpForm(FlaskForm):
    """A new vault."""

    username = StringField(
        _("Username"),
        filters=[stripped],
        validators=[_NEEDED, Length(max=64, message=_("At most 64 characters.")), _NAME],
    )
    passphrase = PasswordField(_("Passphrase"), validators=[_NEEDED, StrongPassphrase("username")])
    invitation = StringField(_("Invitation"), filters=[stripped], validators=[_NEEDED])


class UnlockForm(FlaskForm):
    """Opening a vault: nothing is said of a name that does not exist."""

    username = StringField(_("Username"), filters=[stripped], validators=[_NEEDED])
    passphrase = PasswordField(_("Passphrase"), validators=[_NEEDED])


class RecoverForm(FlaskForm):
    """Opening a vault with the recovery code, and a new passphrase in the same step."""

    username = StringField(_("Username"), filters=[stripped], validators=[_NEEDED])
    recovery_code = StringField(_("Recovery code"), filters=[stripped], validators=[_NEEDED])
    passphrase = PasswordField(
        _("New passphrase"), validators=[_NEEDED, StrongPassphrase("username")]
    )


class ChangePassphraseForm(FlaskForm):
    """A new passphrase for an open vault."""

    current = PasswordField(_("Current passphrase"), validators=[_NEEDED])
    chosen = PasswordField(_("New passphrase"), validators=[_NEEDED, StrongPassphrase()])


class PassphraseForm(FlaskForm):
    """The passphrase once more, before something that matters."""

    passphrase = PasswordField(_("Passphrase"), validators=[_NEEDED])


class ExportForm(PassphraseForm):
    """Everything, in a form that other programs read."""

    format = RadioField(
        _("Form"),
        choices=[
            SelectChoice("json", _("JSON: everything in one file, for programs")),
            SelectChoice("csv", _("CSV: one table for each kind, for a spreadsheet")),
        ],
        default="json",
    )


class EraseForm(PassphraseForm):
    """The end of a vault."""

    certain = BooleanField(
        _("I know that nothing and nobody can bring it back"), validators=[_NEEDED]
    )
