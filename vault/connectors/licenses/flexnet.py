"""FlexNet license files (`.lic`, `license.dat`): one license for each INCREMENT or FEATURE line.

The format is that of the License Administration Guide: a line goes on after a backslash, or until
the next keyword; `{FEATURE|INCREMENT} feature vendor version expiry count [key] [NAME=value …]`.
What authenticates a line (SIGN= and the like, or the bare key of older files) is a secret, and
becomes a license key of its own.
"""

import contextlib
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from vault.connectors.base import Document, Extracted, Notice
from vault.connectors.formats.table import encoding_of
from vault.connectors.licenses.flexnet_dates import flexnet_date
from vault.domain.compartments import Kind
from vault.domain.records import ParsedRecord, RecordData, RowError
from vault.errors import UnsupportedDocument

_MATHWORKS = "MLM"  # MathWorks names its vendor daemon so, and states its number in a comment
_KEYWORD = re.compile(
    r"[ \t]*(SERVER|VENDOR|DAEMON|USE_SERVER|FEATURE|INCREMENT|UPGRADE|PACKAGE|FEATURESET)\b"
)
_LICENSE = re.compile(
    r"^[ \t]*(?:FEATURE|INCREMENT)(?:[ \t\\\r\n]+[^\s\\]+){3}[ \t\\\r\n]+"
    r"(?i:permanent|[0-9]{1,2}-[a-z]{3}-[0-9]{1,4})[ \t\\\r\n]+(?i:[0-9]+|uncounted)\b",
    re.MULTILINE,
)
_SERVER = re.compile(
    r"^[ \t]*SERVER[ \t]+\S+.*$\s+^[ \t]*(?:USE_SERVER|VENDOR|DAEMON)\b", re.MULTILINE
)
_NUMBER = re.compile(r"#\s*License\s?No\.?\s*:\s*(\S+)", re.IGNORECASE)
_TOKEN = re.compile(r'([A-Za-z]\w*)=("[^"]*"|\{[^}]*\}|\S*)|"[^"]*"|\S+')
_BARE_KEY = re.compile(r"[0-9A-Fa-f]{8,}")
_SECRETS = ("SIGN", "SIGN2", "AUTH", "KEY")
_FIELDS = 6  # the keyword and the five fields that each line has
_COUNT = re.compile("[0-9]{1,9}")
_UNCOUNTED = frozenset({"uncounted", "0"})


@dataclass(slots=True)
class _Line:
    """One license as the file states it; `secret` is all that authenticates it."""

    place: int
    keyword: str
    feature: str
    vendor: str
    version: str
    expiry: str
    count: str
    secret: str = ""
    flags: set[str] = field(default_factory=set)
    attributes: dict[str, str] = field(default_factory=dict)
    number: str = ""

    def identity(self) -> str:
        """Return what says which license this is, of what is no secret."""
        if self.number:
            return f"flexnet/{self.vendor}/{self.number}/{self.feature}"
        of_line = "\n".join((self.version, self.expiry, self.attributes.get("HOSTID", "")))
        digest = hashlib.sha256(of_line.encode()).hexdigest()[:16]
        return f"flexnet/{self.vendor}/{digest}/{self.feature}"

    def issued(self) -> str:
        """Return the date of issue; "" where none, or none that can be read, is stated."""
        with contextlib.suppress(ValueError):
            return flexnet_date(self.attributes.get("ISSUED", ""))
        return ""

    def is_older_than(self, other: "_Line") -> bool:
        """Return whether both say when they were issued, and this one was issued before."""
        return "" < self.issued() < other.issued()

    def rank(self) -> tuple[str, ...]:
        """Return what lines of the same license are numbered by, whatever their order."""
        host = self.attributes.get("HOSTID", "")
        return (self.version, self.expiry, self.count, host, self.secret)


def recognises(document: Document) -> bool:
    """Return whether it is text with a line that licenses a feature, or names a license server."""
    text = _decoded(document.head, whole=False)
    return "\0" not in text and bool(_LICENSE.search(text) or _SERVER.search(text))


def read(document: Document) -> Iterator[Extracted]:
    """Yield each license with its key; lines that license nothing, and unreadable ones, by name."""
    alike: dict[str, list[_Line]] = {}
    features: set[tuple[str, str]] = set()
    everything = list(_lines(_decoded(document.buffer(), whole=True)))
    newest = _superseding(line for line in everything if isinstance(line, _Line))
    is_empty = not everything
    for found in everything:
        if not isinstance(found, _Line):
            yield found
        elif (by := newest.get((found.vendor, found.feature))) and found.is_older_than(by):
            yield Notice(f"line {found.place}: not counted, line {by.place} supersedes it")
        elif found.keyword == "FEATURE" and (found.vendor, found.feature) in features:
            yield Notice(f"line {found.place}: not counted, a FEATURE line states it before")
        else:
            if found.keyword == "FEATURE":
                features.add((found.vendor, found.feature))
            alike.setdefault(found.identity(), []).append(found)
    if is_empty:
        raise UnsupportedDocument("the license file names a server and holds no license")
    for identity, lines in alike.items():
        for ordinal, line in enumerate(sorted(lines, key=_Line.rank), start=1):
            yield from _records(line, identity if ordinal == 1 else f"{identity}/{ordinal}")


def _superseding(lines: Iterable[_Line]) -> dict[tuple[str, str], _Line]:
    """Return, by vendor and feature, the line that was issued last of those that supersede it.

    A line with SUPERSEDE makes ineffective what was issued before it: of its own feature, or of
    those that it names.
    """
    newest: dict[tuple[str, str], _Line] = {}
    for line in lines:
        if "SUPERSEDE" in line.flags and line.issued():
            for feature in line.attributes.get("SUPERSEDE", "").split() or [line.feature]:
                known = newest.setdefault((line.vendor, feature), line)
                if known.issued() < line.issued():
                    newest[(line.vendor, feature)] = line
    return newest


def _decoded(content: bytes, *, whole: bool) -> str:
    encoding = encoding_of(content)
    try:
        return content.decode(encoding, "strict" if whole else "replace")
    except UnicodeError:
        if encoding != "utf-8":
            raise UnsupportedDocument(f"the file is not valid {encoding} text") from None
        return content.decode("latin-1")  # the guide: 8-bit Latin characters are supported


def _lines(text: str) -> Iterator[_Line | RowError | Notice]:
    number = ""
    for place, line in _joined(text):
        comment = _NUMBER.match(line)
        if comment:
            number = comment[1]
        keyword = _KEYWORD.match(line)
        if keyword and keyword[1] in {"FEATURE", "INCREMENT"}:
            try:
                yield _line(place, line, number)
            except ValueError as err:
                yield RowError(place, str(err))
        elif keyword and keyword[1] == "UPGRADE":
            yield Notice(f"line {place}: not read, it upgrades a license and is none")


def _joined(text: str) -> Iterator[tuple[int, str]]:
    """Yield each logical line with the line on which it begins, continuations joined."""
    begins, parts = 0, list[str]()
    for place, line in enumerate(text.lstrip("\ufeff").splitlines(), start=1):
        if line.lstrip().startswith("#"):
            if begins:
                yield begins, " ".join(parts)
            begins = 0
            yield place, line.strip()
        elif _KEYWORD.match(line) or not begins:
            if begins:
                yield begins, " ".join(parts)
            begins, parts = place, [line.rstrip().removesuffix("\\")]
        else:
            parts.append(line.rstrip().removesuffix("\\"))
    if begins:
        yield begins, " ".join(parts)


def _line(place: int, text: str, number: str) -> _Line:
    tokens = list(_TOKEN.finditer(text))
    if len(tokens) < _FIELDS or any(token[1] for token in tokens[:_FIELDS]):
        raise ValueError("has not the fields of a FEATURE or INCREMENT line")
    stated = [token[0].strip('"') for token in tokens]
    if not {"FEATURE", "INCREMENT"}.isdisjoint(stated[1:]):
        raise ValueError("has two licenses on one line")
    keyword, feature, vendor, version, expiry, count = stated[:_FIELDS]
    line = _Line(place, keyword, feature, vendor, version, expiry, count)
    secrets = []
    for position, token in enumerate(tokens[_FIELDS:]):
        value = " ".join((token[2] or "").strip('"{}').split())
        if position == 0 and not token[1] and _BARE_KEY.fullmatch(token[0]):
            secrets.append(token[0])
        elif token[1] and token[1].upper() in _SECRETS:
            secrets.append(value)
        elif token[1]:
            line.attributes[token[1]] = value
            line.flags.add(token[1])
        else:
            line.flags.add(token[0])
    line.secret = " ".join(filter(None, secrets))
    line.number = line.attributes.get("SN", "") or _of_mathworks(line, number)
    flexnet_date(line.expiry)
    return line


def _of_mathworks(line: _Line, number: str) -> str:
    """Return the number that MathWorks writes in a comment, or else as information on the asset."""
    known = line.vendor == _MATHWORKS
    return (number or line.attributes.get("asset_info", "")) if known else ""


def _records(line: _Line, source_id: str) -> Iterator[Extracted]:
    try:
        data = _data(line)
        issued = flexnet_date(line.attributes.get("ISSUED", ""))
    except ValueError as err:
        yield RowError(line.place, str(err))
        return
    yield ParsedRecord(Kind.LICENSE, source_id, data, line=line.place, as_of=issued)
    if line.secret:
        key: RecordData = {"key": line.secret}
        yield ParsedRecord(Kind.LICENSE_KEY, f"{source_id}/key", key, (source_id,), line.place)


def _data(line: _Line) -> RecordData:
    counted = line.count.lower() not in _UNCOUNTED
    if counted and not _COUNT.fullmatch(line.count):
        raise ValueError("has a number of licenses that is no number")
    data: RecordData = {
        "name": line.feature,
        "publisher": "MathWorks" if line.vendor == _MATHWORKS else line.vendor,
        "licenseNumber": line.number,
        "metric": _metric(line, counted=counted),
        "quantityOwned": str(int(line.count)) if counted else "",
        "ownedFrom": flexnet_date(line.attributes.get("START", "")),
        "ownedThrough": flexnet_date(line.expiry),
    }
    stated = {name: value for name, value in data.items() if value}
    return {**stated, "hasKey": True} if line.secret else stated


def _metric(line: _Line, *, counted: bool) -> str:
    if "USER_BASED" in line.flags:
        return "named user"
    if "HOST_BASED" in line.flags:
        return "named host"
    return "concurrent" if counted else "uncounted"
