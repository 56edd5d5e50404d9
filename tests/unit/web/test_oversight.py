import csv
import datetime as dt
import io
import json
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.fakes.services import FakeServices
from tests.fakes.vaults import FakeVault
from tests.unit.web.conftest import PASSPHRASE
from tests.unit.web.posting import send
from vault.domain.compartments import Kind
from vault.domain.events import LedgerEvent
from vault.domain.listing import describe
from vault.domain.rules import ANY, Rule
from vault.domain.terms import Terms
from vault.errors import Busy, Tampered
from vault.services.activity.activity import Event
from vault.services.activity.named_records import NamedRecord
from vault.services.consents.consents import GivenConsent
from vault.storage.clients import FAPI, Client
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


def make_client(client_id: str, name: str) -> Client:
    """A registered vendor."""
    return Client(
        client_id=client_id,
        name=name,
        profile=FAPI,
        redirect_uris=("https://vendor.example/cb",),
        jwks={"keys": []},
        secret_hash=None,
        verified_at=None,
        seller_identifiers=(),
        policy_uri=None,
        created_at=1_790_000_000,
    )


def test_a_consent_is_withdrawn_by_one_button(anna: FlaskClient, fakes: FakeServices) -> None:
    """The consequence stands before it, the receipt after."""
    fakes.consents.all = [CONSENT]
    text = anna.get("/consents").text
    assert "CDW can see what you bought" in text
    assert "If you withdraw, CDW sees nothing new" in text
    response = send(anna, f"/consents/{CONSENT.grant_id}/withdraw", at="/consents")
    text = anna.get(response.location).text
    assert "Withdrawn. CDW sees nothing of yours" in text
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


def test_a_consent_has_a_page_of_its_own(anna: FlaskClient, fakes: FakeServices) -> None:
    """With what was agreed, when and until when, how often and how much was read, as a picture."""
    today = dt.datetime.now(dt.UTC).date().isoformat()
    gone = ["0d" * 16]
    read = {"grant": CONSENT.grant_id, "client": "vendor-1", "kind": "purchase", "count": 1}
    fakes.consents.all = [replace(CONSENT, days={"earlier": [1, 1_000], today: [3, 204]})]
    fakes.activity.entries = [
        Event(7, 1_795_000_000, "disclosure", {**read, "records": gone}, "CDW"),
        Event(6, 1_795_000_000, "disclosure", {**read, "grant": "cd" * 16}, "Hawk"),
    ]
    text = anna.get(f"/consents/{CONSENT.grant_id}").text
    for said in (
        "not verified",
        "customer care",
        "What it is (only: ",
        "what you bought from any seller",
        "It accepts none of your terms.",
        "1,204 entries in 4 reads",
        "3 reads on 1 day of the last 90; the most on one day: 3.",
        "CDW read 1 purchase",
        "If you withdraw, CDW sees nothing new",
    ):
        assert said in text, said
    assert "Hawk" not in text
    assert text.count('width="6" height="100.0"') == 1
    assert anna.get(f"/consents/{'00' * 16}").status_code == 404


def test_a_consent_that_ended_says_what_it_owes(anna: FlaskClient, fakes: FakeServices) -> None:
    """Nothing where it had read nothing, else a deletion, until it says that it is done."""
    ended = replace(CONSENT, state=GrantState.EXPIRED, ended_at=1_795_000_000)
    fakes.consents.all = [ended]
    page = f"/consents/{CONSENT.grant_id}"
    for path in (page, "/consents"):
        assert "owes you the deletion" in anna.get(path).text
        assert "/withdraw" not in anna.get(path).text
    fakes.consents.all = [replace(ended, deleted_at=1_795_100_000)]
    assert "It says that it has deleted what it had read" in anna.get(page).text
    fakes.consents.all = [replace(ended, reads=0, last_read_at=None)]
    assert "It had read nothing." in anna.get(page).text


def test_what_waits_to_be_taken_up_is_said(anna: FlaskClient, fakes: FakeServices) -> None:
    """Beside what holds until then."""
    orders = replace(CONSENT.terms, rules={Kind.ORDER: RULE})
    fakes.consents.all = [replace(CONSENT, waiting=orders, changed_at=1_795_000_000)]
    for path in ("/consents", f"/consents/{CONSENT.grant_id}"):
        text = anna.get(path).text
        assert "CDW can see what you bought" in text
        assert "as soon as the vendor comes for it: CDW can see your orders" in text
        assert "last changed on" in text


def test_a_vendor_is_kept_from_asking_on_its_consents_page(
    anna: FlaskClient, fakes: FakeServices
) -> None:
    """What that means stands before the button; the same page lets it ask again."""
    page = f"/consents/{CONSENT.grant_id}"
    fakes.consents.all = [CONSENT]
    assert "/block" not in anna.get(page).text
    fakes.vendors.all["vendor-1"] = make_client("vendor-1", "CDW")
    assert "What you have allowed stays as it is." in anna.get(page).text
    text = anna.get(send(anna, f"{page}/block", at=page).location).text
    assert "It may not ask any more while you are away." in text
    assert "/consents/blocked/vendor-1/unblock" in text


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


def test_the_activity_is_narrowed_by_the_address(anna: FlaskClient, fakes: FakeServices) -> None:
    """By vendor and kind of event; what is no day narrows nothing and is said to be none."""
    details = {"reason": "withdrawn", "client": "vendor-1", "grant": CONSENT.grant_id}
    fakes.consents.all = [CONSENT]
    fakes.activity.entries = [
        Event(3, 1_795_100_000, "unlocked", {}),
        Event(2, 1_795_000_000, "refusal", details, "CDW"),
        Event(1, 1_795_000_000, "consent_given", {"client": "vendor-2"}, "Hawk"),
    ]
    for query, there in (
        ("vendor=vendor-1", {"refused"}),
        ("what=own", {"unlocked"}),
        ("what=consents", {"allowed"}),
        ("what=refusals&vendor=vendor-1", {"refused"}),
        ("what=nonsense&day=tomorrow&before=-3", {"refused", "unlocked", "allowed"}),
        ("vendor=%00", set()),
    ):
        text = anna.get(f"/activity?{query}").text
        told = {"refused": "CDW was refused", "unlocked": "unlocked", "allowed": "allowed Hawk"}
        assert {name for name, said in told.items() if said in text} == there, query
    assert "Not a valid date" in anna.get("/activity?day=tomorrow").text
    assert "Nothing of that kind" in anna.get("/activity?what=reads").text


def test_a_search_that_stopped_offers_to_go_on(anna: FlaskClient, fakes: FakeServices) -> None:
    """It says how far it came, and keeps what was asked for."""
    fakes.activity.searched_to = 1_795_000_000
    text = anna.get("/activity?what=reads").text
    assert "Searched back to" in text
    assert "Nothing of that kind" not in text
    assert "/activity?what=reads&amp;before=7" in text


def test_an_entry_leads_to_the_records_that_it_names(
    anna: FlaskClient, fakes: FakeServices
) -> None:
    """A gift is marked, what was deleted is said to be gone, and the consent is one link away."""
    record_id = fakes.records.add(FakeVault("anna"), Kind.PURCHASE, {"name": "Ring"})
    listing = describe(Kind.PURCHASE, {"name": "Ring"})
    fakes.activity.standing[record_id] = NamedRecord(record_id, Kind.PURCHASE, listing, gift=True)
    details = {"grant": CONSENT.grant_id, "client": "vendor-1", "kind": "purchase", "count": 2}
    read = Event(5, 1_795_000_000, "disclosure", {**details, "records": record_id + "0d" * 16})
    fakes.activity.entries = [read]
    text = anna.get("/activity/5").text
    assert f'href="/purchases/{record_id}">Ring</a>' in text
    assert 'aria-label="Gift"' in text
    assert "Deleted since" in text
    assert f"/consents/{CONSENT.grant_id}" in text
    assert anna.get("/activity/6").status_code == 404
    assert anna.get(f"/activity/{2**80}").status_code == 404


def test_many_records_of_an_entry_come_page_by_page(anna: FlaskClient, fakes: FakeServices) -> None:
    """A read of a thousand records is no page of a thousand lines."""
    details = {"kind": "purchase", "count": 120, "records": "0d" * 16 * 120}
    fakes.activity.entries = [Event(5, 1_795_000_000, "disclosure", details)]
    text = anna.get("/activity/5").text
    assert "1 to 50 of 120." in text
    assert text.count("Deleted since") == 50
    assert "101 to 120 of 120." in anna.get("/activity/5?after=100").text


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_the_activity_is_taken_along_as_a_file(
    anna: FlaskClient, fakes: FakeServices, ending: str
) -> None:
    """In words and as it stands; a spreadsheet computes nothing that a vendor calls itself."""
    details = {"reason": "withdrawn", "grant": CONSENT.grant_id}
    fakes.activity.entries = [
        Event(2, 1_795_000_000, "refusal", details, "=cmd()", 4, "9f3c"),
        Event(1, 1_794_000_000, "unlocked", {}),
    ]
    response = send(anna, "/activity/export", at="/activity", format=ending)
    assert response.headers["Content-Disposition"].endswith(f".{ending}")
    assert response.headers["Cache-Control"] == "no-store"
    if ending == "jsonl":
        first, second = map(json.loads, response.text.splitlines())
        assert (first["said"], second["vendor"]) == ("You unlocked your vault", "=cmd()")
        assert second["details"] == details
    else:
        first, second = csv.DictReader(io.StringIO(response.text.removeprefix("\ufeff")))
        assert (first["said"], second["vendor"]) == ("You unlocked your vault", "'=cmd()")
        assert second["said"].startswith("'=cmd() was refused")
    assert send(anna, "/activity/export", at="/activity", format="exe").status_code == 422


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
