from dataclasses import replace
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.fakes.services import FakeServices
from tests.unit.web.conftest import PASSPHRASE
from tests.unit.web.posting import send
from vault.web.strength import judge


def test_the_recovery_code_is_shown_once(visitor: FlaskClient, fakes: FakeServices) -> None:
    """It stands on the page that answers the sign-up, and the vault is open then."""
    response = send(visitor, "/signup", username="berta", passphrase=PASSPHRASE)
    assert fakes.customers.CODE in response.text
    assert visitor.get("/").status_code == 200


def test_the_form_after_signing_up_is_valid(visitor: FlaskClient) -> None:
    """The page with the recovery code carries a token of the session that it begins."""
    page = send(visitor, "/signup", username="berta", passphrase=PASSPHRASE).text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    assert visitor.post("/signup/kept", data={"csrf_token": token}).status_code == 302


@pytest.mark.parametrize(
    ("going", "reached"), [("/orders?sort=oldest", "/orders?sort=oldest"), ("//evil.example", "/")]
)
def test_signing_up_leads_on_to_where_the_visitor_was_going(
    visitor: FlaskClient, going: str, reached: str
) -> None:
    """From the unlock page by way of signing up; a way to another site is not taken."""
    kept = "next=" + quote(going, safe="/?")
    assert f'href="/signup?{kept}"' in visitor.get(f"/unlock?{kept}").text
    page = send(visitor, f"/signup?{kept}", username="berta", passphrase=PASSPHRASE).text
    assert f'action="/signup/kept?{kept}"' in page
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    response = visitor.post(f"/signup/kept?{kept}", data={"csrf_token": token})
    assert response.location == reached


@pytest.mark.parametrize(
    ("passphrase", "said"),
    [
        ("short", "At least 15 characters"),
        ("passwordpassword", "Too easy to guess"),
        ("berta berta berta", "Too easy to guess"),
    ],
)
def test_a_weak_passphrase_is_refused_with_a_way_out(
    visitor: FlaskClient, fakes: FakeServices, passphrase: str, said: str
) -> None:
    """The page says why, without a script, and no vault is made."""
    response = send(visitor, "/signup", username="berta", passphrase=passphrase)
    assert response.status_code == 422
    assert said in response.text
    assert "<meter" in response.text
    assert "berta" not in fakes.customers.passphrases


def test_a_passphrase_longer_than_the_estimator_takes_is_judged() -> None:
    """The estimate is made of the first 72 characters."""
    assert judge("tulip harbour quartz violin " * 20).score == 4


def test_a_taken_name_is_said_to_be(visitor: FlaskClient) -> None:
    """Signing up cannot hide that a name exists."""
    response = send(visitor, "/signup", username="anna", passphrase=PASSPHRASE)
    assert "This name is taken" in response.text


def test_a_closed_vault_takes_nobody(visitor: FlaskClient, pages: Flask) -> None:
    """Where the operator has closed sign-up, there is no form and a post makes no vault."""
    pages.extensions["vault.web"] = replace(pages.extensions["vault.web"], may_sign_up=False)
    assert "Create vault" not in visitor.get("/signup").text


def test_a_vault_by_invitation_asks_for_one(visitor: FlaskClient, pages: Flask) -> None:
    """Without one, and with a wrong one, nobody signs up; with a good one they do."""
    options = pages.extensions["vault.web"]
    pages.extensions["vault.web"] = replace(options, by_invitation=True)
    form = {"username": "ben", "passphrase": PASSPHRASE}
    assert send(visitor, "/signup", **form).status_code == 422
    refused = send(visitor, "/signup", **form, invitation="vin_used")
    assert "This invitation was used already" in refused.text
    let_in = send(visitor, "/signup", **form, invitation="vin_good")
    assert "Keep this recovery code" in let_in.text


def test_unlocking_answers_alike_for_known_and_unknown_names(visitor: FlaskClient) -> None:
    """Nobody learns from the answer who has a vault here."""
    known = send(visitor, "/unlock", username="anna", passphrase="wrong")
    unknown = send(visitor, "/unlock", username="zoe", passphrase="wrong")
    assert known.status_code == unknown.status_code == 401
    cleaned = [r.text.replace("anna", "").replace("zoe", "") for r in (known, unknown)]
    assert _without_tokens(cleaned[0]) == _without_tokens(cleaned[1])


def test_guessing_is_slowed(visitor: FlaskClient) -> None:
    """After five failures in a minute the sixth is not even tried."""
    for _ in range(5):
        assert send(visitor, "/unlock", username="anna", passphrase="no").status_code == 401
    refused = send(visitor, "/unlock", username="anna", passphrase="no")
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 61


def test_guessing_does_not_lock_out_a_browser_that_was_here(
    visitor: FlaskClient, pages: Flask
) -> None:
    """The customer's own browser is counted apart from a stranger at the same address."""
    own = pages.test_client()
    send(own, "/unlock", username="anna", passphrase=PASSPHRASE)
    send(own, "/lock", at="/")
    for _ in range(6):
        send(visitor, "/unlock", username="anna", passphrase="no")
    assert send(own, "/unlock", username="anna", passphrase=PASSPHRASE).status_code == 303


def test_guessing_one_name_leaves_the_others_alone(visitor: FlaskClient) -> None:
    """Failures count by address and name."""
    for _ in range(6):
        send(visitor, "/unlock", username="zoe", passphrase="no")
    response = send(visitor, "/unlock", username="anna", passphrase=PASSPHRASE)
    assert response.status_code == 303


def test_guessing_in_an_open_session_is_slowed(anna: FlaskClient) -> None:
    """Whoever finds a browser open cannot try passphrases at will; a form sent right is free."""
    for _ in range(5):
        assert send(anna, "/export", passphrase="no", format="json").status_code == 422
    assert send(anna, "/export", passphrase="no", format="json").status_code == 429


def test_locking_takes_the_cookie_back(anna: FlaskClient, fakes: FakeServices) -> None:
    """The session is ended at the server, and the browser forgets it."""
    send(anna, "/lock", at="/")
    assert "anna" in fakes.customers.locked
    assert anna.get_cookie("vault") is None


def test_a_session_that_ended_leads_to_the_door(anna: FlaskClient, fakes: FakeServices) -> None:
    """Its cookie is dropped, and the way back to the page is kept."""
    fakes.customers.locked.add("anna")
    response = anna.get("/orders")
    assert response.location == "/unlock?next=/orders"
    assert anna.get_cookie("vault") is None


def test_a_recovery_code_opens_and_is_replaced(visitor: FlaskClient, fakes: FakeServices) -> None:
    """The new passphrase holds, and the next code is shown."""
    chosen = "marble otter window seven"
    code = fakes.customers.CODE
    response = send(visitor, "/recover", username="anna", recovery_code=code, passphrase=chosen)
    assert code in response.text
    assert fakes.customers.passphrases["anna"] == chosen


def test_changing_the_passphrase_asks_for_the_present_one(
    anna: FlaskClient, fakes: FakeServices
) -> None:
    """A wrong one changes nothing."""
    fields = {"current": "wrong", "chosen": "marble otter window seven"}
    assert send(anna, "/settings/passphrase", **fields).status_code == 422
    assert fakes.customers.passphrases["anna"] == PASSPHRASE
    fields["current"] = PASSPHRASE
    assert fakes.customers.CODE in send(anna, "/settings/passphrase", **fields).text


def test_erasing_needs_the_passphrase_and_a_clear_word(
    anna: FlaskClient, fakes: FakeServices
) -> None:
    """Neither alone erases anything."""
    send(anna, "/settings/erase", passphrase=PASSPHRASE)
    send(anna, "/settings/erase", passphrase="wrong", certain="y")
    assert "anna" in fakes.customers.passphrases
    response = send(anna, "/settings/erase", passphrase=PASSPHRASE, certain="y")
    assert response.location == "/signup"
    assert "anna" not in fakes.customers.passphrases


def _without_tokens(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if "csrf_token" not in line)


def test_a_passphrase_is_never_sent_on_by_a_redirect(visitor: FlaskClient) -> None:
    """303 turns the next request into a GET (FAPI 2.0 Security Profile 5.3.2.2)."""
    assert send(visitor, "/unlock", username="anna", passphrase=PASSPHRASE).status_code == 303
