"""What PayPal writes in its downloads, in the languages that are read: columns, states, types.

German names are those that public programs and their tests agree on, which read such files.
"""

import re

COLUMNS = {
    "timezone": "time zone",
    "datum": "date",
    "uhrzeit": "time",
    "zeitzone": "time zone",
    "typ": "type",
    "beschreibung": "description",
    "währung": "currency",
    "brutto": "gross",
    "gebühr": "fee",
    "entgelt": "fee",
    "netto": "net",
    "guthaben": "balance",
    "absender e-mail-adresse": "from email address",
    "empfänger e-mail-adresse": "to email address",
    "transaktionscode": "transaction id",
    "zugehöriger transaktionscode": "reference txn id",
    "rechnungsnummer": "invoice number",
    "artikelbezeichnung": "item title",
    "betreff": "subject",
    "hinweis": "note",
    "auswirkung auf guthaben": "balance impact",
    "name der bank": "bank name",
}
"""Columns by other names than those of the English activity download."""

COMPLETE = frozenset(
    {
        *("", "completed", "cleared", "paid", "refunded", "partially refunded", "reversed"),
        *("abgeschlossen", "zurückgezahlt", "teilweise zurückgezahlt"),
        *("rückerstattet", "teilweise rückerstattet"),
    }
)
"""States of payments that have been made, whatever became of them later."""

OWN_MOVES = re.compile(
    r"conversion|deposit|withdraw|\bhold\b|authori[sz]ation|reserve|cart item|^order$"
    r"|add funds|(?:charge from|credit to) (?:a )?(?:credit|debit) card|transfer to bank"
    r"|währungsumrechnung|gutschrift auf (?:paypal-konto|kreditkarte)|abbuchung"
    r"|einbehaltung|autorisierung"
)
"""Types of rows that move money within the account, or between it and its owner's bank or card."""
