"""EDIFACT under mutation: whatever a file holds, it ends as records, errors or a refusal."""

import contextlib
import io

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.unit.connectors.reading import FIXTURES
from vault.connectors.base import Document, Notice
from vault.connectors.edifact import Edifact
from vault.domain.records import ParsedRecord, RowError, check
from vault.errors import InvalidInput, UnsupportedDocument

SEEDS = [path.read_bytes() for path in sorted((FIXTURES / "edifact").glob("*/input.edi"))]
PIECES = [
    *(
        b"'",
        b"+",
        b":",
        b"?",
        b"*",
        b"\r\n",
        b"\0",
        b"\xff",
        b"\xe2\x82\xac",
        b"9" * 40,
        b"-",
        b",",
    ),
    *(b"UNA:+.? '", b"UNA", b"UNB+UNOC:3'", b"UNZ'", b"UNH+9+INVOIC:D:96A:UN'", b"UNT'", b"UNS+S'"),
    *(b"UNO+1+1:1+1+99999999'", b"UNP'", b"BGM'", b"LIN'", b"MOA+9:1E5'", b"DTM+137:9:102'"),
    *(b"NAD'", b"CUX+2:'", b"ALC+A'", b"QTY+47:0'", b"PRI+AAA:1:::0'", b"TAX+7+VAT+++:::x'"),
    *(b"RFF+ON'", b"GIN+BN'", b"BGM+380+1+1'", b"FTX+AAB+++" + b"x" * 30_000 + b"'"),
]

mutations = st.lists(
    st.tuples(
        st.integers(0, 3_000), st.integers(0, 30), st.sampled_from(PIECES) | st.binary(max_size=6)
    ),
    max_size=6,
)


def _outcome(content: bytes) -> None:
    """Read as the child does, with the same checks on each record."""
    try:
        for found in Edifact().extract(Document("fuzz", io.BytesIO(content))):
            assert isinstance(found, ParsedRecord | RowError | Notice)
            if isinstance(found, ParsedRecord):
                with contextlib.suppress(InvalidInput):  # becomes a row that cannot be read
                    check(found.kind, found.data)
    except UnsupportedDocument:
        pass


@settings(max_examples=150, deadline=None)
@given(seed=st.sampled_from(SEEDS), changes=mutations)
@example(seed=b"UNB+UNOC:3'UNH+1'UNT'", changes=[])
@example(seed=b"UNB'UNH'UNT'UNH++'UNT'", changes=[])
@example(seed=b"UNB+UNOC:3'UNH+1+ORDRSP'BGM+231+1'LIN'UNT'", changes=[])
@example(seed=b"UNB+UNOC:3'UNH+1+DESADV'BGM'LIN+1++1:SA'QTY+12:-0'UNT'", changes=[])
@example(seed=b"UNB+UNOC:3'UNH+1+INVOIC'BGM+380+?", changes=[])
@example(seed=b"UNB+UNOC:3'UNH+1+INVOIC'BGM+380+1'DTM+137:\xd9\xa12345678:102'UNT'", changes=[])
def test_mutated_files_are_read_or_refused(
    seed: bytes, changes: list[tuple[int, int, bytes]]
) -> None:
    """Bytes cut out, put in and overwritten anywhere never end as a traceback."""
    content = bytearray(seed)
    for place, length, piece in changes:
        at = place % (len(content) + 1)
        content[at : at + length] = piece
    _outcome(bytes(content))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    """What is no EDIFACT at all is refused, too."""
    _outcome(content)


def test_every_beginning_of_a_file_is_read_or_refused() -> None:
    """A file may be cut off anywhere: nothing is made up, and nothing fails."""
    for seed in SEEDS:
        for end in range(0, len(seed), 7):
            _outcome(seed[:end])
