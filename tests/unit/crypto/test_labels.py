import re
from pathlib import Path

from scripts.docs import tables
from vault.crypto.credentials import _NAMES

ROOT = Path(__file__).parents[3]
DOCUMENT = (ROOT / "docs" / "format.md").read_text(encoding="utf-8")
LABEL = re.compile(r'"([a-z-]+/[a-z/{}_.\[\]-]+)"', re.IGNORECASE)


def labels_in_code() -> set[str]:
    """Find every label in the cryptographic core, those made from a kind's name spelled out."""
    found = {
        label
        for path in (ROOT / "vault" / "crypto").glob("*.py")
        for label in LABEL.findall(path.read_text(encoding="utf-8"))
    }
    patterns = {label for label in found if "{" in label}
    spelled_out = {
        re.sub(r"\{.*\}", name, pattern) for pattern in patterns for name in _NAMES.values()
    }
    return found - patterns | spelled_out


def test_every_label_stands_in_the_document() -> None:
    """docs/format.md lists the labels of the cryptographic core, each once and no others."""
    table = DOCUMENT.split("### Keys and values of")[1].split("###")[0]
    listed = re.findall(r"^\| `([^`]+)`", table, re.MULTILINE)
    assert len(set(listed)) == len(listed)
    assert set(listed) == labels_in_code()


def test_every_place_stands_in_the_document() -> None:
    """Likewise the labels of storage and services, and those that the server's keys are asked for.

    A label that cannot be traced to a text in the code is a fault too.
    """
    assert list(tables.places()) == []
