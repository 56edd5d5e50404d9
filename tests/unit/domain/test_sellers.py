"""Which sellers are one: by the customer's word, and which are worth asking about."""

import pytest

from vault.domain.sellers import alike, joined


def test_joined_keys_all_lead_to_one() -> None:
    """Whoever shares a key with a group is in it, in whatever order it was said."""
    links = [["name:a", "name:b"], ["name:c", "id:1"], ["name:b", "id:1"]]
    one = dict.fromkeys(["name:a", "name:b", "name:c", "id:1"], "id:1")
    assert joined(links) == joined(reversed(links)) == one
    assert joined([]) == {}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("name:dell", "name:dell inc."),
        ("name:amazon.de", "name:amazon eu s.a.r.l."),
        ("name:www.cdw.com", "name:cdw llc"),
    ],
)
def test_names_that_differ_by_form_are_alike(one: str, other: str) -> None:
    """Legal form, web ending and white space tell nobody apart."""
    assert alike(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("name:dell", "name:dell'oro"), ("name:the co", "name:inc"), ("id:dell", "name:dell")],
)
def test_names_that_say_different_things_are_not(one: str, other: str) -> None:
    """Nor those of which nothing is left, nor identifiers."""
    assert not alike(one, other)
