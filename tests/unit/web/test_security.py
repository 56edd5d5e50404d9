import re

from flask import Flask, Response, g, redirect
from flask.testing import FlaskClient
from flask.typing import ResponseReturnValue

from tests.fakes.services import FakeServices
from tests.unit.web.conftest import PASSPHRASE, make_app
from tests.unit.web.posting import send, token_of


def test_the_policy_allows_nothing_inline_and_nothing_foreign(visitor: FlaskClient) -> None:
    """A page may load from its own server alone and may not be framed."""
    policy = visitor.get("/unlock").headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'self'; ")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert policy.endswith("form-action 'self'")


def test_no_page_has_a_script_or_style_in_it(visitor: FlaskClient, anna: FlaskClient) -> None:
    """The policy would refuse them; here nobody tries."""
    for text in (visitor.get("/signup").text, anna.get("/purchases").text):
        assert "<style" not in text
        assert " style=" not in text
        assert "<script>" not in text
        assert " onclick=" not in text


def test_a_page_may_name_where_its_form_leads(pages: Flask) -> None:
    """The consent page lets its form be redirected to the vendor."""

    @pages.get("/oauth/authorize")
    def ask() -> str:
        g.form_action = ["https://shop.example"]
        return "asked"

    policy = pages.test_client().get("/oauth/authorize").headers["Content-Security-Policy"]
    assert policy.endswith("form-action 'self' https://shop.example")


def test_personal_pages_are_stored_nowhere(anna: FlaskClient) -> None:
    """Neither a proxy nor the browser keeps them."""
    assert anna.get("/purchases").headers["Cache-Control"] == "no-store"


def test_transport_security_is_announced_over_https_alone(fakes: FakeServices) -> None:
    """A vault at home, without a certificate, must not lock itself out."""
    plain = make_app(fakes).test_client().get("/unlock").headers
    secure = make_app(fakes, secure=True).test_client()
    assert "Strict-Transport-Security" not in plain
    assert (
        "Strict-Transport-Security" in secure.get("/unlock", base_url="https://v.example").headers
    )


def test_the_session_cookie_is_bound_to_the_host_over_https(fakes: FakeServices) -> None:
    """It is named `__Host-vault`, Secure, HttpOnly, SameSite=Lax, for the whole site."""
    client = make_app(fakes, secure=True).test_client()
    base = "https://vault.example"
    page = client.get("/unlock", base_url=base).text
    token = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    data = {"csrf_token": token, "username": "anna", "passphrase": PASSPHRASE}
    headers = {"Referer": f"{base}/unlock"}
    response = client.post("/unlock", data=data, base_url=base, headers=headers)
    [cookie] = [c for c in response.headers.getlist("Set-Cookie") if c.startswith("__Host-vault=")]
    for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert part in cookie
    assert "Domain" not in cookie


def test_no_form_is_taken_without_its_token(anna: FlaskClient) -> None:
    """A form that another site sends changes nothing."""
    response = anna.post("/lock")
    assert response.status_code == 400
    assert "This form has expired" in response.text


def test_a_token_of_before_the_unlocking_is_worth_nothing_after_it(
    visitor: FlaskClient,
) -> None:
    """Whoever could plant a token before cannot use it on the open vault."""
    planted = token_of(visitor, "/unlock")
    visitor.set_cookie("vault", "vse_anna")
    assert visitor.post("/lock", data={"csrf_token": planted}).status_code == 400


def test_unlocking_leads_to_no_other_site(visitor: FlaskClient) -> None:
    """`next` is a path of this vault, or home."""
    for target in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:1"):
        response = send(
            visitor,
            f"/unlock?next={target}",
            at="/unlock",
            username="anna",
            passphrase=PASSPHRASE,
        )
        assert response.location == "/"


def test_every_page_is_locked_unless_it_says_otherwise(visitor: FlaskClient, pages: Flask) -> None:
    """Only the doors answer without an open vault."""
    open_rules = set()
    for rule in pages.url_map.iter_rules():
        if rule.endpoint.startswith("web.") and "GET" in (rule.methods or ()):
            path = rule.rule
            for converter in ("record_id", "import_id", "grant_id"):
                path = path.replace(f"<{converter}>", "0" * 32)
            path = path.replace("<int:number>", "1").replace("<any(json, jws):form>", "json")
            path = re.sub(r"<any\(purchases,.*\):slug>", "purchases", path)
            path = path.replace("<slug>/<int:version>", "no-sharing/1")
            path = path.replace("/terms/<slug>", "/terms/no-sharing")
            if not path.startswith("/assets"):
                response = visitor.get(path)
                if response.status_code == 200:
                    open_rules.add(path)
                else:
                    assert "/unlock" in response.location or response.location == "/", path
    terms = {"/terms", "/terms/no-sharing", "/terms/no-sharing/1"}
    assert open_rules == {"/signup", "/unlock", "/recover"} | terms


def test_programs_get_problems_and_no_cookie_opens_anything_for_them(
    pages: Flask, anna: FlaskClient
) -> None:
    """Below /api/ the session cookie is not even looked at."""

    @pages.get("/api/v1/probe")
    def probe() -> Response:
        return Response("open" if g.get("vault") else "locked")

    assert anna.get("/api/v1/probe").text == "locked"
    missing = anna.get("/api/v1/nothing")
    assert missing.content_type == "application/problem+json"
    assert missing.json is not None
    assert missing.json["status"] == 404


def test_a_redirect_of_the_router_passes(pages: Flask) -> None:
    """An error handler for everything must not swallow what is no error."""

    @pages.get("/here/")
    def here() -> ResponseReturnValue:
        return redirect("/")

    assert pages.test_client().get("/here").status_code == 308
