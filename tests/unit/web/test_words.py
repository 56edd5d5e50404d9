import datetime as dt
from collections.abc import Iterator

import pytest
from flask import Flask

from vault.domain.compartments import SHAREABLE, Kind
from vault.domain.rules import ANY, Rule, shareable_fields
from vault.domain.terms import Terms
from vault.services.activity.activity import Event
from vault.web.activity_words import _SENTENCES, tell, tell_reads
from vault.web.consent_words import can_see, field_names
from vault.web.field_words import LABELS
from vault.web.formats import amount, day, days_left, money, quantity, sums
from vault.web.purposes import purposes
from vault.web.reader import locale

JARGON = ("compartment", "grant", "scope", "epoch", "token", "disclos")


@pytest.fixture(autouse=True)
def _in_english(words: Flask) -> Iterator[None]:
    with words.test_request_context(headers={"Accept-Language": "en-GB"}):
        yield


def _terms(kind: Kind, *, fields: frozenset[str], sellers: frozenset[str], gifts: bool) -> Terms:
    rule = Rule(fields, sellers, frozenset({ANY}), gifts=gifts)
    return Terms({kind: rule}, (), 1_800_000_000)


def test_a_consent_is_told_in_one_plain_sentence() -> None:
    """Who, what, from whom, which details, and whether gifts are among it."""
    fields = frozenset({"name", "orderDate", "price", "priceCurrency"})
    terms = _terms(Kind.PURCHASE, fields=fields, sellers=frozenset({"name:cdw"}), gifts=False)
    sentence = can_see("CDW Inc", terms, ["CDW"])
    assert sentence == (
        "CDW Inc can see what you bought from CDW (name, date and price). No gifts."
    )


def test_everything_is_called_everything() -> None:
    """Nobody counts two dozen fields."""
    fields = shareable_fields(Kind.INVOICE)
    terms = _terms(Kind.INVOICE, fields=fields, sellers=frozenset({ANY}), gifts=True)
    sentence = can_see("Ledgerly", terms)
    assert "your invoices from any seller (everything about it). Gifts too." in sentence


def test_every_field_that_can_be_shared_has_a_name() -> None:
    """No page shows the code's name of a field."""
    for kind in SHAREABLE:
        assert shareable_fields(kind) <= LABELS.keys() | {"id"}
        assert field_names(shareable_fields(kind))


def test_no_sentence_of_the_activity_has_jargon_in_it() -> None:
    """Each event is told in the customer's words."""
    details = {"terms": {"rules": {"purchase": {}}}, "kind": "purchase", "count": 3, "reason": "x"}
    for what in _SENTENCES:
        told = tell(Event(1, 0, what, details, "CDW", 2))
        said = f"{told.sentence} {told.detail}".lower()
        assert not [word for word in JARGON if word in said], said


def test_reads_of_one_visit_are_told_as_one() -> None:
    """A vendor reads page by page; home says once that it was there."""
    page = {"kind": "purchase", "count": 100}
    events = [Event(number, 7_200, "disclosure", page, "CDW") for number in (3, 2)]
    events.append(Event(1, 3_600, "disclosure", {"kind": "invoice", "count": 1}, "CDW"))
    told = [one.sentence for one in tell_reads(events)]
    assert told == ["CDW read what you bought", "CDW read your invoices"]


def test_an_event_of_a_later_version_is_still_shown() -> None:
    """A name that this version does not know stands as it is."""
    assert tell(Event(1, 0, "moon_landed", {}, "")).sentence == "moon_landed"


def test_amounts_lose_no_digit_that_the_document_states() -> None:
    """At least the currency's digits, and more where they are stated."""
    assert amount("1240", "EUR") == "1,240.00"
    assert amount("0.0123", "EUR") == "0.0123"
    assert amount("500", "JPY") == "500"
    assert amount("-3.5", "USD") == "-3.50"
    assert amount("34.90") == "34.90"
    assert money(None, "EUR") == ""


def test_quantities_lose_idle_zeros() -> None:
    """2.0000 pieces are 2."""
    assert quantity("2.0000") == "2"
    assert quantity("412.50") == "412.5"
    assert quantity("100") == "100"
    assert quantity("many") == ""


def test_amounts_of_different_currencies_are_not_added() -> None:
    """They stand beside each other, the largest first."""
    text = sums({"EUR": "5", "USD": "70"}).striptags()
    assert text.index("70.00") < text.index("5.00")


def test_dates_that_are_none_stand_as_they_are() -> None:
    """A page never fails on what a document states."""
    assert "2 Nov 2026" in day("2026-11-02")
    assert day("<soon>") == "&lt;soon&gt;"
    assert days_left((dt.datetime.now(dt.UTC) + dt.timedelta(days=3)).date().isoformat()) == 3
    assert days_left("") is None


@pytest.mark.parametrize(
    ("asked", "got"),
    [("de", "en_DE"), ("de-AT,de;q=0.5", "en_AT"), ("en-US", "en_US"), ("xx-yy", "en"), ("", "en")],
)
def test_dates_and_money_follow_where_the_reader_lives(words: Flask, asked: str, got: str) -> None:
    """The words are English; 1.240,00 is written so for a reader in Germany."""
    with words.test_request_context(headers={"Accept-Language": asked}):
        assert locale() == got


def test_purposes_are_told_in_words() -> None:
    """A known purpose by its word, an unknown one as the vendor wrote it."""
    assert purposes(("https://w3id.org/dpv#CustomerCare",)) == "customer care"
    assert purposes(("https://shop.example/why",)) == "https://shop.example/why"
    assert purposes(()) == "it does not say what for"
