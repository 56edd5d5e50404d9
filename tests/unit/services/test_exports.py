"""A cell of an export is text: a spreadsheet computes nothing of it."""

import pytest

from vault.services.exports import _cell


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "@SUM(A1)", "\t=1", "\r=1", "-cmd|calc", "-", "-A1"]
)
def test_what_a_sheet_would_compute_is_made_text(text: str) -> None:
    """A leading apostrophe (OWASP, CSV injection)."""
    assert _cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-12.50", "12.50", "Kettle", "", "a=b"])
def test_numbers_keep_their_sign(text: str) -> None:
    """And ordinary text stays as it is."""
    assert _cell(text) == text


def test_absent_is_empty_and_the_rest_is_json() -> None:
    """Lists, parties and flags."""
    assert _cell(None) == ""
    assert _cell({"name": "CDW"}) == '{"name":"CDW"}'
    assert _cell([1]) == "[1]"
    flag = True
    assert _cell(flag) == "true"
