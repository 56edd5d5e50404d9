import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

import vault.connectors
from vault.web.reasons import reason

_SAYS = {"refusal", "_refusal", "_reason", "_fate"}
_RAISES = {"UnsupportedDocument", "ValueError"}


def _written(node: ast.expr | None) -> str | None:
    """A text as the code writes it, with something in the places of an f-string."""
    if isinstance(node, ast.JoinedStr):
        return "".join(_written(part) or "7" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _reasons(tree: ast.Module) -> Iterator[str | None]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            name = getattr(node.func, "id", "")
            if name in _RAISES:
                yield _written(node.args[0])
            elif name == "RowError" and len(node.args) > 1:
                yield _written(node.args[1])
        elif isinstance(node, ast.FunctionDef) and node.name in _SAYS:
            yield from (
                _written(one.value) for one in ast.walk(node) if isinstance(one, ast.Return)
            )
        elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in {
            "_FAILED",
            "_FLOOD",
            "_REFUSED",
        }:
            yield _written(node.value)


def _all_reasons() -> set[str]:
    folder = Path(vault.connectors.__file__).parent
    trees = [ast.parse(path.read_text()) for path in folder.rglob("*.py")]
    # "7 7" is nothing but places: a column and what is wrong with it, which is told below.
    return {text for tree in trees for text in _reasons(tree) if text} - {"7 7", "7: 7"}


@pytest.fixture(autouse=True)
def _in_chinese(words: Flask) -> Iterator[None]:
    with words.test_request_context(headers={"Accept-Language": "zh"}):
        yield


@pytest.mark.parametrize("text", sorted(_all_reasons()))
def test_every_reason_of_a_connector_is_told_in_the_readers_language(text: str) -> None:
    """Whoever adds a reason to a connector adds it to those that pages know."""
    # A reason that ends in another's place gets one of the readings of a value.
    whole = text.removesuffix("7") + "is not an amount" if text.endswith(" 7") else text
    assert reason(whole) != whole


def test_a_reason_keeps_what_it_names() -> None:
    """Numbers and names of columns stand in the sentence of the other language."""
    assert "有 3 个单元格" in reason("has 3 cells where the header has 5")
    assert reason("cbc:PriceAmount is not an amount") == "cbc:PriceAmount 不是金额"
    assert reason("order date: is not a date MM/DD/YY") == "order date 不是 MM/DD/YY 格式的日期"


def test_what_is_no_fault_is_told_too() -> None:
    """Remarks of a connector stand on the same page."""
    assert "合计行" in reason("line 7: a row of totals, not read")


def test_a_reason_that_nobody_knows_stands_as_it_was_written() -> None:
    """An old preview, or a connector of somebody else's, is still read."""
    assert reason("the moon was full") == "the moon was full"
