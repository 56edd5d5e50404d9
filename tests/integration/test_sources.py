"""One truth from several sources: the same vault, in whatever order they were brought in."""

import os
from collections.abc import Callable, Iterable
from itertools import permutations
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import sqlite_only
from tests.story import AMAZON, Story, line
from vault.composition import Services
from vault.domain.compartments import Kind
from vault.errors import InvalidInput
from vault.services.importing.filing import Outcome

Sources = list[tuple[str, list[bytes]]]
"""Files to bring in: the connector and the lines of each."""

SHOP = {"name": "Example Shop", "identifier": "DE123456789"}
EXPORT = (
    "export",
    [
        line(Kind.ORDER, "o/7", orderNumber="S-7", seller=SHOP, orderDate="2026-05-02"),
        line(Kind.PURCHASE, "i/1", ("o/7",), name="Lamp", sku="L1", quantity="2", price="10.00",
             orderNumber="S-7", seller=SHOP),
        line(Kind.PURCHASE, "i/2", ("o/7",), name="Rope", sku="R1", quantity="1", price="4.00",
             orderNumber="S-7", seller=SHOP),
        line(Kind.PURCHASE, "i/3", ("o/7",), name="Rope", sku="R1", quantity="1", price="4.00",
             orderNumber="S-7", seller=SHOP),
    ],
)  # fmt: skip
MAIL = (
    "mail",
    [
        line(Kind.ORDER, "m", orderNumber="s-7", seller={"name": "EXAMPLE SHOP"},
             orderStatus="processing", totalPrice="28.00", priceCurrency="EUR"),
        line(Kind.PURCHASE, "m/1", ("m",), name="Lamp", quantity="2", orderNumber="s-7",
             seller={"name": "EXAMPLE SHOP"}),
        line(Kind.PURCHASE, "m/2", ("m",), name="Rope", quantity="1", orderNumber="s-7",
             seller={"name": "EXAMPLE SHOP"}),
    ],
)  # fmt: skip
PARCEL = (
    "mail",
    [
        line(Kind.ORDER, "p", orderNumber="S-7", seller=SHOP, orderStatus="shipped",
             deliveries=[{"trackingNumber": "1Z"}]),
    ],
)  # fmt: skip
INVOICE = (
    "invoice",
    [
        line(Kind.INVOICE, "v", invoiceNumber="R-1", provider=SHOP, referencesOrder=["S-7"],
             issueDate="2026-05-04", totalPaymentDue="28.00", priceCurrency="EUR"),
        line(Kind.PURCHASE, "v/1", ("v",), name="Desk lamp", sku="L1", quantity="2",
             price="11.00", orderNumber="S-7", seller=SHOP),
        line(Kind.PURCHASE, "v/2", ("v",), name="Shipping", quantity="1", price="0.00",
             orderNumber="S-7", seller=SHOP),
    ],
)  # fmt: skip
ALL: Sources = [EXPORT, MAIL, PARCEL, INVOICE]


@pytest.fixture
def story(services: Services) -> Story:
    """A customer without any record."""
    return Story(services)


def bare(record: dict[str, Any]) -> dict[str, Any]:
    """A record without what every import draws anew, and in which file it was read first."""
    drawn = {"id", "importedAt", "batch", "fileDigest"}
    found = {name: value for name, value in record.items() if name not in drawn}
    for name in ("source", "sources"):
        if name in found:
            found[name] = _all(found[name])
    return found


def _all(sources: Any) -> Any:
    return [bare(one) for one in sources] if isinstance(sources, list) else bare(sources)


def vault_of(story: Story) -> dict[str, list[str]]:
    """All that the vault says, comparable with another vault."""
    return {
        kind: sorted(orjson.dumps(bare(one), option=orjson.OPT_SORT_KEYS).decode() for one in found)
        for kind, found in story.everything().items()
    }


def bring(story: Story, sources: Iterable[tuple[str, list[bytes]]]) -> list[str]:
    """Bring in files one after another; the imports' ids."""
    return [story.bring_from(connector, *lines) for connector, lines in sources]


def fresh(services: Services) -> Story:
    """Another customer."""
    return Story(services, name=f"c{os.urandom(4).hex()}")


@sqlite_only
def test_an_order_known_from_four_documents_is_one(story: Story) -> None:
    """One order with all that they say, three purchases of the export, and the shipping."""
    bring(story, ALL)
    everything = story.everything()
    [order] = everything["orders"]
    assert {one["connector"] for one in order["sources"]} == {"export", "mail"}
    assert order["orderStatus"] == "shipped"
    assert order["totalPrice"] == "28.00"
    assert order["orderDate"] == "2026-05-02"
    assert order["deliveries"] == [{"trackingNumber": "1Z"}]
    names = sorted(one["name"] for one in everything["purchases"])
    assert names == ["Lamp", "Rope", "Rope", "Shipping"] or names[0] == "Desk lamp"
    [lamp] = [one for one in everything["purchases"] if one.get("sku") == "L1"]
    assert {one["connector"] for one in lamp["sources"]} == {"export", "mail", "invoice"}
    [conflict] = lamp["conflicts"]
    assert conflict["field"] == "price"
    assert {one["value"]: one["sources"] for one in conflict["values"]} == {
        "10.00": ["export"],
        "11.00": ["invoice"],
    }


@sqlite_only
def test_every_order_of_the_documents_gives_the_same_vault(services: Services) -> None:
    """Of four documents, each way to bring them in, and each brought in twice."""
    found = set()
    for sources in permutations(ALL):
        story = fresh(services)
        bring(story, [*sources, sources[0]])
        found.add(orjson.dumps(vault_of(story)))
    assert len(found) == 1


@sqlite_only
def test_in_one_import_or_in_several(services: Services) -> None:
    """Files dropped at once give what they give one by one."""
    one_by_one, at_once = fresh(services), fresh(services)
    bring(one_by_one, ALL)
    files = [(f"{connector}.lines", b"\n".join(lines)) for connector, lines in reversed(ALL)]
    staged = at_once.imports.stage(at_once.vault, files)
    at_once.imports.confirm(at_once.vault, staged.import_id)
    assert vault_of(at_once) == vault_of(one_by_one)


@sqlite_only
@pytest.mark.parametrize("undone", range(len(ALL)))
def test_undone_is_as_if_it_had_never_been(services: Services, undone: int) -> None:
    """What is left is what the other documents give."""
    story, other = fresh(services), fresh(services)
    imports = bring(story, ALL)
    story.imports.undo(story.vault, imports[undone])
    bring(other, [one for number, one in enumerate(ALL) if number != undone])
    assert vault_of(story) == vault_of(other)
    rest = [one for number, one in enumerate(imports) if number != undone]
    for one in rest:
        story.imports.undo(story.vault, one)
    assert not any(story.everything().values())


@sqlite_only
def test_a_number_that_is_taken_back_parts_nothing(services: Services) -> None:
    """Others knew the order by it; its source still knows it by its own key, and so does the index.

    Under each key of it the import says what it says by now, and nothing stands as two.
    """
    corrected = ("export", [line(Kind.ORDER, "o/7", orderNumber="S-9", seller=SHOP)])
    silent = ("export", [line(Kind.ORDER, "o/7", seller=SHOP, channel="web")])
    found = set()
    for sources in permutations([MAIL, EXPORT, corrected, silent]):
        story = fresh(services)
        bring(story, sources)
        assert len(story.everything()["orders"]) == 1
        found.add(orjson.dumps(vault_of(story)))
    assert len(found) == 1


@sqlite_only
def test_the_preview_says_what_filing_will_do(story: Story) -> None:
    """Where sources meet it looks at all of them together; else the files say it."""
    first = story.stage_from(EXPORT[0], *EXPORT[1])
    assert story.imports.foresee(story.vault, first).outcome is None
    story.imports.confirm(story.vault, first)
    before = vault_of(story)
    for connector, lines in (MAIL, INVOICE, EXPORT):
        staged = story.stage_from(connector, *lines)
        foreseen = story.imports.foresee(story.vault, staged).outcome
        story.imports.foresee(story.vault, staged)
        assert vault_of(story) == before
        assert story.imports.confirm(story.vault, staged) == (foreseen or Outcome(unchanged=4))
        before = vault_of(story)


NUMBERS = ["1", "2"]
PARTIES = [AMAZON, {"name": "amazon", "identifier": "US-1"}, {"identifier": "us-1"}, {"name": "B"}]


def in_two_orders(services: Services, files: Sources, data: st.DataObject) -> tuple[Story, Story]:
    """Bring the same files into two vaults: as they come, and shuffled with some of them twice."""
    straight, shuffled = fresh(services), fresh(services)
    bring(straight, files)
    again = data.draw(st.lists(st.sampled_from(files), max_size=2))
    bring(shuffled, data.draw(st.permutations([*files, *again])))
    return straight, shuffled


@st.composite
def documents(draw: Callable[..., Any]) -> tuple[str, list[bytes]]:
    """A file of some source about a few orders, with lines that are alike.

    A source may take back the number that it gave, or give another.
    """
    connector = draw(st.sampled_from(["a", "b", "c"]))
    seller = draw(st.sampled_from(PARTIES))
    known_by = draw(st.sampled_from(NUMBERS))
    number = draw(st.sampled_from([known_by, known_by, *NUMBERS, ""]))
    billed = draw(st.booleans())
    of_order = {"orderNumber": number} if number else {}
    if billed:
        source_id, kind = f"v/{known_by}", Kind.INVOICE
        head = {"provider": seller} | ({"invoiceNumber": f"I{number}"} if number else {})
    else:
        source_id, kind, head = f"o/{known_by}", Kind.ORDER, {"seller": seller, **of_order}
        head |= draw(st.sampled_from([{}, {"orderStatus": "shipped"}, {"totalPrice": "5.00"}]))
    lines = [line(kind, source_id, **head)]
    for position in range(draw(st.integers(0, 3))):
        said = {
            "name": draw(st.sampled_from(["Rope", "Lamp"])),
            "quantity": draw(st.sampled_from(["1", "2"])),
        }
        said |= draw(st.sampled_from([{}, {"sku": "R"}, {"sku": "L"}, {"mpn": "M"}]))
        said |= {} if billed and draw(st.booleans()) else of_order
        data = {**said, "seller": seller}
        lines.append(line(Kind.PURCHASE, f"{source_id}/{position}", (source_id,), **data))
    return connector, lines


@sqlite_only
@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(files=st.lists(documents(), min_size=2, max_size=5), data=st.data())
def test_any_order_any_number_of_times(
    services: Services, files: Sources, data: st.DataObject
) -> None:
    """Random documents, shuffled, some of them twice, and one of them brought in and undone."""
    straight, shuffled = in_two_orders(services, files, data)
    assert vault_of(shuffled) == vault_of(straight)


@sqlite_only
@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(files=st.lists(documents(), min_size=1, max_size=4), extra=documents())
def test_any_import_undone(
    services: Services, files: Sources, extra: tuple[str, list[bytes]]
) -> None:
    """A last import that is taken back leaves the vault as it was."""
    story = fresh(services)
    bring(story, files)
    before = vault_of(story)
    [last] = bring(story, [extra])
    story.imports.undo(story.vault, last)
    assert vault_of(story) == before


@sqlite_only
def test_a_record_of_a_thousand_words_is_refused(story: Story) -> None:
    """Before anything is stored, in a sentence; the preview says so already."""
    lines = [line(Kind.ORDER, "o", orderNumber="1", channel=str(n)) for n in range(501)]
    staged = story.stage_from("crowd", *lines)
    for step in (story.imports.foresee, story.imports.confirm):
        with pytest.raises(InvalidInput, match="More than 500 different things"):
            step(story.vault, staged)
    assert not any(story.everything().values())
    story.imports.finish(story.vault)
    story.bring_from(EXPORT[0], *EXPORT[1])
    assert len(story.everything()["orders"]) == 1
