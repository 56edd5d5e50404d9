from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.fakes import FakeServices
from tests.unit.web.conftest import PASSPHRASE
from tests.unit.web.posting import send
from vault.domain.compartments import Kind
from vault.domain.events import LedgerEvent
from vault.domain.terms import ANY, Rule, Terms
from vault.errors import Busy, Tampered
from vault.services.activity import Event
from vault.services.consents import GivenConsent
from vault.storage.grants import GrantState
from vault.web.activity_words import _SENTENCES

RULE = Rule(frozenset({"name"}), frozenset({ANY}), frozenset({ANY}))
CONSENT = GivenConsent(
    grant_id="ab" * 16,
    client_id="vendor-1",
    client_name="CDW",
    verified=False,
    state=GrantState.GIVEN,
    terms=Terms({Kind.PURCHASE: RULE}, ("https://w3id.org/dpv#CustomerCare",), 1_800_000_000),
    created_at=1_790_000_000,
    ended_at=None,
    last_read_at=1_795_000_000,
    reads=4,
)


def test_a_consent_is_withdrawn_by_one_button(anna: FlaskClient, fakes: FakeServices) -> None:
    """The consequence stands before it, the receipt after."""
    fakes.consents.all = [CONSENT]
    text = anna.get("/consents").text
    assert "CDW can see what you bought" in text
    assert "If you withdraw, CDW sees nothing new" in text
    response = send(anna, f"/consents/{CONSENT.grant_id}/withdraw", at="/consents")
    text = anna.get(response.location).text
    assert "Withdrawn. It sees nothing of yours" in text
    assert "CDW could see" in text


def test_a_consent_held_back_after_a_restore_says_so(
    anna: FlaskClient, fakes: FakeServices
) -> None:
    """A suspended consent is neither active without a word nor ended."""
    fakes.consents.all = [replace(CONSENT, state=GrantState.SUSPENDED)]
    assert "Held back since this vault was restored" in anna.get("/consents").text
    response = send(anna, f"/consents/{CONSENT.grant_id}/resume", at="/consents")
    text = anna.get(response.location).text
    assert "It goes on as before." in text
    assert "Held back" not in text


def test_every_event_of_the_ledger_is_told_in_words() -> None:
    """No name of an event that the code writes reaches a customer as it stands in the code."""
    assert set(LedgerEvent) - _SENTENCES.keys() == set()


def test_reads_and_refusals_stand_in_the_activity(anna: FlaskClient, fakes: FakeServices) -> None:
    """With who, what, what for and which details; repeated refusals are counted."""
    read = {"kind": "purchase", "count": 2, "fields": ["name"], "purposes": []}
    fakes.activity.entries = [
        Event(2, 1_795_000_000, "refusal", {"reason": "withdrawn"}, "Hawk", 4),
        Event(1, 1_795_000_000, "disclosure", read, "CDW"),
    ]
    text = anna.get("/activity").text
    assert "CDW read 2 purchases" in text
    assert "Hawk was refused: you had withdrawn your consent" in text
    assert "and 4 more times in that hour" in text


def test_verifying_says_what_holds_and_what_does_not(
    anna: FlaskClient, fakes: FakeServices
) -> None:
    """Both answers are sentences."""
    assert "nothing altered or missing" in send(anna, "/activity/verify", at="/activity").text
    fakes.activity.problems = ["entry 3 of the record was altered"]
    assert (
        "entry 3 of the record was altered" in send(anna, "/activity/verify", at="/activity").text
    )


def test_an_export_is_a_file_after_the_passphrase(anna: FlaskClient) -> None:
    """It is named after the day, and not kept by the browser's cache."""
    assert send(anna, "/export", passphrase="wrong", format="json").status_code == 422
    response = send(anna, "/export", passphrase=PASSPHRASE, format="csv")
    assert response.headers["Content-Disposition"].endswith(".zip")
    assert response.headers["Cache-Control"] == "no-store"


def test_a_busy_vault_says_when_to_come_back(
    anna: FlaskClient, fakes: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page has the status and the header of RFC 9110 that say so."""

    def busy(*_: object) -> None:
        raise Busy("busy", retry_after=2)

    monkeypatch.setattr(fakes.records, "page", busy)
    response = anna.get("/orders")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "2")


def test_an_unexpected_error_shows_no_traceback(
    anna: FlaskClient, fakes: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the exception nor what it quotes reaches the page."""

    def broken(*_: object) -> None:
        raise KeyError("a secret title")

    monkeypatch.setattr(fakes.records, "page", broken)
    response = anna.get("/orders")
    assert response.status_code == 500
    assert "secret title" not in response.text
    assert "Traceback" not in response.text


def test_a_serious_error_keeps_its_details_to_the_log(
    anna: FlaskClient, fakes: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page says in plain words that something is wrong on our side."""

    def tampered(*_: object) -> None:
        raise Tampered("row 17")

    monkeypatch.setattr(fakes.records, "page", tampered)
    response = anna.get("/orders")
    assert response.status_code == 500
    assert "row 17" not in response.text


def test_a_page_has_one_name_and_one_way_past_the_navigation(pages: Flask) -> None:
    """Title, language, main heading and skip link are there."""
    client = pages.test_client()
    client.set_cookie("vault", "vse_anna")
    for path in ("/", "/purchases", "/import", "/consents", "/settings", "/nothing"):
        text = client.get(path).text
        assert text.count("<h1") == 1
        assert '<html lang="en"' in text
        assert 'class="skip" href="#content"' in text
