"""Why a file or a row of it could not be read, in the reader's language.

A reason is written where a file is parsed, in a process of its own, and sealed with the preview as
one English text. So it is recognised here by its shape, and said again.
"""

import re
from functools import cache

from vault.web.language import gettext, marked

_FILES = (
    marked("the file is empty"),
    marked("the file has no header row"),
    marked("the file has more than %(count)s columns"),
    marked("the file is larger than %(limit)s, too large to be read"),
    marked("the file is not valid %(encoding)s text"),
    marked("the file holds a record that is too large"),
    marked("the file is nested too deeply"),
    marked("the file yields more than can be taken in"),
    marked("the file could not be read: its reader stopped unexpectedly"),
    marked("more than %(count)s rows cannot be read"),
    marked("reading this file took too long"),
    marked("reading this file took more than %(seconds)s s or was stopped"),
    marked("reading this file needs more memory than a file may use"),
    marked("no connector recognises this file"),
    marked("there is no connector of that name that works"),
    marked("the connector %(connector)s is at fault"),
    marked("the connector %(connector)s failed on this file (%(error)s)"),
    marked("the document was read into something that is no record"),
    marked("the archive holds no order history of Amazon's"),
    marked("the header is not one of Amazon's order history"),
    marked("the file has not the columns of CDW's asset feed"),
    marked("the file has not the columns of %(vendor)s"),
    marked("it is an archive within an archive: unpack it first"),
    marked("the archive is empty"),
    marked("not read, because an earlier document stopped the reading"),
    marked("the XML holds no UBL invoice or credit note"),
    marked("a UBL %(name)s is not read yet: only invoices and credit notes are"),
    marked("the XML file is larger than %(size)s MiB"),
    marked("the XML is not well-formed at line %(line)s"),
    marked("the XML has a DOCTYPE: document types and entities are refused"),
    marked("the ZIP archive is damaged or incomplete"),
    marked("an entry of the ZIP archive cannot be unpacked"),
    marked("the archive has more than %(count)s entries"),
    marked("the archive unpacks to more than %(size)s MiB"),
    marked("the archive unpacks to far more than its size (a zip bomb)"),
    marked("the archive is encrypted"),
    marked("the archive holds another archive: unpack it first"),
    marked("the file is no workbook"),
    marked("the workbook is damaged"),
    marked("the workbook is damaged after row %(row)s"),
    marked("the workbook has more than %(count)s cells: save it as CSV"),
    marked("the workbook has more than %(count)s columns"),
    marked("the workbook has a DOCTYPE: these are refused"),
    marked("a part of the workbook is not in UTF-8"),
)
_ROWS = (
    marked("cannot be read"),
    marked("has no order number"),
    marked("has no cdw_order_no"),
    marked("has %(found)s cells where the header has %(wanted)s"),
    marked("is not readable as CSV: %(why)s"),
    marked("the document has no number"),
    marked("has text that is not valid Unicode"),
)
_VALUES = (
    marked("is not an amount"),
    marked("is not a decimal number"),
    marked("is not an ISO 8601 date"),
    marked("is not a date MM/DD/YY"),
)
_PLACE = re.compile(r"%\\\((\w+)\\\)s")


def reason(text: str) -> str:
    """A reason in the reader's language; one that is not known stands as it was written."""
    for template, shape in _shapes().items():
        found = shape.fullmatch(text)
        if found:
            return gettext(template, **found.groupdict())
    for value in _VALUES:
        if text.endswith(value):
            where = text.removesuffix(value).rstrip(": ")
            return gettext("%(where)s %(problem)s", where=where, problem=gettext(value)).strip()
    return text


@cache
def _shapes() -> dict[str, re.Pattern[str]]:
    """Each template with what it looks like once its places are filled."""
    return {
        template: re.compile(_PLACE.sub(r"(?P<\1>.+)", re.escape(template)), re.DOTALL)
        for template in (*_FILES, *_ROWS)
    }
