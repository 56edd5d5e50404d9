"""Pending requests as values."""

import pytest

from vault.services.consents.pending import Backchannel, PendingRequest, browser_of

COOKIE = "c" * 43
SECRET = "a secret of the vendor's"


def pending(browser: bytes | None, backchannel: Backchannel | None = None) -> PendingRequest:
    """A request that waits."""
    return PendingRequest(b"i" * 16, "vendor-0", {"state": SECRET}, 1, 2, browser, backchannel)


@pytest.mark.parametrize(
    "one", [pending(browser_of(COOKIE)), pending(None, Backchannel(b"key", b"look-up"))]
)
def test_a_request_is_sealed_and_opened_whole(one: PendingRequest) -> None:
    """What stands in the inbox gives the same request, whichever way it came."""
    assert PendingRequest.from_json(one.request_id, one.to_json()) == one


def test_a_request_shows_nothing_of_itself() -> None:
    """Neither what was asked nor what it is bound to comes into a log by its `repr`."""
    shown = repr(pending(browser_of(COOKIE), Backchannel(b"a public key", b"a look-up")))
    assert "vendor-0" in shown
    for secret in (SECRET, repr(browser_of(COOKIE)), "a public key", "a look-up"):
        assert secret not in shown


def test_a_request_is_for_one_browser() -> None:
    """Unless it came while the customer was away; one that is bound to nothing is for none."""
    mine, other = browser_of(COOKIE), browser_of("d" * 43)
    assert [pending(mine).is_for(one) for one in (mine, other, None)] == [True, False, False]
    away = pending(None, Backchannel(b"key", b"look-up"))
    assert [away.is_for(one) for one in (mine, other, None)] == [True, True, True]
    assert not pending(None).is_for(None)


@pytest.mark.parametrize("cookie", [None, "", "c" * 42, "c" * 44, "c" * 42 + "=", "c" * 42 + "ç"])
def test_what_is_no_cookie_of_ours_stands_for_no_browser(cookie: str | None) -> None:
    """256 bits in base64url, or nothing."""
    assert browser_of(cookie) is None
