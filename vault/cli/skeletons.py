"""What `vault connectors new` lays out: a connector that reads one row, to be made into a real one.

The synthetic columns bear the slug, so that no other document is taken for this connector's.
"""

from string import Template

CONNECTOR = Template('''"""$name: the list of orders, as CSV.

Which real files, or which public document of the vendor's with its date, prove this format stands
in `docs/connectors.md`, and so does what is not read.
"""

from collections.abc import Iterator

from vault.connectors.base import Access, Document, Extracted, Manifest
from vault.connectors.formats import values
from vault.connectors.formats.table import header_of, table
from vault.domain.compartments import Kind
from vault.domain.records import ParsedRecord, RecordData, RowError
from vault.errors import UnsupportedDocument

_SURE = 0.95
_ORDER, _ITEM = "${slug}_order", "${slug}_item"
_COLUMNS = frozenset({_ORDER, _ITEM, "date", "title", "quantity", "price", "currency"})
_SELLER = {"name": "$vendor"}
_REFUSED = "the file has not the columns of $vendor"


class $class_name:
    """Reads $vendor's list of orders."""

    manifest = Manifest(
        slug="$slug",
        name="$name",
        vendors=("$vendor",),
        access=Access.FILE,
        kinds=(Kind.PURCHASE,),
        recognises="a CSV file with the columns ${slug}_order and others",
    )

    def identify(self, document: Document) -> float:
        """Be sure where the header has the vendor's own column names."""
        return _SURE if set(header_of(document.head)) >= _COLUMNS else 0.0

    def extract(self, document: Document) -> Iterator[Extracted]:
        """Yield a purchase for each row."""
        header, rows = table(document)
        if not set(header) >= _COLUMNS:
            raise UnsupportedDocument(_REFUSED)
        for row in rows:
            if isinstance(row, RowError):
                yield row
                continue
            line, cells = row
            try:
                yield _purchase(line, dict(zip(header, map(str.strip, cells), strict=True)))
            except ValueError as err:
                yield RowError(line, str(err))


def _purchase(line: int, cells: dict[str, str]) -> ParsedRecord:
    """Read one row; what it does not state is absent. ValueError where it cannot be read."""
    if not cells[_ORDER]:
        raise ValueError("has no order number")
    stated: RecordData = {
        "orderNumber": cells[_ORDER],
        "orderDate": cells["date"] and values.iso_date(cells["date"]),
        "seller": _SELLER,
        "name": cells["title"],
        "sku": cells[_ITEM],
        "quantity": cells["quantity"] and values.amount(cells["quantity"]),
        "price": cells["price"] and values.amount(cells["price"]),
        "priceCurrency": cells["currency"],
    }
    data = {name: value for name, value in stated.items() if value}
    return ParsedRecord(Kind.PURCHASE, f"item/{cells[_ORDER]}/{cells[_ITEM]}", data, (), line)
''')

INPUT = Template("""\
${slug}_order,${slug}_item,date,title,quantity,price,currency
S-1001,KT-17,2026-03-02,"Sample Kettle, 1.7 L",2,21.50,EUR
S-1001,BK-02,2026-03-02,Sample Book,1,12.00,EUR
S-1002,CH-08,2026-03-05,Sample Chair,,1,EUR
,CH-08,2026-03-05,A row without an order,1,64.00,EUR
""")

ROW = Template(
    "| `$slug` | $vendor | orders, CSV | purchases |"
    " by nothing yet: name the real files, or the public document with its date |\n"
)
