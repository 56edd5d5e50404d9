"""Numbers in texts: folded and without separators, but whole words only."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vault.domain.names import parts_of, similar
from vault.domain.numbers import Numbers, is_telling, key_of


def named(text: str, *numbers: str) -> set[str]:
    """The numbers that a text names."""
    by_key = {key_of(one): one for one in numbers}
    return {by_key[key] for key in Numbers(by_key).named_in(text)}


@pytest.mark.parametrize(
    "text",
    [
        "2026-118",
        "Invoice 2026-118, thank you",
        "RE-NR.2026-118",
        "Rechnung:2026/118",
        "invoice no. 2026 118",
        "2026–118",
        "２０２６-118",  # noqa: RUF001 (full width)
        "SVWZ+2026.118 EREF+NOTPROVIDED",
        "(2026_118)",
        "Re. 2026118",
    ],
)
def test_a_number_is_named_however_a_bank_writes_it(text: str) -> None:
    """Case, separators and line ends do not count."""
    assert named(text, "2026-118", "2026-119") == {"2026-118"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-1189",
        "12026-118",
        "A2026-118",
        "2026-118-4",
        "2026-11 8",
        "20261 18",
        "2026, 118",
        "118-2026",
        "PO-2026-118",
    ],
)
def test_a_part_of_a_longer_word_names_nothing(text: str) -> None:
    """Whole words, and several only where the number itself is parted."""
    assert named(text, "2026-118") == set()


def test_several_numbers_are_named() -> None:
    """A text names each of them, and the longer one where one begins like another."""
    assert named("R-1001 and R-1002", "R-1001", "R-1002", "R-1003") == {"R-1001", "R-1002"}
    assert named("invoice RE-2026-118", "RE-2026-118", "2026-118") == {"RE-2026-118"}


def test_a_stated_number_is_taken_whole() -> None:
    """Also where it is wrapped in a creditor reference (ISO 11649) with right check digits."""
    numbers = Numbers({"539007547034": "539007547034"})
    assert numbers.stated("5390-0754-7034") == {"539007547034"}
    assert numbers.stated("RF18 5390 0754 7034") == {"539007547034"}
    assert numbers.stated("RF19 5390 0754 7034") == set()
    assert numbers.stated("invoice 539007547034") == set()


@pytest.mark.parametrize("number", ["", "7", "123", "invoice", "2026", "1999", "Rechnung"])
def test_what_every_text_may_have_tells_nothing(number: str) -> None:
    """Short numbers, plain words and years."""
    assert not is_telling(key_of(number))


@pytest.mark.parametrize("number", ["1001", "A-12", "2026-1", "INV1"])
def test_what_is_a_number_of_its_own_tells(number: str) -> None:
    """Four characters with a digit, and no year."""
    assert is_telling(key_of(number)) is (len(key_of(number)) >= 4)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Amazon", "AMAZON EU SARL", True),
        ("CDW Direct, LLC", "CDW", True),
        ("PAYPAL *SPOTIFY", "Spotify AB", True),
        ("Müller GmbH", "MÜLLER GMBH & CO. KG", True),
        ("Amazon", "Amazonas Reisen", False),
        ("GmbH", "Müller GmbH", False),
        ("", "CDW", False),
    ],
)
def test_names_are_similar_by_whole_words(one: str, other: str, same: bool) -> None:  # noqa: FBT001
    """Forms of companies and the bank's additions do not count."""
    assert similar(parts_of(one), parts_of(other)) is same


@example("0\N{PARENTHESIZED HANGUL KIYEOK}", "%s")  # folded, it is a letter in brackets
@given(st.text(max_size=12), st.sampled_from(["%s", "Invoice %s, thanks", "no. %s", "a %s b"]))
def test_a_number_is_named_where_it_is_written_out(number: str, sentence: str) -> None:
    """Whatever it is made of, if there is a letter or a digit in it."""
    expected = {number} if key_of(number) else set()
    assert named(sentence % number, number) == expected


@given(st.text(max_size=30), st.lists(st.text(max_size=6), max_size=5))
def test_any_text_can_be_looked_through(text: str, numbers: list[str]) -> None:
    """And what is found is made of its letters and digits, in their order."""
    for number in named(text, *numbers):
        assert key_of(number) in key_of(text)
