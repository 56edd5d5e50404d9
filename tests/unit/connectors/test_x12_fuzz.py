"""X12: whatever bytes come, the outcome is records, errors of rows, or a refusal."""

import io

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.unit.connectors.reading import FIXTURES
from vault.connectors.base import Document
from vault.connectors.x12 import X12
from vault.domain.records import ParsedRecord, check
from vault.errors import UnsupportedDocument

SAMPLES = sorted(path.read_bytes() for path in (FIXTURES / "x12").glob("*/input.edi"))
PIECES = [b"*", b"~", b"\n", b"HL*1*1*S~", b"HL*2*2*I~LIN**PO*1~", b"SE*1*1~", b"ISA*", b"\x00"]
PIECES += [b"CTT*\xd9\xa1*9~", b"TDS*-~", b"IT1*1*1e9*EA*.*HP~", b"99999999", b"\xff", b"*1*"]


def _outcome(content: bytes) -> int:
    """Read a document as the child does; the number of records that can stand."""
    found = 0
    try:
        for item in X12().extract(Document("input", io.BytesIO(content))):
            if isinstance(item, ParsedRecord):
                check(item.kind, item.data)
                found += 1
    except UnsupportedDocument:
        pass
    return found


@st.composite
def _mutated(draw: st.DrawFn) -> bytes:
    content = bytearray(draw(st.sampled_from(SAMPLES)))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(content)))
        end = at + draw(st.integers(0, 12))
        piece = draw(st.sampled_from(PIECES) | st.binary(max_size=4))
        content[at:end] = piece
    return bytes(content)


@settings(max_examples=250, deadline=None)
@given(_mutated())
@example(b"ISA*00*          *00*")
@example(b"ST*856*1~BSN*00*1*1~SE*3*1~")
def test_mutated_files_end_in_records_errors_or_a_refusal(content: bytes) -> None:
    """Nothing else comes out, and each record can stand."""
    document = Document("input", io.BytesIO(content))
    X12().identify(document)
    assert _outcome(content) >= 0


def test_hostile_files_cost_no_more_than_their_length() -> None:
    """A chain of levels, line ends alone, and endless elements are read in one pass."""
    head = b"ISA*00* *00* *ZZ*A*ZZ*B*030910*1059*U*00401*1*0*T*>~GS*SH*A*B*1*1*1*X*004010~ST*856*1~"
    levels = b"".join(b"HL*%d*%d*I~" % (n + 1, n) for n in range(20_000))
    body = b"BSN*00*1*20260101~HL*1**S~PRF*PO~" + levels
    assert _outcome(head + body + b"SE*1*1~GE*1*1~IEA*1*1~") == 1
    assert _outcome(head + b"\n" * 300_000 + b"HL*1") == 0
    assert _outcome(head + b"BSN" + b"*" * 300_000 + b"~SE*1*1~") == 0
