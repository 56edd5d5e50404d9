"""A cell of an export is text: a spreadsheet computes nothing of it."""

import pytest

from vault.services.records.exports import cell


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "@SUM(A1)", "\t=1", "\r=1", "-cmd|calc", "-", "-A1"]
)
def test_what_a_sheet_would_compute_is_made_text(text: str) -> None:
    """A leading apostrophe (OWASP, CSV injection)."""
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-12.50", "12.50", "Kettle", "", "a=b"])
def test_numbers_keep_their_sign(text: str) -> None:
    """And ordinary text stays as it is."""
    assert cell(text) == text


def test_absent_is_empty_and_the_rest_is_json() -> None:
    """Lists, parties and flags."""
    assert cell(None) == ""
    assert cell({"name": "CDW"}) == '{"name":"CDW"}'
    assert cell([1]) == "[1]"
    flag = True
    assert cell(flag) == "true"
