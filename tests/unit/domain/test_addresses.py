import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.domain import addresses
from vault.errors import InvalidInput

TAKEN = (
    "anna@example.org",
    "a.b+c_d@mail.example.co.uk",
    "o'neill@example.org",
    "A@1and1.example",
    "x@xn--bcher-kva.example",
)


@pytest.mark.parametrize("text", TAKEN)
def test_addresses_as_people_have_them(text: str) -> None:
    """They are kept letter for letter."""
    assert addresses.check(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "anna",
        "anna@",
        "@example.org",
        "anna@localhost",
        "anna@example",
        "anna@example.123",
        "anna@127.0.0.1",
        "anna@[127.0.0.1]",
        "anna@-example.org",
        "anna@example-.org",
        "anna@exa_mple.org",
        "anna@example..org",
        "anna@example.org.",
        ".anna@example.org",
        "anna.@example.org",
        "an..na@example.org",
        '"anna b"@example.org',
        "anna@example.org, otto@example.org",
        "anna@example.org;otto@example.org",
        "Anna <anna@example.org>",
        "anna@example.org\n",
        "anna@example.org\r\nBcc: otto@example.org",
        "an\nna@example.org",
        "anna@example.org\x00",
        "anna @example.org",
        "änna@example.org",
        "anna@exämple.org",
        "anna@example.\u043erg",
        "anna(x)@example.org",
        f"{'a' * 65}@example.org",
        f"a@{'b' * 64}.org",
        f"a@{'b.' * 130}org",
    ],
)
def test_what_is_none_is_refused(text: str) -> None:
    """Nothing that could end a header, name two, or be read in another way."""
    with pytest.raises(InvalidInput):
        addresses.check(text)


@given(st.text(max_size=80))
def test_whatever_is_taken_is_one_plain_word(text: str) -> None:
    """ASCII, printable, one @, and none of the letters that mean something in a header."""
    try:
        addresses.check(text)
    except InvalidInput:
        return
    assert text.isascii()
    assert text.isprintable()
    assert text.count("@") == 1
    assert not set(text) & set(' <>()[],;:\\"')
