"""What the page of a record says of its sources, and the page of sellers that are one."""

from flask.testing import FlaskClient

from tests.fakes.services import FakeServices
from tests.fakes.vaults import FakeVault
from tests.unit.web.posting import send
from vault.domain.compartments import Kind
from vault.services.importing.known_sellers import KnownSeller, Question

VAULT = FakeVault("anna")
SHOP = {"name": "Shop"}
LAMP = {
    "name": "Lamp",
    "price": "10.00",
    "priceCurrency": "EUR",
    "source": {"connector": "amazon", "importedAt": "2026-05-02T10:00:00Z"},
    "sources": [
        {
            "connector": "amazon",
            "importedAt": "2026-05-02T10:00:00Z",
            "stated": {"name": "Lamp", "price": "10.00", "priceCurrency": "EUR"},
        },
        {
            "connector": "cdw",
            "importedAt": "2026-06-03T10:00:00Z",
            "stated": {"name": "Desk <lamp>", "price": "11.0", "priceCurrency": "EUR"},
        },
    ],
    "conflicts": [
        {
            "field": "price",
            "values": [
                {"value": "10.00", "sources": ["amazon"]},
                {"value": "11.0", "sources": ["cdw"]},
            ],
        }
    ],
}
QUESTION = Question(
    KnownSeller("Dell", frozenset({"name:dell"}), 3),
    KnownSeller("Dell Inc.", frozenset({"name:dell inc.", "id:us-1"}), 1),
    shared=2,
    numbers=("1001", "1002"),
)


def test_a_dispute_stands_with_who_says_what(anna: FlaskClient, fakes: FakeServices) -> None:
    """Both values, the sources by name with their day, and a button for each."""
    record_id = fakes.records.add(VAULT, Kind.PURCHASE, LAMP)
    text = anna.get(f"/purchases/{record_id}").text
    assert "Your sources disagree about “Price of one”." in text
    assert "Amazon, brought in <time" in text
    assert 'value="11.0"' in text
    assert "Where this comes from" in text
    assert "Desk &lt;lamp&gt;" in text


def test_documents_that_look_alike_are_numbered(anna: FlaskClient, fakes: FakeServices) -> None:
    """Of one kind and one day each file has its own number; of another day it needs none."""
    alike = {"connector": "einvoice", "asOf": "2026-05-01", "importedAt": "2026-05-02T10:00:00Z"}
    files = (("2026-05-01", "a"), ("2026-05-01", "b"), ("2026-05-03", "c"))
    sources = [
        {**alike, "asOf": day, "fileDigest": digest, "stated": {"name": f"Lamp {digest}"}}
        for day, digest in files
    ]
    record_id = fakes.records.add(VAULT, Kind.PURCHASE, {**LAMP, "sources": sources})
    text = anna.get(f"/purchases/{record_id}").text
    assert "Lamp b" in text
    assert "</time> (1)" in text
    assert "</time> (2)" in text
    assert "</time> (3)" not in text


def test_what_only_one_states_is_no_difference(anna: FlaskClient, fakes: FakeServices) -> None:
    """Two sources that agree in what both say are said to."""
    sources = [{**one, "stated": {"name": "Lamp"}} for one in LAMP["sources"]]  # type: ignore[dict-item]
    sources[1]["stated"] = {"name": "lamp ", "sku": "L1"}
    lamp = {**LAMP, "sources": sources, "conflicts": []}
    record_id = fakes.records.add(VAULT, Kind.PURCHASE, lamp)
    text = anna.get(f"/purchases/{record_id}").text
    assert "They agree in all" in text
    assert "What they state differently" not in text


def test_choosing_settles_it(anna: FlaskClient, fakes: FakeServices) -> None:
    """The value chosen stands, and nothing is asked any more."""
    record_id = fakes.records.add(VAULT, Kind.PURCHASE, LAMP)
    path = f"/purchases/{record_id}"
    send(anna, f"{path}/choose", at=path, field="price", value="11.0")
    assert fakes.records.kept[Kind.PURCHASE][record_id]["price"] == "11.0"
    assert "disagree" not in anna.get(path).text


def test_what_no_source_states_cannot_be_chosen(anna: FlaskClient, fakes: FakeServices) -> None:
    """Neither another value nor another field, nor once it is settled."""
    record_id = fakes.records.add(VAULT, Kind.PURCHASE, LAMP)
    path = f"/purchases/{record_id}"
    for field, value in (("price", "12.00"), ("name", "Desk <lamp>"), ("source", "x")):
        response = send(anna, f"{path}/choose", at=path, field=field, value=value)
        assert response.status_code == 409


def test_sellers_are_asked_about_where_files_come_in(
    anna: FlaskClient, fakes: FakeServices
) -> None:
    """The page of imports leads to the questions only where there are some."""
    assert "/sellers" not in anna.get("/import").text
    fakes.same_sellers.asked = [QUESTION]
    assert "/sellers" in anna.get("/import").text
    text = anna.get("/sellers").text
    assert "Are Dell and Dell Inc. the same seller?" in text
    assert "Both have orders or invoices with the same 2 numbers, such as 1001 and 1002." in text


def test_an_answer_can_be_taken_back(anna: FlaskClient, fakes: FakeServices) -> None:
    """Joined sellers are listed with the way apart; those kept apart with the way together."""
    fakes.same_sellers.asked = [QUESTION]
    sent = {"at": "/sellers", "one": "name:dell", "other": "name:dell inc."}
    response = send(anna, "/sellers", **sent, same="yes")
    text = anna.get(response.location).text
    assert "2 entries changed by it." in text
    assert "Separate" in text
    link_id = fakes.same_sellers.answered[0].link_id
    send(anna, f"/sellers/{link_id}/separate", at="/sellers")
    assert fakes.same_sellers.answered == []
    fakes.same_sellers.asked = [QUESTION]
    send(anna, "/sellers", **sent, same="no")
    assert "The same after all" in anna.get("/sellers").text
