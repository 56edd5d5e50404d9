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
    marked("EDIFACT messages %(names)s are not read: only %(known)s are"),
    marked("X12 %(name)s is not read: only 810, 850, 855 and 856 are"),
    marked("a CAMT.052 report is not final: only CAMT.053 and CAMT.054 are read"),
    marked("a UBL %(name)s is not read: it is no invoice, order, despatch advice or statement"),
    marked("a cXML %(name)s alone is not read: its document is needed"),
    marked(
        "a cXML %(name)s is not read: only orders, confirmations, ship notices, invoices and "
        "punch-out quotes are"
    ),
    marked("a line of the file is too long for a table"),
    marked("the EDIFACT file holds no message"),
    marked("the HTML is larger than %(size)s MiB"),
    marked("the JSON has NaN or Infinity, which are no numbers of JSON"),
    marked("the JSON has a name twice in the same object"),
    marked("the JSON has a number that is too long"),
    marked("the JSON has half of a surrogate pair"),
    marked("the JSON holds no list of subscribed SKUs"),
    marked("the JSON is larger than %(size)s MiB"),
    marked("the JSON is nested more than %(depth)s deep"),
    marked("the OFX has a DOCTYPE: document types and entities are refused"),
    marked("the OFX holds no statement of an account"),
    marked("the OFX is a list of accounts, without a statement"),
    marked("the OFX is an investment statement, which has no payments"),
    marked("the OFX is nested more than %(depth)s deep"),
    marked("the bank has refused: the OFX holds its error %(code)s"),
    marked("the PDF holds no XML invoice: only its page could be read"),
    marked("the PDF is damaged: it cannot be read"),
    marked("the PDF is protected with a password"),
    marked("the PDF unpacks to more than can be taken in"),
    marked("the X12 file holds no transaction set"),
    marked("the XML holds no CAMT.053 statement and no CAMT.054 notification"),
    marked("the XML holds no UBL or CII document"),
    marked("the XML is a %(name)s, which holds no SWID tag"),
    marked("the e-mail has a header that is too long"),
    marked("the e-mail has more than %(count)s parts"),
    marked("the e-mail has too many lines"),
    marked("the file does not begin as an X12 interchange does"),
    marked("the file ends within the statement"),
    marked("the file has a segment without an end"),
    marked("the file holds no OFX"),
    marked("the file is no table"),
    marked("the file is not in the encoding that it begins with"),
    marked("the file states no licenses in a format that is known"),
    marked("the file states no payments in a format that is known"),
    marked("the file writes its dates or amounts in two ways"),
    marked("the interchange header (ISA) does not say how segments end"),
    marked("the interchange header (ISA) is not complete"),
    marked("the license file names a server and holds no license"),
    marked("the mailbox has more than %(count)s e-mails"),
    marked("the markup describes more than %(count)s things"),
    marked("the markup of %(what)s states %(types)s: no order, invoice or parcel"),
    marked("%(what)s has no markup of schema.org that states an order, an invoice or a parcel"),
    marked("the message cancels a despatch advice: it is not read"),
    marked("the message cancels an invoice: it is not read"),
    marked("the message has more than %(count)s lines"),
    marked("the message has more than %(count)s segments"),
    marked("the message has no end: it is cut off"),
    marked("the separators that the UNA states cannot be told apart"),
    marked("the sheet has more than %(count)s columns"),
    marked("the sheet has not the columns of a Microsoft License Statement"),
    marked("this sheet needs a column map: nobody has said what its columns mean"),
    marked(
        "this sheet needs a column map: unpack it and choose it by itself, to say what its "
        "columns mean"
    ),
    marked('the workbook has no sheet "Pivot Data": only the English one is read'),
)
_ROWS = (
    marked("cannot be read"),
    marked("has no order number"),
    marked("has no cdw_order_no"),
    marked("has %(found)s cells where the header has %(wanted)s"),
    marked("is not readable as CSV: %(why)s"),
    marked("the document has no number"),
    marked("conversionFactor is zero"),
    marked("currency is not an ISO 4217 code"),
    marked("does not say to which order it belongs"),
    marked("has a date that does not exist"),
    marked("has a date that is not dd-mmm-yyyy"),
    marked("has a number of licenses that is no number"),
    marked("has a quotation mark that is never closed"),
    marked("has no %(name)s of DBIT or CRDT"),
    marked("has no License Product Family"),
    marked("has no Transaction ID"),
    marked("has no name of the software or no identity of the tag"),
    marked("has no skuPartNumber or no id"),
    marked("has no %(name)s"),
    marked("has not the fields of a FEATURE or INCREMENT line"),
    marked("has two licenses on one line"),
    marked("has two members of the same name"),
    marked("is not a subscribed SKU"),
    marked("%(where)s is longer than %(count)s characters"),
    marked("is longer than %(count)s characters"),
    marked("names no order"),
    marked("names no order for an item"),
    marked("states more than one currency"),
    marked("states neither a number nor an account nor when it is due"),
    marked("states neither a number nor what was ordered"),
    marked("takes back a confirmation: that is not read"),
    marked("takes back a ship notice: that is not read"),
    marked("takes back an invoice: that is not read"),
    marked("the %(name)s names no invoice and no credit note"),
    marked("the invoice %(number)s is withdrawn (BIG08 is %(code)s)"),
    marked("the ship notice %(number)s is withdrawn (BSN01 is %(code)s)"),
    marked("has text that is not valid Unicode"),
)
_REMARKS = (
    marked("no date tells days from months: read as MM/DD/YYYY, as PayPal documents them"),
    marked("not read: what the investment statement says of securities"),
    marked("the document says of itself that it is a test"),
    marked("the file is one page of several: what is on the others is not in it"),
    marked("a punch-out quote of %(count)s items: nothing of it has been bought"),
    marked("a quotation of %(count)s items: nothing of it has been bought"),
    marked(
        "invoice %(number)s has %(count)s lines, too many for one record: they are kept as "
        "purchases only"
    ),
    marked("left out, since not booked yet: %(count)s"),
    marked("left out, since %(reason)s: %(count)s"),
    marked("line %(line)s: not read, it takes back an earlier transaction"),
    marked("line %(line)s: not counted, a FEATURE line states it before"),
    marked("line %(line)s: not counted, line %(other)s supersedes it"),
    marked("line %(line)s: a row of totals, not read"),
    marked("line %(line)s: not read, it upgrades a license and is none"),
    marked("line %(line)s: not read, the software needs no license"),
    marked("line %(line)s: not read, a %(name)s tag adds to another one"),
    marked("line %(line)s: the functional group before it has no GE"),
    marked("rows of single countries, which all countries include, not counted: %(count)s"),
    marked("the attachment %(name)s is not read: import it by itself"),
    marked("the bank answers a part of the request with its error %(code)s"),
    marked("the markup names no seller; the e-mail comes from %(name)s"),
    marked("%(name)s states %(stated)s %(what)s, there are %(found)s"),
    marked("%(name)s: not read, it is no order history that is known"),
    marked("%(count)s other EDIFACT messages are not read: %(names)s"),
    marked("%(count)s more disagreements of control totals"),
    marked("a file that is attached to a message is not read"),
)
_VALUES = (
    marked("is not an amount"),
    marked("is not a decimal number"),
    marked("is not an ISO 8601 date"),
    marked("is not a date MM/DD/YY"),
    marked("has too many digits"),
    marked("is a day that does not exist"),
    marked("is not a date"),
    marked("is not a date YYYYMMDD"),
    marked("is not a list of texts"),
    marked("is not a number"),
    marked("is not a whole number"),
    marked("is not text"),
    marked("is too long"),
    marked("can be read in two ways"),
    marked("has a character that is none"),
    marked("is a date without its format"),
    marked("is a number with another decimal mark than the file states"),
    marked("is neither yes nor no"),
    marked("is not a date in its format"),
    marked("is not an ISO 4217 currency code"),
)
_WHATS = {"the file": marked("the file"), "the e-mail": marked("the e-mail")}
"""What stands in a place of a reason as words, not as a name."""

_FOR_PEOPLE = {
    "no connector recognises this file": marked("nothing here can read this kind of file"),
    "this sheet needs a column map: nobody has said what its columns mean": marked(
        "nobody has said yet what its columns mean"
    ),
    "the connector %(connector)s is at fault": marked(
        "reading it failed, which is not the file’s fault: tell whoever runs this vault"
    ),
    "the connector %(connector)s failed on this file (%(error)s)": marked(
        "reading it failed (%(error)s), which is not the file’s fault: tell whoever runs this vault"
    ),
}
"""Reasons in words of the code's or the command line's, as a page says them."""

_PLACE = re.compile(r"%\\\((\w+)\\\)s")


def reason(text: str) -> str:
    """A reason in the reader's language; one that is not known stands as it was written."""
    for template, shape in _shapes().items():
        found = shape.fullmatch(text)
        if found:
            return gettext(_FOR_PEOPLE.get(template, template), **_places(found))
    for value in _VALUES:
        if text.endswith(value):
            where = text.removesuffix(value).rstrip(": ")
            return gettext("%(where)s %(problem)s", where=where, problem=gettext(value)).strip()
    return text


def _places(found: re.Match[str]) -> dict[str, str]:
    return {
        name: gettext(_WHATS[stated]) if stated in _WHATS else stated
        for name, stated in found.groupdict().items()
    }


@cache
def _shapes() -> dict[str, re.Pattern[str]]:
    """Each template with what it looks like once its places are filled."""
    return {
        template: re.compile(_PLACE.sub(r"(?P<\1>.+)", re.escape(template)), re.DOTALL)
        for template in (*_FILES, *_ROWS, *_REMARKS)
    }
