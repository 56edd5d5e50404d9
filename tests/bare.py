"""A language that does not exist, by which a page shows what nobody can translate.

Every message comes back in brackets. The tests' data is Greek and dates are Chinese, so any Latin
letter outside of the brackets is a text that stands in the code alone.
"""

import re
from html.parser import HTMLParser

from babel.support import NullTranslations

BEGIN, END = "［!!", "!!］"  # noqa: RUF001 - brackets that no text has
ALLOWED = {
    *("English", "UTC", "EUR", "USD"),
    *("Amazon", "CDW"),
}
"""What is the same in every language: the name of English, codes and units, makers of files."""

_WORD = re.compile(r"[A-Za-z]{2,}")
_SPOKEN = {"alt", "aria-description", "aria-label", "placeholder", "title"}
_SPOKEN |= {"data-done", "data-enough", "data-short", "data-working"}
_VOID = {"br", "hr", "img", "input", "link", "meta", "rect", "path", "use", "circle", "line"}
_SILENT = {"code", "script", "style", "time"}
"""Elements whose content is not for translation: a `<time>` is written by CLDR."""
_DATA = {"hash", "keys", "recovery-code", "who", "currency"}
"""Classes of what only the vault or the customer can say."""


class Pseudo(NullTranslations):
    """Translations into the language that does not exist."""

    def gettext(self, message: str) -> str:
        """The message in brackets."""
        return f"{BEGIN}{message}{END}"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """The form that fits, in brackets."""
        return self.gettext(msgid1 if n == 1 else msgid2)

    ugettext = gettext
    ungettext = ngettext


class _Scan(HTMLParser):
    """Goes through a page and collects what stands outside of brackets."""

    def __init__(self) -> None:
        super().__init__()
        self.bare: list[str] = []
        self._depth = 0
        self._path: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Judge what an element says of itself, and remember whether it holds data."""
        known = {name: value or "" for name, value in attrs}
        self.bare += [
            f"{name}={word}" for name in known.keys() & _SPOKEN for word in bare_words(known[name])
        ]
        if tag not in _VOID:
            foreign = known.get("lang", "zh-Hans") != "zh-Hans"
            data = tag in _SILENT or foreign or bool(_DATA & set(known.get("class", "").split()))
            self._path.append(data)

    def handle_endtag(self, tag: str) -> None:
        """Leave an element."""
        if tag not in _VOID and self._path:
            self._path.pop()

    def handle_data(self, data: str) -> None:
        """Judge a text; brackets may begin in one element and end in another."""
        outside, self._depth = _outside(data, self._depth)
        if not any(self._path):
            self.bare += _words(outside)


def _outside(text: str, depth: int) -> tuple[str, int]:
    found = []
    for part in re.split(f"({re.escape(BEGIN)}|{re.escape(END)})", text):
        if part == BEGIN:
            depth += 1
        elif part == END:
            depth -= 1
        elif depth == 0:
            found.append(part)
    return " ".join(found), depth


def _words(text: str) -> list[str]:
    return [word for word in _WORD.findall(text) if word not in ALLOWED]


def bare_words(text: str) -> list[str]:
    """The words of a plain text that no translation has brought."""
    return _words(_outside(text, 0)[0])


def bare_strings(page: str) -> list[str]:
    """The words of a page that no translation has brought."""
    scan = _Scan()
    scan.feed(page)
    return scan.bare
