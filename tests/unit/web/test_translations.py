"""The catalogs, held against the code: whoever adds a text adds it in every language."""

import ast
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.frontend import parse_mapping_cfg
from babel.util import pathmatch

from scripts.translations import ERRORS, ROOT, extracted, forms, po_files, read
from vault.web.catalogs import translations
from vault.web.reader import LANGUAGES

_PLACE = re.compile(r"%\((\w+)\)([sd])|\{(\w+)\}")
_HALF_WIDTH = re.compile(r"[\u4e00-\u9fff][,;:!?()]|[,;:!?()][\u4e00-\u9fff]|[\u4e00-\u9fff]\.")
_UNSPACED = re.compile(r"[\u4e00-\u9fff][A-Za-z0-9]|[A-Za-z0-9][\u4e00-\u9fff]")
_NUMBER = re.compile(r"%\(\w+\)d|\{count\}")

each_language = pytest.mark.parametrize("path", po_files(), ids=lambda path: path.parents[1].name)


@pytest.fixture(scope="module")
def template() -> Catalog:
    """Every text of the code and the templates."""
    return extracted()


def _named(message: Message) -> str:
    return str(message.id if isinstance(message.id, str) else message.id[0])


def _places(catalog: Catalog) -> dict[str, list[str]]:
    return {_named(one): sorted({file for file, _ in one.locations}) for one in catalog if one.id}


def test_every_language_but_english_has_a_catalog() -> None:
    """English stands in the code."""
    assert {path.parents[1].name for path in po_files()} == LANGUAGES.keys() - {"en"}
    assert all(path.is_file() for path in po_files())


@each_language
def test_the_catalog_is_in_step_with_the_code(path: Path, template: Catalog) -> None:
    """It has each text, no other, and says where it stands: `make translations` sees to it."""
    assert _places(read(path)) == _places(template)
    assert not read(path).obsolete


@each_language
def test_every_text_is_translated(path: Path) -> None:
    """None is empty, and none is a guess that somebody still has to confirm."""
    catalog = read(path)
    assert [_named(one) for one in catalog if one.id and not all(forms(one.string))] == []
    assert [_named(one) for one in catalog if one.fuzzy] == []


@each_language
def test_placeholders_are_the_same_in_both_languages(path: Path) -> None:
    """What is filled in is never lost, nor asked for where nobody gives it."""
    for message in read(path):
        if message.id:
            # What a plural has is at hand for each of its forms.
            given = set(_PLACE.findall(forms(message.id)[-1]))
            for form in forms(message.string):
                assert set(_PLACE.findall(form)) == given, _named(message)


def test_chinese_is_set_as_chinese() -> None:
    """Full-width punctuation, and a space between Chinese and Latin letters or digits."""
    [path] = [path for path in po_files() if path.parents[1].name == "zh_Hans"]
    for message in read(path):
        for form in forms(message.string) if message.id else ():
            bare = _PLACE.sub("", _NUMBER.sub("1", form))
            assert not _HALF_WIDTH.search(bare), form
            assert not _UNSPACED.search(bare), form


def test_a_language_without_a_catalog_reads_as_the_code_says() -> None:
    """Nothing breaks over a name that nobody has translated to."""
    assert translations("tlh").gettext("Unlock") == "Unlock"
    assert translations("zh_Hans").gettext("Unlock") == "解锁"


def _for_customers() -> list[Path]:
    """The modules of which babel.cfg says that customers read their texts."""
    with (ROOT / "babel.cfg").open() as file:
        methods, _options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    return [
        path
        for path in sorted((ROOT / "vault").rglob("*.py"))
        if _method(path.relative_to(ROOT).as_posix(), methods) == "python"
    ]


def _method(name: str, methods: list[tuple[str, str]]) -> str:
    return next((method for pattern, method in methods if pathmatch(pattern, name)), "ignore")


def test_no_message_is_put_together_before_it_is_translated() -> None:
    """An error that a page may show gets a text, and its values beside it."""
    found = []
    for path in _for_customers():
        for node in ast.walk(ast.parse(path.read_text())):
            place = ERRORS.get(getattr(node.func, "id", "")) if isinstance(node, ast.Call) else 0
            if isinstance(node, ast.Call) and place:
                text = node.args[place - 1] if len(node.args) >= place else None
                if not (isinstance(text, ast.Constant) and isinstance(text.value, str)):
                    found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert found == []
