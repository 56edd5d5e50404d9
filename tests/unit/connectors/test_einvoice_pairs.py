"""One invoice in two syntaxes gives equal records: the corpus has pairs of them."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.connectors.pairs import differences, values
from tests.unit.connectors.reading import read


def _corpus(folder: str) -> Iterator[Path]:
    root = os.environ.get("VAULT_CORPUS")
    if root:
        yield from sorted(Path(root, folder).glob("*/*"))


FILES = list(_corpus("cii"))
UBL = {path.name.removesuffix(".ubl.xml"): path for path in _corpus("ubl")}
PDF = {path.stem: path for path in _corpus("facturx")}
TWINS = [
    pytest.param(path, other, id=other.name)
    for path in FILES
    for others in (UBL, PDF)
    if (other := others.get(path.name.removesuffix(".cii.xml")))
]


@pytest.mark.parametrize(("path", "other"), TWINS)
def test_one_invoice_in_two_syntaxes_gives_equal_records(path: Path, other: Path) -> None:
    """The ZUGFeRD corpus has the same invoice as CII, as UBL and in a PDF: the records agree."""
    assert values(read(path.read_bytes())) == values(read(other.read_bytes()))


@pytest.mark.skipif(not FILES, reason="VAULT_CORPUS is not set")
def test_every_pair_of_the_corpus_is_compared() -> None:
    """Five of the six CII files of the ZUGFeRD corpus exist as UBL, and all six as PDF."""
    assert len(TWINS) == 11


EXAMPLES = {
    "1": {
        ("/lines/*/unitCode", "H87", "EA"),
        ("/lines/*/name", "KAAS 50PL. JONG BEL. 1KG", "PKAAS 50PL. JONG BEL. 1KG"),
        ("/lines/*/name", "PK CHOCOLADEMELK", "PK CHOCOLADEMEL"),
    },
    "2": {
        ("/lines/*/category", "65434565", "12344322"),
        ("/lines/*/category", "65434566", "32344324"),
        ("/lines/*/category", "65434567", "32344324"),
        ("/lines/*/category", "65434568", "12344321"),
        ("/lines/*/gtin", "1234567890142", "1234567890135"),
        ("/lines/*/orderLine", "4", None),
        ("/lines/*/priceBaseQuantity", "0.75", "1"),
        ("/lines/*/priceBaseQuantity", "1273", "1"),
        ("/lines/*/priceBaseQuantity", "2.48", "1"),
        ("/lines/*/priceBaseQuantity", "25", "1"),
        ("/lines/*/priceBaseQuantity", "3.96", "1"),
        ("/lines/*/quantity", "1", "2"),
        ("/lines/*/unitCode", "NAR", "EA"),
    },
    "3": {
        ("/lines/*/description", None, "Subscription fee 1st quarter"),
        ("/lines/*/lineTotal", None, "800"),
        ("/lines/*/name", None, "Paper subscription"),
        ("/lines/*/position", None, "2"),
        ("/lines/*/price", None, "800"),
        ("/lines/*/quantity", "1", "2"),
        ("/lines/*/quantity", None, "2"),
        ("/lines/*/taxRate", None, "10"),
        ("/lines/*/unitCode", "C62", "EA"),
        ("/lines/*/unitCode", None, "EA"),
        ("/taxTotal", "225", "305"),
        ("/totalPaymentDue", "1125", "2005"),
    },
}
"""Where the CEN's examples differ themselves: as CII, and as UBL."""


@pytest.mark.skipif(not FILES, reason="VAULT_CORPUS is not set")
@pytest.mark.parametrize("number", EXAMPLES)
def test_examples_of_the_cen_differ_where_their_files_do(number: str) -> None:
    """The CEN's examples 1 to 3 exist as CII and as UBL, and were changed since, each alone."""
    (cii,) = [path for path in FILES if path.name == f"CII_example{number}.xml"]
    ubl = UBL[f"ubl-tc434-example{number}.xml"]
    found = differences(read(cii.read_bytes()), read(ubl.read_bytes()))
    assert found == EXAMPLES[number]
