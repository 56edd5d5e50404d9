from decimal import Decimal

from flask.testing import FlaskClient

from tests.fakes.services import FakeServices
from tests.fakes.vaults import FakeVault
from tests.unit.web.posting import send
from vault.domain.compartments import Kind
from vault.domain.records import check

VAULT = FakeVault("anna")
POT = {
    "name": "Moka pot <6 cups>",
    "seller": {"name": "Kitchen & Co", "identifier": "k-1"},
    "orderDate": "2026-11-02",
    "lineTotal": "34.90",
    "priceCurrency": "EUR",
    "serialNumbers": ["A-17"],
}


def test_the_address_of_a_list_says_what_is_asked(anna: FlaskClient, fakes: FakeServices) -> None:
    """Search, filters, order and place in the list all stand in the address."""
    anna.get("/purchases?q=pot&from=2026-01-01&min=10.50&gift=only&sort=largest&after=x")
    [query] = fakes.records.asked
    assert (query.search, query.least, query.gift) == ("pot", Decimal("10.50"), True)
    assert (query.sort, query.after) == ("largest", "x")


def test_a_senseless_filter_narrows_nothing_and_is_shown(
    anna: FlaskClient, fakes: FakeServices
) -> None:
    """A date that is none is said to be none; an unknown order is the usual one."""
    response = anna.get("/purchases?q=pot&from=soon&sort=sideways&gift=maybe")
    assert response.status_code == 200
    [query] = fakes.records.asked
    assert (query.since, query.sort, query.gift) == (None, "newest", None)


def test_what_a_vendor_wrote_is_text_and_never_markup(
    anna: FlaskClient, fakes: FakeServices
) -> None:
    """A title with angle brackets stands as it is written."""
    record_id = fakes.records.add(VAULT, Kind.PURCHASE, POT)
    for path in ("/purchases", f"/purchases/{record_id}"):
        text = anna.get(path).text
        assert "Moka pot &lt;6 cups&gt;" in text
        assert "<6 cups>" not in text


def test_an_empty_list_teaches(anna: FlaskClient) -> None:
    """It says what will stand there and offers the one button that begins it."""
    text = anna.get("/licenses").text
    assert "will stand here" in text
    assert "Bring in a file" in text


def test_marking_says_who_stopped_seeing_it(anna: FlaskClient, fakes: FakeServices) -> None:
    """The receipt names the number of vendors."""
    record_id = fakes.records.add(VAULT, Kind.PURCHASE, POT)
    fakes.records.vendors = 3
    response = send(anna, "/purchases/gifts", at="/purchases", ids=[record_id], gift="yes")
    assert "3 vendors have stopped seeing it" in anna.get(response.location).text


def test_the_consequence_is_said_before(anna: FlaskClient, fakes: FakeServices) -> None:
    """On the purchase's own page, and for a choice on the list."""
    record_id = fakes.records.add(VAULT, Kind.PURCHASE, POT)
    fakes.records.vendors = 2
    assert "2 vendors can see this" in anna.get(f"/purchases/{record_id}").text
    sentence = anna.get(f"/purchases/gifts/consequence?ids={record_id}").text
    assert sentence.strip().startswith("2 vendors will stop seeing it")


def test_what_may_be_a_gift_is_shown_as_held_back(anna: FlaskClient, fakes: FakeServices) -> None:
    """In the list and on its page, which asks the customer for either word."""
    record_id = fakes.records.add(VAULT, Kind.PURCHASE, {**POT, "withheld": True})
    assert "Held back" in anna.get("/purchases").text
    page = anna.get(f"/purchases/{record_id}").text
    assert "Held back" in page
    assert "This may be your gift under another name" in page
    assert page.count('name="gift" value="yes"') == page.count('name="gift" value="no"') == 1


def test_ids_that_are_none_are_refused(anna: FlaskClient, fakes: FakeServices) -> None:
    """A form with foreign ids is answered with a page, and nothing is changed."""
    fakes.records.add(VAULT, Kind.PURCHASE, POT)
    response = send(anna, "/purchases/gifts", at="/purchases", ids=["../etc"], gift="yes")
    assert response.status_code == 422
    assert anna.get(f"/purchases/{'f' * 32}").status_code == 404


def test_editing_keeps_what_the_form_does_not_show(anna: FlaskClient, fakes: FakeServices) -> None:
    """Serial numbers stay, and a seller whose name is unchanged keeps its identifier."""
    record_id = fakes.records.add(VAULT, Kind.PURCHASE, POT)
    fields = {"name": "Moka pot", "seller": "Kitchen & Co", "lineTotal": "30.00", "orderDate": ""}
    send(anna, f"/purchases/{record_id}/edit", **fields, priceCurrency="eur")
    kept = fakes.records.kept[Kind.PURCHASE][record_id]
    assert kept["serialNumbers"] == ["A-17"]
    assert kept["seller"] == POT["seller"]
    assert kept["priceCurrency"] == "EUR"
    assert "orderDate" not in kept


def test_what_a_form_makes_is_a_record(anna: FlaskClient, fakes: FakeServices) -> None:
    """Each kind's form gives data that the domain accepts, amounts as decimal strings."""
    forms = {
        "purchases": {"name": "Pot", "seller": "Shop", "price": "1E+2", "orderDate": "2026-01-02"},
        "orders": {"orderNumber": "7", "totalPrice": "12.50", "priceCurrency": "EUR"},
        "invoices": {"invoiceNumber": "7", "provider": "Shop", "paymentDueDate": "2026-12-01"},
        "licenses": {"name": "Editor", "quantityOwned": "3", "ownedThrough": "2027-01-01"},
        "preferences": {"topic": "size", "subject": "Shoes", "value": "41", "strength": "must"},
    }
    for slug, fields in forms.items():
        assert send(anna, f"/{slug}/add", **fields).status_code == 302
    for kind in list(Kind)[:5]:
        [data] = fakes.records.kept[kind].values()
        check(kind, data)


def test_a_form_with_errors_stores_nothing(anna: FlaskClient, fakes: FakeServices) -> None:
    """The page says which field needs another look."""
    response = send(anna, "/purchases/add", name="", price="cheap")
    assert response.status_code == 422
    assert "Nothing was stored yet" in response.text
    assert not fakes.records.kept[Kind.PURCHASE]


def test_license_keys_are_hidden_until_asked_for(anna: FlaskClient, fakes: FakeServices) -> None:
    """The page has no key in it before the button is pressed."""
    record_id = fakes.records.add(VAULT, Kind.LICENSE, {"name": "Editor", "hasKey": True})
    key = "XKJ3-PQ9V-77MD-20LA"
    assert key not in anna.get(f"/licenses/{record_id}").text
    response = send(anna, f"/licenses/{record_id}/keys", at=f"/licenses/{record_id}")
    assert key in response.text


def test_keys_without_a_license_are_told(anna: FlaskClient, fakes: FakeServices) -> None:
    """On the list of licenses, also where that is empty; an export has them."""
    told = "2 license keys have no license in your vault."
    assert told not in anna.get("/licenses").text
    fakes.records.stray = 2
    assert told in anna.get("/licenses").text
    fakes.records.add(VAULT, Kind.LICENSE, {"name": "Editor"})
    assert told in anna.get("/licenses").text
    assert told not in anna.get("/purchases").text


def test_deleting_erases(anna: FlaskClient, fakes: FakeServices) -> None:
    """The record is gone and its page with it."""
    record_id = fakes.records.add(VAULT, Kind.PURCHASE, POT)
    send(anna, "/purchases/delete", at=f"/purchases/{record_id}", ids=[record_id])
    assert anna.get(f"/purchases/{record_id}").status_code == 404
