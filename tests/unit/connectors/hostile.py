"""Hostile files of every format, built when they are asked for; nothing of them is on disk."""

import base64
import io
import json
import os
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from tests.unit.connectors.reading import FIXTURES

MIB = 1024 * 1024


@dataclass(frozen=True)
class Hostile:
    """A file, the name it comes under, and a part of what is said of it; empty where it is read."""

    filename: str
    build: Callable[[], bytes]
    said: str = ""


def fixture(slug: str, case: str) -> bytes:
    """A synthetic document that is read in full."""
    return next((FIXTURES / slug / case).glob("input.*")).read_bytes()


def zipped(*entries: tuple[str, bytes]) -> bytes:
    """A ZIP archive."""
    out = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore")  # over entries of the same name
        for name, content in entries:
            archive.writestr(name, content)
    return out.getvalue()


# XML -------------------------------------------------------------------------------------------

_LAUGHS = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10 if n else 'ha' * 100}'>" for n in range(12))
_DOCTYPES = {
    "XXE": "[<!ENTITY x SYSTEM 'file:///etc/passwd'>]",
    "XXE over the network": "[<!ENTITY x SYSTEM 'http://127.0.0.1:9/x'>]",
    "entity bomb": f"[{_LAUGHS}<!ENTITY x '&l11;'>]",
    "quadratic bomb": f"[<!ENTITY x '{'A' * 20_000}'>]",
    "external DTD": "SYSTEM 'http://127.0.0.1:9/x.dtd'",
    "parameter entity": "[<!ENTITY % p SYSTEM 'file:///etc/passwd'> %p; <!ENTITY x ''>]",
}
_XML = {
    "einvoice": ("einvoice", "invoice"),
    "cii": ("einvoice", "cii-invoice"),
    "camt": ("payments", "camt-053"),
    "swid": ("licenses", "swid-2015"),
}


def _with_doctype(content: bytes, doctype: str) -> bytes:
    """A document whose root has a DOCTYPE before it and uses the entity `x` in it."""
    text = content.decode()
    start = text.index("<", text.index("?>") + 2 if text.lstrip().startswith("<?") else 0)
    while text.startswith("<!--", start):
        start = text.index("<", text.index("-->", start) + 3)
    body = text[start:]
    name = body[1:].split(None, 1)[0].split(">", 1)[0]
    opened = body.index(">") + 1
    use = "&x;" if "<!ENTITY x" in doctype else ""
    whole = f"{text[:start]}<!DOCTYPE {name} {doctype}>\n{body[:opened]}{use}{body[opened:]}"
    return whole.encode()


def _xml(case: tuple[str, str], doctype: str) -> Callable[[], bytes]:
    return lambda: _with_doctype(fixture(*case), doctype)


_UBL = b'<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2">'
XML = {
    f"{name} in {slug}": Hostile("a.xml", _xml(case, doctype), "DOCTYPE")
    for slug, case in _XML.items()
    for name, doctype in _DOCTYPES.items()
} | {
    "XML 200,000 deep": Hostile("a.xml", lambda: _UBL + b"<a>" * 200_000, "not well-formed"),
    "an attribute of 11 MB": Hostile(
        "a.xml", lambda: _UBL[:-1] + b' a="' + b"x" * 11 * MIB + b'"/>', "not well-formed"
    ),
    "a million attributes": Hostile(
        "a.xml",
        lambda: (
            _UBL + b"<a " + b" ".join(b'a%d=""' % n for n in range(1_000_000)) + b"/></Invoice>"
        ),
        "no",
    ),
    "XML of 40 MB": Hostile("a.xml", lambda: _UBL + b"<a/>" * 10 * MIB + b"</Invoice>", "larger"),
    "NUL in XML": Hostile(
        "a.xml", lambda: fixture("einvoice", "invoice").replace(b"Sample", b"Sam\0ple", 1), "not"
    ),
    "XML that lies of its encoding": Hostile(
        "a.xml", lambda: b'<?xml version="1.0" encoding="UTF-16"?>' + _UBL + b"</Invoice>", "not"
    ),
    "a DOCTYPE in UTF-7": Hostile(
        "a.xml",
        lambda: (
            b'<?xml version="1.0" encoding="UTF-7"?>'
            b'+ADwAIQ-DOCTYPE Invoice [+ADwAIQ-ENTITY x SYSTEM "file:///etc/passwd"+AD4]+AD4-'
            + _UBL
            + b"+ACY-x;</Invoice>"
        ),
        "DOCTYPE",
    ),
}

# Archives and workbooks ------------------------------------------------------------------------

_SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    "<sheetData>{}</sheetData></worksheet>"
)
_CDW = "cdw_order_no,cdw_part_no,cdw_invoice_no,serial_number"


def _workbook(rows: str, *extra: tuple[str, bytes]) -> bytes:
    """A workbook of one sheet of the given rows, behind the header of CDW's feed."""
    cells = "".join(f'<c t="inlineStr"><is><t>{name}</t></is></c>' for name in _CDW.split(","))
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/>'
        "</Types>",
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
        f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
        '<sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
        f'<Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/>'
        "</Relationships>",
        "xl/worksheets/sheet1.xml": _SHEET.format(f"<row>{cells}</row>{rows}"),
    }
    changed = {**{name: text.encode() for name, text in parts.items()}, **dict(extra)}
    return zipped(*changed.items())


def _million_cells() -> bytes:
    row = "<row>" + "".join(f"<c><v>{number * 7919}</v></c>" for number in range(1_000)) + "</row>"
    rows = (row.replace("<v>", f"<v>{number}") for number in range(1_100))
    return _workbook("".join(rows))


def _overlapping() -> bytes:
    """Many entries that share the same bytes: small to send, endless to unpack (Fifield, 2019)."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    content = b"\0" * (8 * MIB)
    packed = packer.compress(content) + packer.flush()
    check, local, central = zlib.crc32(content), b"", b""
    sizes = (check, len(packed), len(content), 1, 0)
    local = b"PK\3\4" + struct.pack("<5H3L2H", 20, 0, 8, 0, 0, *sizes) + b"a" + packed
    for _ in range(1_000):
        fields = (20, 20, 0, 8, 0, 0, *sizes, 0, 0, 0, 0, 0)
        central += b"PK\1\2" + struct.pack("<6H3L5H2L", *fields) + b"a"
    end = (0, 0, 1_000, 1_000, len(central), len(local), 0)
    return local + central + b"PK\5\6" + struct.pack("<4H2LH", *end)


def _nested(depth: int) -> bytes:
    content = fixture("einvoice", "invoice")
    for level in range(depth):
        content = zipped((f"{level}.zip", content), ("a.txt", b""))
    return content


ARCHIVES = {
    "zip bomb": Hostile("a.zip", lambda: zipped(("a.csv", b" " * 100 * MIB)), "bomb"),
    "overlapping entries": Hostile("a.zip", _overlapping, "unpacks to"),
    "20,000 entries": Hostile(
        "a.zip", lambda: zipped(*((f"{n}.txt", b"") for n in range(20_000))), "5000 entries"
    ),
    "an archive in an archive in an archive": Hostile("a.zip", lambda: _nested(50), "within an"),
    "a ZIP that is cut off": Hostile(
        "a.zip", lambda: zipped(("a", os.urandom(9_000)))[:5_000], "damaged"
    ),
    "a ZIP of noise": Hostile("a.zip", lambda: b"PK\3\4" + os.urandom(100_000), "damaged"),
    "names that lead outside": Hostile(
        "a.zip", lambda: zipped(("../../etc/passwd", b"x"), ("/etc/shadow", b"x")), "recognises"
    ),
    "a million cells": Hostile("a.xlsx", _million_cells, "1,000,000 cells"),
    "a bomb in a workbook": Hostile("a.xlsx", lambda: _workbook(" " * 80 * MIB), "bomb"),
    "a DOCTYPE in a workbook": Hostile(
        "a.xlsx",
        lambda: _workbook(
            "", ("xl/worksheets/sheet1.xml", _with_doctype(_SHEET.encode(), _DOCTYPES["XXE"]))
        ),
        "DOCTYPE",
    ),
}

# Text and tables -------------------------------------------------------------------------------

_RETAIL = ("amazon", "retail-2026")


def _header() -> bytes:
    return fixture(*_RETAIL).split(b"\r\n")[0]


TABLES = {
    "nothing": Hostile("a.csv", lambda: b"", "empty"),
    "NULs": Hostile("a.csv", lambda: b"\0" * MIB, "recognises"),
    "noise": Hostile("a.csv", lambda: os.urandom(MIB), "recognises"),
    "a million columns": Hostile("a.csv", lambda: b"a," * 1_000_000, ""),
    "a line of 50 MB": Hostile("a.csv", lambda: _header() + b"\r\n" + b"x" * 50 * MIB, ""),
    "a quote without an end": Hostile("a.csv", lambda: _header() + b'\r\n"' + b"x\n" * 9 * MIB, ""),
    "wrong encoding": Hostile("a.csv", lambda: fixture(*_RETAIL) + b"\xff\xfe", "not valid utf-8"),
    "formulas": Hostile(
        "a.csv",
        lambda: fixture(*_RETAIL).replace(b"Sample Chair", b"=HYPERLINK(1)+cmd|' /C calc'!A0"),
    ),
    "100,000 rows of nothing": Hostile(
        "a.csv", lambda: _header() + b"\r\nx,y" * 100_000, "rows cannot be read"
    ),
}

# JSON ------------------------------------------------------------------------------------------

_GRAPH = '{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#subscribedSkus","value":'
_ORDER = '{"@context":"https://schema.org","@type":"Order","orderNumber":"1","x":'


def _json(start: str, inner: bytes) -> Callable[[], bytes]:
    return lambda: start.encode() + inner + b"}"


_INNER = {
    "200,000 lists deep": b"[" * 200_000,
    "200,000 objects deep": b'{"a":' * 200_000,
    "closed 200,000 deep": b"[" * 200_000 + b"]" * 200_000,
    "NaN": b'[{"id":"1","prepaidUnits":{"enabled":NaN}}]',
    "a number of a million digits": b'[{"id":"1","consumedUnits":' + b"9" * 1_000_000 + b"}]",
    "half a surrogate pair": rb'[{"id":"\ud800","skuPartNumber":"\udfff"}]',
    "a NUL": b'[{"id":"\\u0000","skuPartNumber":"\0"}]',
    "the same key twice": b'[{"id":"1","id":"2","skuPartNumber":"A","skuPartNumber":"B"}]',
    "200,000 keys": b"{" + b",".join(b'"k%d":1' % n for n in range(200_000)) + b"}",
    "wrong encoding": b'["\xff\xfe"]',
}
JSON = {
    f"{name} in {format_}": Hostile("a.json", _json(start, inner))
    for format_, start in (("Graph", _GRAPH), ("an order", _ORDER))
    for name, inner in _INNER.items()
} | {"bare JSON 200,000 deep": Hostile("a.json", lambda: b"[" * 200_000, "recognises")}

# E-mail ----------------------------------------------------------------------------------------

_MAIL = b"From: a@shop.example\r\nDate: Mon, 2 Nov 2026 09:15:00 +0100\r\nMIME-Version: 1.0\r\n"
_HTML = b"Content-Type: text/html\r\n\r\n"


def _parts(count: int) -> bytes:
    part = b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n"
    return _MAIL + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + part * count + b"--b--"


def _multiparts(depth: int) -> bytes:
    levels = (
        b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n)
        for n in range(depth)
    )
    return _MAIL + b"".join(levels) + _HTML


def _mail_with(html: bytes) -> bytes:
    return _MAIL + _HTML + html


def _markup(inner: str) -> bytes:
    return f'<html><script type="application/ld+json">{inner}</script></html>'.encode()


MAIL = {
    "10,000 MIME parts": Hostile("a.eml", lambda: _parts(10_000), "parts"),
    "10,000 multiparts deep": Hostile("a.eml", lambda: _multiparts(10_000), ""),
    "a header of 20 MB": Hostile("a.eml", lambda: _MAIL + b"X: " + b"y" * 20 * MIB + b"\r\n\r\n"),
    "200,000 headers": Hostile("a.eml", lambda: _MAIL + b"X: y\r\n" * 200_000 + b"\r\n"),
    "base64 of nonsense": Hostile(
        "a.eml",
        lambda: (
            _MAIL
            + b"Content-Transfer-Encoding: base64\r\n"
            + _HTML
            + base64.b64encode(os.urandom(MIB))[:-3]
        ),
    ),
    "an unknown charset": Hostile(
        "a.eml", lambda: _MAIL + b"Content-Type: text/html; charset=klingon\r\n\r\n<p>\xff"
    ),
    "HTML 200,000 deep": Hostile("a.eml", lambda: _mail_with(b"<div>" * 200_000)),
    "JSON-LD 200,000 deep in HTML": Hostile(
        "a.eml", lambda: _mail_with(_markup(_ORDER + "[" * 200_000))
    ),
    "an order that refers to itself": Hostile(
        "a.eml",
        lambda: _mail_with(
            _markup(
                json.dumps(
                    {
                        "@context": "http://schema.org",
                        "@type": "Order",
                        "@id": "#a",
                        "orderNumber": "1",
                        "seller": {"@id": "#a"},
                        "orderedItem": [{"@id": "#a"}] * 1_000,
                    }
                )
            )
        ),
    ),
    "an order in 500,000 scopes": Hostile(
        "a.eml",
        lambda: _mail_with(
            b'<div itemscope itemtype="http://schema.org/Order">' + b"<i itemscope></i>" * 500_000
        ),
    ),
}

# EDI, FlexNet, OFX, PDF ------------------------------------------------------------------------

_ISA = (
    b"ISA*00*          *00*          *ZZ*A              *ZZ*B              *260302*0415*U*00401"
    b"*000000001*0*P*>~GS*IN*A*B*20260302*0415*1*X*004010~ST*810*0001~"
)
_UNB = b"UNA:+.? 'UNB+UNOC:3+A+B+260305:0917+1'UNH+1+INVOIC:D:96A:UN'"


def _pdf(stream: bytes, declared: int | None = None) -> bytes:
    """A PDF with one attached file that is packed."""
    packed = zlib.compress(stream, 9)
    length = declared or len(packed)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R/Names<</EmbeddedFiles<</Names[(factur-x.xml) 3 0 R]>>>>>>",
        b"<</Type/Pages/Kids[]/Count 0>>",
        b"<</Type/Filespec/F(factur-x.xml)/UF(factur-x.xml)/EF<</F 4 0 R>>>>",
        b"<</Type/EmbeddedFile/Filter/FlateDecode/Length %d>>stream\n%s\nendstream"
        % (length, packed),
    ]
    out, places = b"%PDF-1.7\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer\n<</Root 1 0 R/Size 5>>\nstartxref\n%d\n%%%%EOF" % len(out)
    return out + b"xref\n0 5\n0000000000 65535 f \n" + table + trailer


OTHERS = {
    "200,000 X12 segments": Hostile("a.edi", lambda: _ISA + b"REF*ZZ*1~" * 200_000),
    "an X12 segment of 20 MB": Hostile("a.edi", lambda: _ISA + b"REF*" + b"x" * 20 * MIB),
    "X12 with a NUL for a separator": Hostile("a.edi", lambda: _ISA.replace(b"*", b"\0")),
    "200,000 EDIFACT segments": Hostile("a.edi", lambda: _UNB + b"FTX+ZZZ+++x'" * 200_000),
    "an EDIFACT segment of 20 MB": Hostile("a.edi", lambda: _UNB + b"FTX+" + b"x" * 20 * MIB),
    "EDIFACT of release characters": Hostile("a.edi", lambda: _UNB + b"?" * 5 * MIB),
    "EDIFACT whose separators are one": Hostile("a.edi", lambda: _UNB.replace(b":", b"+")),
    "a FlexNet line that goes on": Hostile(
        "a.lic", lambda: b"INCREMENT a b 1.0 permanent 1 " + b"\\\n" * 1_000_000
    ),
    "an OFX 200,000 deep": Hostile(
        "a.ofx", lambda: b"OFXHEADER:100\nDATA:OFXSGML\n\n<OFX>" + b"<STMTTRN>" * 200_000
    ),
    "a PDF bomb": Hostile("a.pdf", lambda: _pdf(b" " * 400 * MIB)),
    "XXE in a PDF": Hostile(
        "a.pdf",
        lambda: _pdf(_with_doctype(fixture("einvoice", "cii-invoice"), _DOCTYPES["XXE"])),
        "DOCTYPE",
    ),
    "a PDF of nothing": Hostile("a.pdf", lambda: b"%PDF-1.7\n", ""),
    "a PDF that lies of a length": Hostile("a.pdf", lambda: _pdf(b"<a/>", 2**40)),
}

EVERY = {**XML, **ARCHIVES, **TABLES, **JSON, **MAIL, **OTHERS}
