"""What a second document makes of a record that is known."""

from hypothesis import given
from hypothesis import strategies as st

from vault.services.filing import Item, merged

names = st.sampled_from(["name", "price", "brand", "itemStatus"])
records = st.dictionaries(names, st.sampled_from(["a", "b", "c"]))


@given(records, records, st.lists(names, unique=True))
def test_the_customers_corrections_stand(
    old: dict[str, str], new: dict[str, str], edits: list[str]
) -> None:
    """Edited fields stay, removed ones stay removed; the rest is the newer document's."""
    result = merged({**old, "edits": edits}, dict(new))
    for name in ("name", "price", "brand", "itemStatus"):
        if name in edits:
            assert result.get(name) == old.get(name)
        else:
            assert result.get(name) == new.get(name, old.get(name))


@given(records, records)
def test_a_document_said_again_changes_nothing(old: dict[str, str], new: dict[str, str]) -> None:
    """Merging is idempotent."""
    once = merged(dict(old), dict(new))
    assert merged(once, dict(new)) == once


def test_links_are_only_ever_added() -> None:
    """In their order, each once: a link that was made tells of a gift for good."""
    assert merged({"links": ["1", "2"]}, {"links": ["2", "3"]})["links"] == ["1", "2", "3"]
    assert merged({"links": ["1"]}, {})["links"] == ["1"]


def test_equal_lines_have_equal_content() -> None:
    """Wherever they were read."""
    one, other = Item(b"{}", "amazon", "d1"), Item(b"{}", "cdw", "d2")
    assert one.content == other.content != Item(b"{ }", "amazon", "d1").content
