"""Software identification tags: ISO/IEC 19770-2 of 2009 and of 2015.

A tag says which software is there and who made it, not how many may use it: it becomes a license
without quantities, to be completed by what has been bought. A tag of software that needs no
license becomes nothing.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from vault.connectors.base import Document, Extracted, Notice
from vault.connectors.formats.table import encoding_of
from vault.domain.compartments import Kind
from vault.domain.records import ParsedRecord, RecordData, RowError
from vault.errors import UnsupportedDocument

if TYPE_CHECKING:
    from lxml import etree

_NAMESPACE = re.compile(r"""["']https?://standards\.iso\.org/iso/19770/-2/[0-9]{4}[^"']*["']""")
_TAG_2015, _TAG_2009 = "SoftwareIdentity", "software_identification_tag"
_PARTIAL = ("patch", "supplemental")
_TRUE = frozenset({"true", "1"})
_FALSE = frozenset({"false", "0"})


def recognises(document: Document) -> bool:
    """Return whether it is XML that declares the namespace of a tag."""
    text = document.head.decode(encoding_of(document.head), "replace")
    return text.lstrip("\ufeff \t\r\n").startswith("<") and bool(_NAMESPACE.search(text))


def read(document: Document) -> Iterator[Extracted]:
    """Yield a license for each tag, also of several in one file."""
    from vault.connectors.formats import xml  # noqa: PLC0415 lxml: only when needed

    root = xml.parse(document.buffer())
    tags = [tag for tag in root.iter() if _local(tag) in {_TAG_2015, _TAG_2009}]
    if not tags:
        raise UnsupportedDocument(f"the XML is a {_local(root):.40}, which holds no SWID tag")
    for tag in tags:
        partial = next((name for name in _PARTIAL if tag.get(name) in _TRUE), None)
        if partial:
            yield Notice(f"line {tag.sourceline}: not read, a {partial} tag adds to another one")
            continue
        try:
            yield from _of_2015(tag) if _local(tag) == _TAG_2015 else _of_2009(tag)
        except ValueError as err:
            yield RowError(tag.sourceline or 1, str(err))


def _local(element: "etree._Element") -> str:
    return str(element.tag).rpartition("}")[2]


def _children(element: "etree._Element", name: str) -> "list[etree._Element]":
    return [child for child in element if _local(child) == name]


def _text(element: "etree._Element", *path: str) -> str:
    """Return the text of the first element on a path of local names; "" where there is none."""
    found: etree._Element | None = element
    for name in path:
        found = None if found is None else next(iter(_children(found, name)), None)
    return "" if found is None else " ".join((found.text or "").split())


def _of_2015(tag: "etree._Element") -> Iterator[Extracted]:
    parties = {
        role: party for party in _children(tag, "Entity") for role in party.get("role", "").split()
    }
    wanted = [meta.get("entitlementDataRequired", "") for meta in _children(tag, "Meta")]
    publisher = parties.get("softwareCreator")
    licensor = parties.get("licensor")
    data: RecordData = {
        "name": " ".join(
            filter(None, (tag.get("name", "").strip(), tag.get("version", "").strip()))
        ),
        "publisher": "" if publisher is None else publisher.get("name", "").strip(),
        "seller": {} if licensor is None else _party(licensor.get("name"), licensor.get("regid")),
    }
    yield from _license(tag, tag.get("tagId", "").strip(), data, needs=not _FALSE & set(wanted))


def _of_2009(tag: "etree._Element") -> Iterator[Extracted]:
    maker, licensor = "software_creator", "software_licensor"
    name = (_text(tag, "product_title"), _text(tag, "product_version", "name"))
    data: RecordData = {
        "name": " ".join(filter(None, name)),
        "publisher": _text(tag, maker, "name"),
        "seller": _party(_text(tag, licensor, "name"), _text(tag, licensor, "regid")),
    }
    creator = _text(tag, "software_id", "tag_creator_regid")
    identity = "/".join(filter(None, (creator, _text(tag, "software_id", "unique_id"))))
    needs = _text(tag, "entitlement_required_indicator").lower() not in _FALSE
    yield from _license(tag, identity, data, needs=needs)


def _party(name: str | None, identifier: str | None) -> dict[str, str]:
    party = {"name": (name or "").strip(), "identifier": (identifier or "").strip()}
    return {member: value for member, value in party.items() if value}


def _license(
    tag: "etree._Element", identity: str, data: RecordData, *, needs: bool
) -> Iterator[Extracted]:
    place = tag.sourceline or 1
    if not data["name"] or not identity:
        raise ValueError("has no name of the software or no identity of the tag")
    if not needs:
        yield Notice(f"line {place}: not read, the software needs no license")
        return
    stated = {name: value for name, value in data.items() if value}
    yield ParsedRecord(Kind.LICENSE, f"swid/{identity}", stated, line=place)
