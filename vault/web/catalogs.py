"""The pages' words in each language: the .po files under `translations`, and nothing else.

A catalog is compiled in memory when its language is first asked for (about 50 ms). No compiled
file stands beside it: none is missing on a fresh machine or in a wheel, and none is out of step.
"""

from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask_babel import Domain

from vault.web.reader import language

FOLDER = Path(__file__).parent / "translations"


class Catalogs(Domain):
    """Flask-Babel's source of translations: the reader's language decides, not the country."""

    def get_translations(self) -> NullTranslations:
        """The words of the current reader."""
        return translations(language())


@cache
def translations(language: str) -> NullTranslations:
    """The words of a language; English is what the code says."""
    path = po_file(language)
    if not path.exists():
        return NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return Translations(compiled)


def po_file(language: str) -> Path:
    """Where the words of a language stand."""
    return FOLDER / language / "LC_MESSAGES" / "messages.po"
