"""EDIFACT's syntax: ways of writing that change nothing, and files that are broken or hostile."""

import json
import re
import time
from collections.abc import Callable

import pytest

from tests.unit.connectors.reading import FIXTURES, Reading, connector_for, read
from vault.connectors.edifact import segment, tokens
from vault.errors import UnsupportedDocument

CASES = FIXTURES / "edifact"
HEAD = "UNB+UNOC:3+A+B+260101:1200+1'"


def _case(name: str) -> bytes:
    return (CASES / name / "input.edi").read_bytes()


def _expected(name: str) -> object:
    stored = json.loads((CASES / name / "expected.json").read_text(encoding="utf-8"))
    return stored["records"]


def invoice(*lines: str, head: str = HEAD, number: str = "R1", end: str = "UNZ+1+1'") -> bytes:
    """Return an interchange with one INVOIC that has these segments besides its number."""
    body = "".join(f"{line}'" for line in ("UNH+1+INVOIC:D:96A:UN", f"BGM+380+{number}", *lines))
    return f"{head}{body}UNT+1+1'{end}".encode()


def _other_marks(content: bytes) -> bytes:
    """Write with other separators and release character, none of which the texts have."""
    for mark, placeholder in _PLACEHOLDERS:
        content = content.replace(b"?" + mark, placeholder)
    content = content.translate(bytes.maketrans(b"+:'?", b"|^~\\"))
    for mark, placeholder in _PLACEHOLDERS:
        content = content.replace(placeholder, mark)
    return content


_PLACEHOLDERS = ((b"+", b"\x01"), (b":", b"\x02"), (b"'", b"\x03"))


def _reversed_release(content: bytes) -> bytes:
    return content.replace(b"Danke", b"Dan?ke")


def _wrapped(content: bytes) -> bytes:
    plain = content.replace(b"\r\n", b"")
    cut = [plain[place : place + 80] for place in range(0, len(plain), 80)]
    return b"\r\n".join(cut) + b"\r\n"


VARIANTS: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("one line", lambda content: content.replace(b"\r\n", b"")),
    ("line feeds", lambda content: content.replace(b"\r\n", b"\n")),
    ("tabs and blank lines", lambda content: content.replace(b"\r\n", b"\r\n\n\t  ")),
    ("records of 80 characters", _wrapped),
    ("other separators", _other_marks),
    ("a needless release", _reversed_release),
    ("UTF-8 with a BOM", lambda content: b"\xef\xbb\xbf" + content.decode("latin-1").encode()),
    ("UTF-16", lambda content: content.decode("latin-1").encode("utf-16")),
    ("UNOW", lambda c: c.replace(b"UNOC:3", b"UNOW:4").decode("latin-1").encode()),
    ("UNOY", lambda c: c.replace(b"UNOC:3", b"UNOY:4").decode("latin-1").encode()),
    ("Latin 9", lambda content: content.replace(b"UNOC", b"UNOL")),
    ("syntax 1", lambda content: content.replace(b"UNOC:3", b"UNOC:1")),
    ("decimal points", lambda c: c.replace(b"UNA:+,", b"UNA:+.").replace(b",", b".")),
    ("points although commas are stated", lambda c: c[:9] + c[9:].replace(b",", b".")),
    ("zeros for a date", lambda content: content.replace(b"DTM+35:20260302", b"DTM+35:00000000")),
    ("Ctrl-Z at the end", lambda content: content + b"\x1a"),
    ("no terminator at the end", lambda content: content.rstrip()[:-1]),
    ("no end of the message", lambda content: content.replace(b"UNT+59+1'\r\n", b"")),
    ("D.93A", lambda content: content.replace(b"D:96A", b"D:93A")),
    ("D.21B", lambda content: content.replace(b"D:96A", b"D:21B")),
]


@pytest.mark.parametrize("change", [change for _, change in VARIANTS], ids=[n for n, _ in VARIANTS])
def test_ways_of_writing_change_nothing(change: Callable[[bytes], bytes]) -> None:
    """Line ends, separators, character sets and decimal marks say nothing: one invoice."""
    content = change(_case("invoice-eancom"))
    assert read(content).golden()["records"] == _expected("invoice-eancom")


@pytest.mark.parametrize("name", ["credit-note-en16931", "order-response-despatch"])
def test_the_service_string_advice_may_be_missing(name: str) -> None:
    """Without a UNA the separators are the defaults, in either decimal mark."""
    content = _case(name).removeprefix(b"UNA:+.?*'")
    assert read(content).golden()["records"] == _expected(name)


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_line_ends_may_stand_in_place_of_terminators(end: bytes) -> None:
    """Without a UNA, and with the first two lines a segment each, a line is a segment."""
    content = _case("order-response-despatch").removeprefix(b"UNA:+.?*'")
    lines = [segment.strip() for segment in re.split(rb"(?<!\?)'", content) if segment.strip()]
    assert read(end.join(lines) + end).golden()["records"] == _expected("order-response-despatch")


def test_separators_of_level_b_are_known_without_a_service_string_advice() -> None:
    """UNOB may be written with IS1, IS3 and IS4 between the elements."""
    table = bytes.maketrans(b"+:'", b"\x1d\x1f\x1c")
    reading = read(invoice("DTM+137:20260101:102").translate(table))
    assert reading.of("invoice")[0]["issueDate"] == "2026-01-01"


def test_interchanges_follow_one_another_each_with_its_own_separators() -> None:
    """A UNA holds for its interchange; character sets are those of each."""
    first = b"UNA^|.\\ ~" + _other_marks(invoice("NAD+SE+++Oslo", number="A"))
    second = invoice("NAD+SE+++Ångström", number="B", head=HEAD.replace("UNOC", "UNOW"))
    third = b"UNA:+,? '" + invoice("MOA+9:1,5", number="C")
    reading = read(first + b"\r\n" + second + third)
    assert [data["invoiceNumber"] for data in reading.of("invoice")] == ["A", "B", "C"]
    assert reading.of("invoice")[2]["totalPaymentDue"] == "1.5"


@pytest.mark.parametrize(
    ("syntax", "encoding", "notice"),
    [
        ("UNOA", "cp1252", "Windows-1252"),
        ("UNOB", "utf-8", "UTF-8"),
        ("UNOC", "latin-1", ""),
        ("UNOC", "utf-8", "UTF-8"),
        ("UNOW", "utf-8", ""),
        ("UNOW", "cp1252", "Windows-1252"),
    ],
)
def test_character_sets_are_those_stated_and_others_are_told(
    syntax: str, encoding: str, notice: str
) -> None:
    """Letters that a stated set cannot have are read by what they are, and that is said."""
    head = HEAD.replace("UNOC", syntax)
    content = invoice("NAD+SU+++Žižkov Bürö" if notice else "NAD+SU+++Zizkov Bürö", head=head)
    reading = read(content.decode().encode(encoding))
    assert "Bürö" in reading.of("invoice")[0]["provider"]["name"]
    assert [notice in text for text in reading.notices] == ([True] if notice else [])


@pytest.mark.parametrize(
    ("syntax", "encoding", "text"),
    [("D", "iso8859-2", "Žižkov"), ("E", "iso8859-5", "Москва"), ("F", "iso8859-7", "Αθήνα")],
)
def test_other_alphabets(syntax: str, encoding: str, text: str) -> None:
    """UNOD, UNOE, UNOF are parts 2, 5 and 7 of ISO 8859."""
    content = invoice(f"NAD+SU+++{text}", head=HEAD.replace("UNOC", f"UNO{syntax}"))
    reading = read(content.decode().encode(encoding))
    assert reading.of("invoice")[0]["provider"]["name"] == text


@pytest.mark.parametrize(
    ("text", "mark", "number"),
    [
        ("12", "", "12"),
        ("12.50", ".", "12.50"),
        ("12,50", ",", "12.50"),
        ("12,50", ".", "12.50"),
        ("1,234", "", "1.234"),
        ("0,125", ".", "0.125"),
        ("-3", "", "-3"),
        ("3-", "", "-3"),
        ("+3", "", "3"),
        (",5", "", "0.5"),
        ("5,", "", "5"),
        ("007", "", "7"),
    ],
)
def test_numbers(text: str, mark: str, number: str) -> None:
    """Comma and point are decimal marks, a minus may stand behind; digits stay as they are."""
    assert segment.decimal(text, mark) == number


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("1,234", "."),
        ("1.234", ","),
        ("1.234,50", ","),
        ("-3-", ""),
        ("", ""),
        (".", ""),
        ("1E3", ""),
    ],
)
def test_numbers_that_could_mean_two_things_are_none(text: str, mark: str) -> None:
    """Thousands separators are against the standard, and are not guessed at."""
    with pytest.raises(ValueError, match="number"):
        segment.decimal(text, mark)


@pytest.mark.parametrize(
    ("text", "form", "moment"),
    [
        ("20260131", "102", "2026-01-31"),
        ("260131", "101", "2026-01-31"),
        ("940101", "101", "1994-01-01"),
        ("202601310915", "203", "2026-01-31T09:15:00"),
        ("20260131091530", "204", "2026-01-31T09:15:30"),
        ("202601312400", "203", "2026-01-31"),
        ("31012026", "4", "2026-01-31"),
        ("310126", "2", "2026-01-31"),
        ("202601310915UTC", "303", "2026-01-31T09:15:00"),
        ("2026013120260228", "718", "2026-01-31"),
        ("20260131", "", "2026-01-31"),
        ("2026-01-31", "", "2026-01-31"),
        ("202605", "616", ""),
        ("202601", "610", ""),
        ("00000000", "102", ""),
        ("", "102", ""),
    ],
)
def test_dates(text: str, form: str, moment: str) -> None:
    """A date is read by its format; what says no day (a week, a month) says nothing."""
    assert segment.moment(text, form) == moment


@pytest.mark.parametrize(
    ("text", "form"), [("20260230", "102"), ("2026", "102"), ("xx", "102"), ("260131", "")]
)
def test_dates_that_are_none_are_refused(text: str, form: str) -> None:
    """A day that does not exist, and six digits without a format, are not guessed at."""
    with pytest.raises(ValueError, match="date"):
        segment.moment(text, form)


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (("BGM+380+R1", "BGM+380"), "no number"),
        (("MOA+9:1", "MOA+9:one"), "MOA is not a number"),
        (("DTM+137:20260101", "DTM+137:20261301"), "DTM+137 is not a date in its format"),
        (("BGM+380+R1", "BGM+380+R1+1"), "cancels"),
    ],
)
def test_a_message_that_cannot_be_read_is_named_and_loses_no_other(
    broken: tuple[str, str], reason: str
) -> None:
    """Of two messages the broken one is an error with its line, the other is read."""
    segments = ("DTM+137:20260101:102", "MOA+9:1")
    first = invoice(*segments, end="\n").decode().replace(*broken)
    second = invoice(*segments, number="R2", head="").decode()
    reading = read((first + second).encode())
    (error,) = reading.errors
    assert reason in error.reason
    assert error.line == 1
    assert [data["invoiceNumber"] for data in reading.of("invoice")] == ["R2"]


def test_a_file_that_is_cut_off_says_so() -> None:
    """A message without an end is not read, and an interchange without one is told."""
    whole = invoice("MOA+9:1", number="A", end="") + invoice("MOA+9:1", number="B", head="")
    reading = read(whole[: whole.rindex(b"UNT")])
    assert [data["invoiceNumber"] for data in reading.of("invoice")] == ["A"]
    assert ["cut off" in error.reason for error in reading.errors] == [True]
    assert reading.notices == ["an interchange has no end (UNZ): the file may be cut off"]


def test_other_messages_beside_those_that_are_read_are_told() -> None:
    """A CONTRL and a PRICAT in the same interchange are named, and so is a test."""
    other = "UNH+2+CONTRL:4:1:UN'UCI+1'UNT+2+2'UNH+3+PRICAT:D:96A:UN'BGM+9'UNT+2+3'"
    head = HEAD.replace("+1'", "+1++++++1'")
    reading = read(invoice("MOA+9:1", head=head, end=f"{other}UNZ+3+1'"))
    assert len(reading.of("invoice")) == 1
    assert sorted(reading.notices) == [
        "2 other EDIFACT messages are not read: CONTRL, PRICAT",
        "the interchange is marked as a test",
    ]


def test_an_attached_file_is_passed_over_by_its_length() -> None:
    """What stands between UNO and UNP is no text: separators in it mean nothing (ISO 9735-8)."""
    held = b"'UNH+9+INVOIC:D:96A'BGM+380+FALSE'UNT+1'"
    attached = b"UNO+P1+1:x+13+%d'%sUNP+%d+P1'" % (len(held), held, len(held))
    reading = read(invoice("MOA+9:1", end="") + attached + invoice("MOA+9:2", head="", number="R2"))
    assert [data["invoiceNumber"] for data in reading.of("invoice")] == ["R1", "R2"]
    assert reading.notices[0] == "a file that is attached to a message is not read"


@pytest.mark.parametrize(
    "content",
    [b"UNBELIEVABLE", b"UNA", b"", b"UNHAPPY+1", b"ISA*00*", b"<UNB+", b"name,UNB+UNOC"],
)
def test_what_is_no_interchange_is_not_recognised(content: bytes) -> None:
    """A word that begins with UN is no EDIFACT."""
    assert connector_for(content) is None


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (HEAD.encode() + b"UNZ+0+1'", "holds no message"),
        (HEAD.encode() + b"A" * 2_000_000, "a segment without an end"),
        (b"UNA++.? 'UNB+UNOC:3'", "cannot be told apart"),
        (b"UNA:+.?\x00:UNB+UNOC:3'", "cannot be told apart"),
        (b"UNH+1+QUOTES:D:96A:UN'BGM+310'UNT+1+1'", "QUOTES are not read"),
    ],
)
def test_files_that_hold_nothing_to_read_are_refused(content: bytes, reason: str) -> None:
    """A refusal is one plain sentence."""
    with pytest.raises(UnsupportedDocument, match=reason):
        read(content)


@pytest.mark.parametrize(
    "nonsense",
    [
        b"'" * 3_000_000,
        b"?'" * 400_000,
        b"UNO+1+1'" * 200_000,
        b"UNO+1+1+900000'UNP+'" * 50_000,
        b"UNH+1+INVOIC:D:96A:UN'FTX" + b"+" * 900_000 + b"'UNT+1+1'",
        b"UNH+1+INVOIC:D:96A:UN'FTX+" + b"?:" * 400_000 + b"'UNT+1+1'",
        b"UNA:+.? '" * 200_000,
    ],
    ids=["terminators", "releases", "objects", "lying objects", "elements", "text", "advices"],
)
def test_nonsense_is_read_in_linear_time(nonsense: bytes) -> None:
    """Megabytes of separators, releases and attachments end soon, whatever they come to."""
    began = time.perf_counter()
    try:
        reading: Reading | None = read(HEAD.encode() + nonsense)
    except UnsupportedDocument:
        reading = None
    assert reading is None or not reading.records
    assert time.perf_counter() - began < 10


def test_a_message_of_a_million_segments_is_refused_by_its_size() -> None:
    """A message may have 400,000 segments and 100,000 lines; the others are read."""
    many = invoice("LIN+1'" * 100_001 + "MOA+9:1", number="A", end="")
    reading = read(many + invoice("MOA+9:1", number="B", head=""))
    assert [error.reason for error in reading.errors] == ["the message has more than 100,000 lines"]
    assert [data["invoiceNumber"] for data in reading.of("invoice")] == ["B"]


def test_segments_know_their_lines() -> None:
    """A segment's line is that on which its name stands."""
    raws = list(tokens.segments(b"UNB+A'\r\n\r\n\tBGM+1\n+2'LIN+1'\nUNZ'"))
    assert [(raw.tag, raw.line) for raw in raws] == [
        (b"UNB", 1),
        (b"BGM", 3),
        (b"LIN", 4),
        (b"UNZ", 5),
    ]
