"""schema.org markup: real examples against a second reader, and the ways in which it is written."""

import json
import os
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import extruct
import orjson
import pytest

from tests.unit.connectors.reading import FIXTURES, Reading, read
from vault.connectors.mail_order import message
from vault.errors import UnsupportedDocument

CASES = FIXTURES / "mail_order"
_ORDER = {
    "@context": "https://schema.org",
    "@type": "Order",
    "orderNumber": "7",
    "seller": {"@type": "Organization", "name": "Loft"},
}


def _corpus() -> Iterator[Path]:
    root = os.environ.get("VAULT_CORPUS")
    if root:
        yield from sorted(Path(root).glob("schemaorg*/*/*"))


READ = [path for path in _corpus() if path.name.startswith("eg-")]
REFUSED = [path for path in _corpus() if not path.name.startswith("eg-")]


def _stated(path: Path) -> dict[str, Any]:
    """Read an example with a reader that is not ours; microdata loses a time without attribute."""
    text = path.read_text(encoding="utf-8").replace("<time", "<span").replace("</time", "</span")
    found = extruct.extract(text, syntaxes=["json-ld", "microdata"], uniform=True)
    things = found["json-ld"] + found["microdata"]
    if not things:  # RDFa Lite of one example, by plain search
        things = [{"name": "ACME Bank", "price": "200.00", "date": "2015-01-30"}]
        assert all(value in text for value in things[0].values())
    stated: dict[str, Any] = things[0]
    return stated


@pytest.mark.skipif(not READ, reason="VAULT_CORPUS is not set")
def test_the_corpus_is_read_in_full_but_for_reservations() -> None:
    """5 orders and invoices are read in full; the 6 files of a reservation are refused by name."""
    readings = [read(path.read_bytes(), path.name) for path in READ]
    assert len(readings) == 5
    assert not [reading.errors for reading in readings if reading.errors]
    assert len(REFUSED) == 6


@pytest.mark.parametrize("path", REFUSED, ids=lambda path: path.name)
def test_a_reservation_is_refused_by_name(path: Path) -> None:
    """The refusal says what the markup states instead of an order."""
    with pytest.raises(UnsupportedDocument, match=r"states EventReservation.*: no order, invoice"):
        read(path.read_bytes(), path.name)


@pytest.mark.parametrize(
    "path", [path for path in READ if "0374" in path.name], ids=lambda path: path.name
)
def test_the_invoice_of_a_real_example(path: Path) -> None:
    """Amount, day, state and party are those that the example states, in all three syntaxes."""
    (invoice,) = read(path.read_bytes()).of("invoice")
    stated = _stated(path)
    due = stated.get("totalPaymentDue", stated)
    assert invoice["totalPaymentDue"] == "200.00"
    assert float(invoice["totalPaymentDue"]) == float(due["price"])
    days = [stated[name] for name in ("paymentDueDate", "date") if name in stated]
    assert invoice["paymentDueDate"] == days[0][:10]
    assert invoice["provider"]["name"] == stated.get("broker", stated)["name"]
    assert invoice["paymentStatus"] == "PaymentDue"
    assert invoice["priceCurrency"] == "USD"


def test_one_bill_in_three_syntaxes_is_one_bill() -> None:
    """JSON-LD, microdata and RDFa of the same example give the same records and ids."""
    bills = [read(path.read_bytes()).golden()["records"] for path in READ if "0374" in path.name]
    assert all(bill == bills[0] for bill in bills)


@pytest.mark.parametrize(
    "path", [path for path in READ if "0376" in path.name], ids=lambda path: path.name
)
def test_the_order_of_a_real_example(path: Path) -> None:
    """Seller, items, quantities, states and deliveries are those that the example states."""
    reading, stated = read(path.read_bytes()), _stated(path)
    (order,) = reading.of("order")
    assert order["seller"]["name"] == stated["seller"]["name"]
    items = stated["orderedItem"]
    purchases = reading.of("purchase")
    assert [p["name"] for p in purchases] == [i["orderedItem"]["name"] for i in items]
    assert [p["quantity"] for p in purchases] == [str(i["orderQuantity"]) for i in items]
    assert [p["itemStatus"] for p in purchases] == ["delivered", "in transit"]
    until = items[1]["orderDelivery"]["expectedArrivalUntil"]
    assert order["deliveries"] == [{"expectedArrivalUntil": until}]


def _confirmation() -> str:
    return (CASES / "confirmation" / "input.eml").read_text(encoding="utf-8")


def _data(reading: Reading) -> list[bytes]:
    return sorted(orjson.dumps([record.kind, record.data]) for record in reading.records)


@pytest.mark.parametrize(
    "variant",
    [
        pytest.param(lambda mail: mail.replace("\n", "\r\n"), id="line ends"),
        pytest.param(lambda mail: "From ada Mon Nov  2 09:15:02 2026\n" + mail, id="mailbox"),
        pytest.param(lambda mail: mail.replace("http://schema", "https://schema"), id="https"),
        pytest.param(lambda mail: mail.replace("schema.org", "www.schema.org"), id="www"),
        pytest.param(lambda mail: mail.replace('"merchant"', '"seller"'), id="seller"),
        pytest.param(lambda mail: mail.replace('"Order"', '["Order"]'), id="list of types"),
        pytest.param(lambda mail: mail.replace("Content-", "CONTENT-"), id="case of headers"),
        pytest.param(
            lambda mail: mail.replace('"@context": "http://schema.org",', "").replace(
                '"@type": "Order"', '"@type": "http://schema.org/Order"'
            ),
            id="no context",
        ),
        pytest.param(
            lambda mail: mail.replace('json">\n{', 'json">\n<!-- {', 1).replace(
                "}\n</script>", "} -->\n</script>"
            ),
            id="in a comment",
        ),
    ],
)
def test_ways_of_writing_change_nothing(variant: Callable[[str], str]) -> None:
    """Line ends, schema.org's addresses, synonyms and wrappings say nothing."""
    assert _data(read(variant(_confirmation()).encode())) == _data(read(_confirmation().encode()))


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "windows-1252", "utf-16", "utf-7"])
@pytest.mark.parametrize("encoding", ["base64", "quoted-printable"])
def test_charsets_and_transfer_encodings_change_nothing(charset: str, encoding: str) -> None:
    """The same markup in another charset or transfer encoding is the same order."""
    markup = '{"@context":"http://schema.org","@type":"Order","orderNumber":"Ä-1"}'
    html = f'<script type="application/ld+json">{markup}</script>'
    mail = EmailMessage()
    mail["From"] = "a@shop.example"
    mail.set_content(html.encode(charset), "text", "html", cte=encoding)
    mail.set_param("charset", charset)
    assert read(mail.as_bytes()).of("order") == [{"orderNumber": "Ä-1"}]


@pytest.mark.parametrize("charset", ["us-ascii", "x-unknown", "punycode", "base64", "utf-8", ""])
def test_a_wrong_charset_is_no_reason_to_guess(charset: str) -> None:
    """UTF-8 under a wrong name is read; a byte that is no character makes its field unreadable."""
    head = f"From: a@shop.example\nContent-Type: text/html; charset={charset}\n\n"
    html = (
        '<script type="application/ld+json">{"@context":"http://schema.org","@type":"Order",'
        '"orderNumber":"1","seller":{"name":"Hüte"},"orderStatus":"sent"}</script>'
    )
    (order,) = read((head + html).encode()).of("order")
    assert order["seller"] == {"name": "Hüte"}
    reading = read(head.encode() + html.encode("iso-8859-1"))
    assert reading.of("order") == [{"orderNumber": "1", "orderStatus": "sent"}]
    assert "has a character that is none" in reading.errors[0].reason


def test_a_market_place_issues_the_numbers_of_what_others_sell() -> None:
    """The item of another seller has that seller, and the merchant as its issuer."""
    reading = read(_confirmation().encode())
    issuers = {r.data.get("name", "order"): r.issuer for r in reading.records}
    assert issuers["Bookmark"] == "Pine Books & Café"
    assert issuers["A Field Guide to Mosses"] == issuers["order"] == ""
    forwarded = read((CASES / "forwarded" / "input.eml").read_bytes())
    assert {record.issuer for record in forwarded.records} == {"Hat Market"}


def test_an_email_speaks_as_of_its_date() -> None:
    """The Date of the message that holds the markup, not of the one that forwards it."""
    reading = read((CASES / "forwarded" / "input.eml").read_bytes())
    assert {record.as_of for record in reading.records} == {"2026-11-20T08:00:00+00:00"}
    parcel = read((CASES / "parcel" / "input.eml").read_bytes())
    assert {record.as_of for record in parcel.records} == {"2026-11-04T16:40:09+00:00"}


def test_each_email_of_a_mailbox_is_read() -> None:
    """A file of several e-mails gives the records of each, with its own date."""
    mails = [_confirmation(), (CASES / "parcel" / "input.eml").read_text(encoding="utf-8")]
    box = "\n\n".join(f"From someone Mon Nov  2 09:15:02 2026\n{mail}" for mail in mails)
    orders = [record for record in read(box.encode()).records if record.kind == "order"]
    assert [record.as_of[:10] for record in orders] == ["2026-11-02", "2026-11-04"]
    assert {record.data["orderNumber"] for record in orders} == {"PB-1001"}


def test_an_order_of_which_nothing_is_said_is_its_purchases() -> None:
    """Without number, seller and amounts there is no order, but what was ordered is read."""
    reading = read(b'{"@context":"http://schema.org","@type":"Order","orderedItem":"Lamp"}')
    assert [(record.data, record.refs) for record in reading.records] == [({"name": "Lamp"}, ())]


def test_a_sender_is_no_seller() -> None:
    """Markup without a seller gives an order without one, and a notice of who sent it."""
    bare = _confirmation().replace('"merchant"', '"ignored"')
    reading = read(bare.replace('"seller"', '"ignored"').encode())
    assert all("seller" not in data for data in reading.of("order") + reading.of("purchase"))
    assert any("orders@pinebooks.example" in notice for notice in reading.notices)


def test_what_a_document_states_twice_is_stated_once() -> None:
    """JSON-LD and microdata of one order are one order; where they differ the first stands."""
    script = (
        '<script type="application/ld+json">{"@context":"https://schema.org","@type":"Order",'
        '"orderNumber":"7","seller":{"name":"Loft"},"price":"10.0","priceCurrency":"EUR"}</script>'
    )
    html = (
        '<div itemscope itemtype="https://schema.org/Order"><b itemprop="orderNumber">7</b>'
        '<b itemprop="seller">Loft</b><b itemprop="price">{}</b><b itemprop="orderStatus">Sent</b>'
    )
    (order,) = read((script + html.format("10.00")).encode()).of("order")
    assert (order["totalPrice"], order["orderStatus"]) == ("10.0", "sent")
    assert "mismatches" not in order
    (order,) = read((script + html.format("12.00")).encode()).of("order")
    assert order["totalPrice"] == "10.0"
    (mismatch,) = order["mismatches"]
    assert (mismatch["field"], mismatch["computed"]) == ("totalPrice", "12.00")


def test_what_cannot_be_read_is_left_out_and_named() -> None:
    """An amount, a day or a text that is none loses neither its order nor the other fields."""
    broken = _confirmation().replace("61.40", '"61,40"').replace("2026-11-02T09:14", "2.11.26 9:14")
    reading = read(broken.encode())
    (order,) = reading.of("order")
    assert not {"totalPrice", "orderDate"} & order.keys()
    assert order["orderNumber"] == "PB-1001"
    assert [error.reason for error in reading.errors] == [
        "order PB-1001: price is not an amount",
        "order PB-1001: orderDate is not an ISO 8601 date",
    ]


@pytest.mark.parametrize("written", ["₹61.40", "61.40 INR", "INR 61.40", "$61.40", "61.40"])
def test_the_sign_of_a_currency_is_no_part_of_an_amount(written: str) -> None:
    """Shops write signs and codes into amounts; which currency that is, the markup says itself."""
    content = json.dumps({**_ORDER, "price": written}).encode()
    assert [order["totalPrice"] for order in read(content).of("order")] == ["61.40"]


@pytest.mark.parametrize(
    "address", ["https://schema.org", "//schema.org", "schema.org", "http://www.schema.org/"]
)
def test_the_address_of_the_vocabulary_is_written_in_many_ways(address: str) -> None:
    """With and without a protocol it is schema.org, as a context and in a type."""
    in_context = json.dumps({**_ORDER, "@context": address}).encode()
    named = f"{address.rstrip('/')}/Order"
    in_type = f'<div itemscope itemtype="{named}"><b itemprop="orderNumber">7</b></div>'
    assert read(in_context).of("order")[0]["orderNumber"] == "7"
    assert read(in_type.encode()).of("order") == [{"orderNumber": "7"}]


def test_elements_within_a_script_for_json_are_read() -> None:
    """A sender of many shops' e-mails puts its microdata there; JSON beside it is read too."""
    parcel = (
        '<div itemscope itemtype="http://schema.org/ParcelDelivery">'
        '<meta itemprop="trackingNumber" content="T-1"/>'
        '<div itemprop="partOfOrder" itemscope itemtype="http://schema.org/Order">'
        '<meta itemprop="orderNumber" content="7"/></div></div>'
    )
    script = '<script type="application/ld+json">{}</script>'
    reading = read((script.format(parcel) + script.format(json.dumps(_ORDER))).encode())
    assert reading.errors == []
    order, shipped = reading.of("order")
    assert order["seller"] == {"name": "Loft"}
    assert shipped["deliveries"] == [{"trackingNumber": "T-1"}]


def test_what_says_nothing_of_an_article_is_none() -> None:
    """An offer's price is that of its one article, although an empty one stands beside it."""
    products = [{"@type": "Product", "name": "Lamp"}, {"@type": "Product"}]
    seller = {"@type": "Organization", "name": "Loft"}
    offer = {"@type": "Offer", "itemOffered": products, "price": "49.00", "seller": seller}
    empty = {"@type": "Offer", "seller": seller}
    content = json.dumps({**_ORDER, "acceptedOffer": [offer, empty]}).encode()
    (bought,) = read(content).of("purchase")
    assert (bought["name"], bought["price"]) == ("Lamp", "49.00")


@pytest.mark.parametrize(
    ("item", "name"),
    [
        ({"@type": "Service", "description": "Fitting"}, "Fitting"),
        ({"@type": "Product", "sku": "L-1", "description": "A lamp to read by"}, None),
    ],
)
def test_what_nothing_names_is_what_it_is_described_as(
    item: dict[str, str], name: str | None
) -> None:
    """A service often has a description alone; beside an article number it is no name."""
    content = json.dumps({**_ORDER, "orderedItem": item}).encode()
    (bought,) = read(content).of("purchase")
    assert bought.get("name") == name


def test_a_price_with_a_quantity_of_its_own_is_that_of_all_of_them() -> None:
    """As WooCommerce writes it: the line's total, unless the quantity is one."""
    hoodie, cap = read((CASES / "woocommerce" / "input.html").read_bytes()).of("purchase")
    assert (hoodie["quantity"], hoodie["lineTotal"], hoodie.get("price")) == ("2", "84", None)
    assert (cap["quantity"], cap["price"], cap.get("lineTotal")) == ("1", "18.5", None)


def test_other_vocabularies_are_no_concern_of_ours() -> None:
    """An Order of another vocabulary is no order of schema.org."""
    for other in ("https://example.org/terms", "https://schema.org.example/"):
        with pytest.raises(UnsupportedDocument, match=r"no markup of schema\.org"):
            read(_confirmation().replace("http://schema.org", other, 1).encode())


def test_parts_of_a_message_are_found_wherever_they_stand() -> None:
    """HTML is found in nested multiparts and forwarded e-mails; attachments are named."""
    mail = message.parse((CASES / "forwarded" / "input.eml").read_bytes())
    assert [part.envelope.message_id for part in mail.parts] == ["hat-5@hats.example"]
    assert message.parse(_confirmation().encode()).attachments == ["invoice.pdf"]
