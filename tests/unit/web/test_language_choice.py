import re

import pytest
from flask.testing import FlaskClient

from tests.fakes.services import FakeServices
from tests.unit.web.posting import send

_LANGUAGE = re.compile(r'<html lang="([^"]+)">')


def _language_of(client: FlaskClient, path: str, asked: str = "en") -> str:
    page = client.get(path, headers={"Accept-Language": asked}).text
    return str(_LANGUAGE.findall(page)[0])


@pytest.mark.parametrize(
    ("asked", "got"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"),
        ("zh", "zh-Hans"),
        ("zh-TW", "zh-Hans"),
        ("de-DE,zh;q=0.5,en;q=0.3", "zh-Hans"),
        ("en-GB,zh;q=0.5", "en"),
        ("de", "en"),
        ("zz-zz", "en"),
        ("", "en"),
    ],
)
def test_the_browser_decides_before_any_choice(visitor: FlaskClient, asked: str, got: str) -> None:
    """The first language that we have; English where there is none."""
    assert _language_of(visitor, "/unlock", asked) == got


def test_a_choice_leads_back_to_the_same_page_and_holds(visitor: FlaskClient) -> None:
    """Before the vault is open the choice stands in a cookie, and counts more than the browser."""
    answer = send(visitor, "/language", at="/signup", language="zh_Hans", next="/signup?next=/x")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/signup?next=/x"
    assert _language_of(visitor, "/unlock") == "zh-Hans"


def test_a_choice_never_leads_elsewhere(visitor: FlaskClient) -> None:
    """What stands as the way back is a path of this site, or it leads home."""
    for target in ("https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example"):
        answer = send(visitor, "/language", at="/unlock", language="en", next=target)
        assert answer.headers["Location"] == "/"


def test_the_vault_brings_the_choice_along(
    anna: FlaskClient, visitor: FlaskClient, fakes: FakeServices
) -> None:
    """What was chosen in an open vault holds in any browser in which it is unlocked."""
    send(anna, "/language", at="/settings", language="zh_Hans", next="/settings")
    assert fakes.customers.languages == {"anna": "zh_Hans"}
    assert _language_of(visitor, "/unlock") == "en"
    visitor.set_cookie("vault", "vse_anna")
    visitor.set_cookie("language", "en")
    assert _language_of(visitor, "/settings") == "zh-Hans"


def test_error_pages_speak_the_readers_language(visitor: FlaskClient, anna: FlaskClient) -> None:
    """Also where nothing is, and where a form does not fit."""
    assert _language_of(visitor, "/signup/nowhere", "zh") == "zh-Hans"
    assert _language_of(anna, "/nowhere", "zh") == "zh-Hans"


def test_a_language_that_is_not_spoken_is_refused(visitor: FlaskClient) -> None:
    """Nothing is kept of it, and a cookie that names it counts for nothing."""
    assert send(visitor, "/language", at="/unlock", language="tlh").status_code == 422
    visitor.set_cookie("language", "tlh")
    assert _language_of(visitor, "/unlock") == "en"


def test_the_chooser_marks_what_is_read_and_knows_the_page(visitor: FlaskClient) -> None:
    """Each language by its own name, the present one marked, and the way back with its query."""
    page = visitor.get("/unlock?next=/purchases", headers={"Accept-Language": "zh"}).text
    assert re.search(r'value="zh_Hans" lang="zh-Hans" aria-current="true">中文<', page)
    assert re.search(r'value="en" lang="en">English<', page)
    assert 'name="next" value="/unlock?next=/purchases"' in page


def test_an_address_for_mails_brings_its_language(anna: FlaskClient, fakes: FakeServices) -> None:
    """A mail has no browser to ask, so the language of the page is kept where none was chosen."""
    anna.environ_base["HTTP_ACCEPT_LANGUAGE"] = "zh"
    fakes.contacts.offered = True
    send(anna, "/settings/notices", address="anna@example.org")
    assert fakes.customers.languages == {"anna": "zh_Hans"}
