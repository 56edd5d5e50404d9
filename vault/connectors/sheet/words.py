"""What is written in the cells of sheets, in several languages, and how words are compared.

Without case, white space and punctuation: `Order No.`, `order_no` and `OrderNo` are one.
"""

import unicodedata


def squashed(name: str) -> str:
    """Return a name without case, accents of compatibility, white space and punctuation."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    return "".join(letter for letter in plain if letter.isalnum())


TOTALS = frozenset(
    map(
        squashed,
        (
            "total", "totals", "grand total", "subtotal", "sub total", "sum", "summe",
            "gesamtsumme", "gesamt", "zwischensumme", "total général", "sous total", "somme",
            "total general", "totale", "totaal", "合计", "总计", "小计", "总额",
        ),
    )
)  # fmt: skip
"""How a row of totals begins."""

YES = frozenset({"yes", "y", "true", "1", "x", "ja", "j", "oui", "o", "sí", "si", "sì", "是"})
NO = frozenset({"no", "n", "false", "0", "nein", "non", "nee", "否"})

PAID = {
    **dict.fromkeys(("paid", "closed", "bezahlt", "payé", "payée", "pagado", "已付", "已付款"),
                    "PaymentComplete"),
    **dict.fromkeys(("open", "unpaid", "due", "offen", "fällig", "impayé", "impayée", "pendiente",
                     "未付", "未付款"), "PaymentDue"),
    **dict.fromkeys(("overdue", "past due", "überfällig", "en retard", "vencido", "逾期"),
                    "PaymentPastDue"),
}  # fmt: skip
"""Words that say what schema.org's PaymentStatusType says."""

_MONTHS = (
    "jan january januar jänner janvier janv enero ene gennaio gen januari",
    "feb february februar février févr febrero febbraio februari",
    "mar march märz mrz mär mars marzo maart mrt",
    "apr april avril avr abril abr aprile",
    "may mai mayo maggio mag mei",
    "jun june juni juin junio giugno giu",
    "jul july juli juillet juil julio luglio lug",
    "aug august août agosto ago augustus",
    "sep sept september septembre septiembre settembre set",
    "oct october okt oktober octobre octubre ottobre ott",
    "nov november novembre noviembre",
    "dec december dez dezember décembre déc diciembre dic dicembre",
)
MONTHS = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}
"""The months by their names and short forms."""
