"""Flask-Babel's functions with types: every string that a customer reads passes through here."""

import flask_babel
from flask_babel import LazyString

from vault.errors import VaultError

__all__ = [
    "LazyString",
    "clauses",
    "gettext",
    "lazy_gettext",
    "marked",
    "ngettext",
    "said",
    "sentences",
]


def gettext(text: str, /, **values: object) -> str:
    """`text` in the reader's language, with `%(name)s` filled in."""
    return str(flask_babel.gettext(text, **values))


def ngettext(one: str, many: str, num: int, **values: object) -> str:
    """The form that fits a number, which stands in it as `%(num)d`."""
    return str(flask_babel.ngettext(one, many, num, **values))


def lazy_gettext(text: str, /, **values: object) -> LazyString:
    """A text that is translated when it is shown: for names fixed while the program starts."""
    return flask_babel.lazy_gettext(text, **values)


def marked(text: str) -> str:
    """A text that stands in the catalogs and is translated elsewhere, by `gettext`."""
    return text


def clauses(*parts: str) -> str:
    """Parts of one sentence, as the reader's language sets them: a comma is not one everywhere."""
    whole = ""
    for one in filter(None, parts):
        whole = gettext("%(part)s, %(next)s", part=whole, next=one) if whole else one
    return whole


def sentences(*told: str) -> str:
    """Sentences after one another, as the reader's language sets them; empty ones are left out."""
    whole = ""
    for one in filter(None, told):
        whole = gettext("%(sentence)s %(next)s", sentence=whole, next=one) if whole else one
    return whole


def said(error: VaultError) -> str:
    """What an error says, in the reader's language; its template is a text of the catalogs."""
    return gettext(error.template, **error.values)
