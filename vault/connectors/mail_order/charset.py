"""Text from bytes: the charset that is stated where it holds, else what the bytes say."""

import codecs
import re

_HEAD = 4096
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_META = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{1,40})", re.IGNORECASE
)
_WIDER = {"ascii": "utf-8", "iso8859-1": "cp1252", "gb2312": "gb18030", "gbk": "gb18030"}
"""What mailers mean by a charset's name, as the Encoding Standard has it."""
_NOT_FOR_MAIL = {"punycode", "idna", "unicode_escape", "raw_unicode_escape", "undefined"}


def decoded(content: bytes, stated: str = "") -> str:
    """Return text: by its byte order mark, the stated charset, UTF-8, or HTML's own `meta`.

    The first of them in which every byte is a character is taken. Where there is none, what is no
    character in the first of them that exists becomes U+FFFD, and no field may hold that.
    """
    for bom, name in _BOMS:
        if content.startswith(bom):
            return content[len(bom) :].decode(name, "replace")
    meta = _META.search(content[:_HEAD])
    named = [_known(stated), "utf-8", _known(meta[1].decode("ascii")) if meta else ""]
    candidates = [name for name in named if name]
    for name in candidates:
        try:
            return content.decode(name)
        except UnicodeError:
            continue
    return content.decode(candidates[0], "replace")


def _known(name: str) -> str:
    """Return the codec for a charset's name; "" where there is none that is meant for text."""
    try:
        codec = codecs.lookup(name.strip())
        "".encode(codec.name)
    except (LookupError, ValueError):
        return ""
    return "" if codec.name in _NOT_FOR_MAIL else _WIDER.get(codec.name, codec.name)
