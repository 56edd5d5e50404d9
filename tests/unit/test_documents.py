"""The documents are in step with the code; `make docs` also runs their examples."""

import pytest

from scripts.docs import documents, references, tables
from scripts.docs.documents import Document

DOCUMENTS = [pytest.param(each, id=each.name) for each in documents.every()]


@pytest.mark.parametrize("check", tables.CHECKS)
def test_every_table_is_that_of_the_code(check: tables.Check) -> None:
    """Labels, numbers, columns, events, settings, use cases: none missing, none made up."""
    assert list(check()) == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_leads_somewhere(document: Document) -> None:
    """Files and headings that are linked exist."""
    assert list(references.broken_links(document)) == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_everything_named_exists(document: Document) -> None:
    """Files, tests, commands and targets of make that a text names are there."""
    assert list(references.broken_mentions(document)) == []
