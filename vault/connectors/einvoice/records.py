"""An invoice or credit note in UBL, made into one invoice and a purchase for each of its lines.

Amounts stand as the document states them. A credit note's are positive where it states them so:
its type code says that they go back to the customer, and its lines are purchases `credited`.
"""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal, localcontext

from lxml.etree import _Element

from vault.connectors.einvoice import mismatches, ubl
from vault.domain.compartments import Kind
from vault.domain.records import ParsedRecord, RecordData
from vault.domain.sellers import seller_key

CREDIT_CODES = frozenset(
    {"81", "83", "261", "262", "296", "308", "381", "396", "420", "458", "502", "503", "532"}
)
"""The codes of UNTDID 1001 that EN 16931 counts as credit notes."""
_DIGITS = 12


def records(document: _Element) -> Iterator[ParsedRecord]:
    """Yield the invoice and its purchases; ValueError where it cannot be read."""
    number = ubl.text(document, "ID")
    if not number:
        raise ValueError("the document has no number")
    place = document.sourceline or 0
    provider = ubl.party(_first(document, "AccountingSupplierParty/Party")).data()
    source_id = f"invoice/{seller_key(provider)}/{number}/{ubl.type_code(document)}"
    lines = [(line, _line(line)) for line in ubl.lines(document)]
    invoice = _invoice(document, number, provider, [data for _, data in lines])
    yield ParsedRecord(Kind.INVOICE, source_id, invoice, (), place)
    common = _common(document, provider)
    met: Counter[str] = Counter()
    for line, stated in lines:
        position = stated.get("position", "")
        met[position] += 1
        line_id = f"{source_id}/{position}/{met[position]}"
        data = common | _purchase(document, line, stated)
        yield ParsedRecord(Kind.PURCHASE, line_id, data, (source_id,), line.sourceline or place)


def _first(document: _Element, path: str) -> _Element | None:
    return next(iter(ubl.all_of(document, path)), None)


def _stated(values: RecordData) -> RecordData:
    """Return what is stated: absent is a missing key."""
    return {name: value for name, value in values.items() if value}


def _invoice(
    document: _Element, number: str, provider: dict[str, str], lines: list[RecordData]
) -> RecordData:
    due = ubl.due_dates(document)
    taxes = [ubl.number(total, "TaxAmount") for total in ubl.tax_totals(document)]
    return _stated(
        {
            "invoiceNumber": number,
            "typeCode": ubl.type_code(document),
            "issueDate": ubl.day(document, "IssueDate"),
            "paymentDueDate": due[0] if len(due) == 1 else "",
            "provider": provider,
            "payee": ubl.party(_first(document, "PayeeParty")).data(),
            "totalPaymentDue": ubl.number(document, "LegalMonetaryTotal/PayableAmount"),
            "amountPaid": ubl.number(document, "LegalMonetaryTotal/PrepaidAmount"),
            "taxTotal": taxes[0] if len(taxes) == 1 else "",
            "priceCurrency": ubl.currency(document),
            "referencesOrder": _orders(document),
            "paymentTerms": "\n".join(ubl.texts(document, "PaymentTerms/Note")),
            "lines": lines,
            "mismatches": [*_several(due), *mismatches.of_document(document), *_of_lines(document)],
        }
    )


def _several(due: list[str]) -> Iterator[dict[str, str]]:
    if len(due) > 1:
        reason = "several dates are stated, none is taken"
        yield {"field": "paymentDueDate", "stated": ", ".join(due), "reason": reason}


def _of_lines(document: _Element) -> Iterator[dict[str, str]]:
    for line in ubl.lines(document):
        for mismatch in mismatches.of_line(line):
            yield mismatch | {"field": f"lines/{ubl.text(line, 'ID')}/lineTotal"}


def _orders(document: _Element) -> list[str]:
    """Return each order that the document or one of its lines refers to, once."""
    stated = [ubl.reference(document, "OrderReference/ID")]
    stated += [_order(line) for line in ubl.lines(document)]
    return list(dict.fromkeys(filter(None, stated)))


def _order(line: _Element) -> str:
    return ubl.reference(line, "OrderLineReference/OrderReference/ID")


def _line(line: _Element) -> RecordData:
    """Return a line in the record's shape, as stated."""
    name = ubl.text(line, "Item/Name")
    described = "\n".join(ubl.texts(line, "Item/Description"))
    quantity = ubl.quantity_name(line)
    return _stated(
        {
            "position": ubl.text(line, "ID"),
            "name": name or " ".join(described.split()),
            "description": described if name and described != name else "",
            "sku": ubl.text(line, "Item/SellersItemIdentification/ID"),
            "mpn": ubl.text(line, "Item/ManufacturersItemIdentification/ID"),
            "gtin": ubl.gtin(line),
            "category": ubl.text(line, "Item/CommodityClassification/ItemClassificationCode"),
            "quantity": ubl.number(line, quantity),
            "unitCode": ubl.attribute(line, quantity, "unitCode"),
            "price": ubl.number(line, "Price/PriceAmount"),
            "priceBaseQuantity": ubl.number(line, "Price/BaseQuantity"),
            "lineTotal": ubl.number(line, "LineExtensionAmount"),
            "taxRate": ubl.number(line, "Item/ClassifiedTaxCategory/Percent"),
            "orderNumber": _order(line),
            "orderLine": ubl.reference(line, "OrderLineReference/LineID"),
        }
    )


_SHARED = ("name", "sku", "mpn", "gtin", "category", "quantity", "unitCode", "lineTotal")


def _common(document: _Element, provider: dict[str, str]) -> RecordData:
    """Return what all purchases of a document have in common."""
    credited = ubl.type_code(document) in CREDIT_CODES
    return _stated(
        {
            "seller": provider,
            "priceCurrency": ubl.currency(document),
            "itemStatus": "credited" if credited else "",
        }
    )


def _purchase(document: _Element, line: _Element, stated: RecordData) -> RecordData:
    """Return what a line says of what was bought."""
    whole = ubl.reference(document, "OrderReference/ID")
    number = stated.get("orderNumber", whole)
    path = "OrderLineReference/OrderReference/IssueDate"
    ordered = ubl.day(line, path) or (
        ubl.day(document, "OrderReference/IssueDate") if number == whole else ""
    )
    return _stated(
        {
            **{name: stated.get(name) for name in _SHARED},
            "orderNumber": number,
            "orderDate": ordered if number else "",
            "brand": ubl.text(line, "Item/BrandName"),
            "price": _unit_price(stated),
            "serialNumbers": ubl.texts(line, "Item/ItemInstance/SerialID"),
            "mismatches": list(mismatches.of_line(line)),
        }
    )


def _unit_price(stated: RecordData) -> str:
    """Return the price of one unit, where the document's price divides without a remainder."""
    price, base = stated.get("price", ""), stated.get("priceBaseQuantity", "1")
    if not price or Decimal(base) == 1:
        return str(price)
    with localcontext(prec=40):
        if not Decimal(base):
            return ""
        quotient = (Decimal(price) / Decimal(base)).normalize()
    exponent = quotient.as_tuple().exponent
    return format(quotient, "f") if isinstance(exponent, int) and exponent >= -_DIGITS else ""
