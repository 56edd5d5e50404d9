import re
from pathlib import Path

import pytest

from vault.resources import resource_folder

TEMPLATES = resource_folder("templates")
FOR_PEOPLE = sorted(path for path in TEMPLATES.rglob("*.*") if path.parent.name != "api")
_CODE = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<[^>]*>|<!doctype[^>]*>", re.DOTALL)
_PART_OF_A_TAG = re.compile(r'\s[a-z-]+="[^"]*"')  # what a macro gives to the tag that calls it
_ATTRIBUTE = re.compile(r'\s(?:alt|aria-label|placeholder|title)="([^"{]*[A-Za-z][^"{]*)"')


@pytest.mark.parametrize("path", FOR_PEOPLE, ids=lambda path: path.name)
def test_every_word_on_a_page_can_be_translated(path: Path) -> None:
    """What is left of a template without its code and tags has no letter in it."""
    text = path.read_text()
    text = text.replace("%}closed{%", "%}{%")  # the name of a class, not a word
    bare = _PART_OF_A_TAG.sub("", re.sub(r"&[a-z]+;", "", _CODE.sub("", text)))
    assert re.findall(r"[A-Za-z]+", bare) == []
    assert _ATTRIBUTE.findall(text) == []
