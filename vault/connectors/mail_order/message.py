"""An e-mail (RFC 5322, MIME) taken apart: its HTML and JSON-LD parts, its date, its attachments.

Python's `email` package does the work, after a look at the bytes: its parser is slow, and deep,
where an e-mail has very many lines, multiparts within multiparts, or endless parameters. Headers
are read by their raw text, only the few that are needed, and only so far as they may be long.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC
from email import policy
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from typing import cast

from vault.connectors.mail_order.charset import decoded
from vault.errors import UnsupportedDocument

MAIL_LIMIT = 5_000
PART_LIMIT = 1_000
NESTED_LIMIT = 64
LINE_LIMIT = 2_000_000
_WORK = 50_000_000
_PARAMETER_BYTES = 8 * 1024
_HEADER_LENGTH = 1_000
_PARAMETERS = re.compile(
    rb"(?:^|[\r\n])(?:content-(?:type|disposition)|content-transfer-encoding):"
    rb"[^\r\n]*(?:(?:\r\n|\r|\n)[ \t][^\r\n]*)*",
    re.IGNORECASE,
)
_FROM = b"From "
_BETWEEN = re.compile(rb"(?:\r?\n){2}From [^\r\n]*\r?\n(?=[!-9;-~]{1,100}:)")
_ADDRESS = re.compile(r"[\w.+-]{1,64}@[\w.-]{1,255}", re.ASCII)
_NESTING = re.compile(rb"multipart/|message/", re.IGNORECASE)
_READABLE = {"text/html", "application/xhtml+xml", "application/ld+json"}
_NESTED = "the e-mail is nested too deeply"


@dataclass(slots=True)
class Envelope:
    """What a message says of itself; "" for what it does not say."""

    message_id: str = ""
    date: str = ""
    sender: str = ""


@dataclass(slots=True)
class Part:
    """A part that may carry markup, and the message to which it belongs."""

    media_type: str
    text: str
    envelope: Envelope = field(default_factory=Envelope)


@dataclass(slots=True)
class Mail:
    """The parts of an e-mail to be read, in their order, and the names of its attachments."""

    parts: list[Part] = field(default_factory=list)
    attachments: list[str] = field(default_factory=list)


def parse(content: bytes) -> Mail:
    """Take an e-mail apart, or each e-mail of a mailbox (RFC 4155).

    UnsupportedDocument where one is nested too deeply, or has too much in it.
    """
    mail = Mail()
    several = _BETWEEN.split(content) if content.startswith(_FROM) else [content]
    if len(several) > MAIL_LIMIT:
        raise UnsupportedDocument(f"the mailbox has more than {MAIL_LIMIT:,} e-mails")
    for one in several:
        _parse(one, mail)
    return mail


def _parse(content: bytes, mail: Mail) -> None:
    _refuse_hostile(content)
    try:
        whole = BytesParser(policy=policy.compat32).parsebytes(content)
    except RecursionError as err:
        raise UnsupportedDocument(_NESTED) from err
    envelopes: dict[Message, Envelope] = {}
    for number, (part, message) in enumerate(_leaves(whole)):
        if number >= PART_LIMIT:
            raise UnsupportedDocument(f"the e-mail has more than {PART_LIMIT:,} parts")
        if message not in envelopes:
            envelopes[message] = Envelope(_message_id(message), _date(message), _sender(message))
        _take(part, envelopes[message], mail)


def _refuse_hostile(content: bytes) -> None:
    """Refuse what would cost the parser more than a real e-mail does, before it begins."""
    nested = 0
    for match in _PARAMETERS.finditer(content):
        if len(match[0]) > _PARAMETER_BYTES:
            raise UnsupportedDocument("the e-mail has a header that is too long")
        nested += _NESTING.search(match[0]) is not None
    if nested > NESTED_LIMIT:
        raise UnsupportedDocument(_NESTED)
    lines = content.count(b"\n") + content.count(b"\r")
    if lines > 2 * LINE_LIMIT or lines * (1 + nested) > _WORK:
        raise UnsupportedDocument("the e-mail has too many lines")


def _leaves(whole: Message) -> Iterator[tuple[Message, Message]]:
    """Yield each part that holds no others, with the message that it belongs to."""
    waiting = [(whole, whole)]
    while waiting:
        part, message = waiting.pop()
        if part.is_multipart():
            forwarded = part.get_content_maintype() == "message"
            inside = cast("list[Message]", part.get_payload())
            waiting += [(one, one if forwarded else message) for one in reversed(inside)]
        else:
            yield part, message


def _take(part: Message, envelope: Envelope, mail: Mail) -> None:
    media_type = part.get_content_type()
    if media_type in _READABLE:
        payload = part.get_payload(decode=True)
        text = decoded(payload if isinstance(payload, bytes) else b"", _charset(part))
        mail.parts.append(Part(media_type, text, envelope))
    elif "attachment" in _raw(part, "Content-Disposition").lower():
        mail.attachments.append(_filename(part))


def _raw(message: Message, name: str) -> str:
    """Return a header's text, on one line, as far as it may be long."""
    value = str(message.get(name, ""))[:_HEADER_LENGTH]
    return " ".join(value.encode("utf-8", "replace").decode("utf-8").split())


def _charset(part: Message) -> str:
    try:
        return part.get_content_charset("") or ""
    except (UnicodeError, LookupError, ValueError, AssertionError):
        return ""


def _filename(part: Message) -> str:
    try:
        named = part.get_filename() or ""
        return str(make_header(decode_header(named[:_HEADER_LENGTH])))
    except (HeaderParseError, UnicodeError, LookupError, ValueError, TypeError, AssertionError):
        return ""


def _message_id(message: Message) -> str:
    return "".join(_raw(message, "Message-ID").split()).strip("<>")


def _date(message: Message) -> str:
    """Return when a message says that it was written, in RFC 3339; "" where that is no date."""
    try:
        stated = parsedate_to_datetime(_raw(message, "Date"))
        return (stated if stated.tzinfo else stated.replace(tzinfo=UTC)).isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return ""


def _sender(message: Message) -> str:
    """Return the address in From; the package's parser of addresses goes as deep as comments do."""
    found = _ADDRESS.findall(_raw(message, "From"))
    return found[-1] if found else ""
