"""Notices: written where the thing happens, shown until they are noted, and never piled up."""

import html
import re

import pytest
from sqlalchemy import select

from tests.asked import begin_again
from tests.asking import allow, asked, press, verified, waiting
from tests.conftest import sqlite_only
from tests.served import ISSUER, PASSPHRASE, Customer, Served, connected
from tests.story import DAY
from tests.vendor_client import VendorClient
from vault.domain.compartments import Kind
from vault.domain.notices import NoticeKind
from vault.services.consents.notices import Notice
from vault.services.upkeep.sweeping import Sweeping
from vault.storage import notices as stored
from vault.storage.schema import notices


@pytest.fixture
def anna(server: Served) -> Customer:
    """A customer with one purchase."""
    customer = server.customer("anna")
    customer.keep(Kind.PURCHASE, {"name": "A kettle"})
    return customer


def unseen(customer: Customer) -> list[Notice]:
    """What waits for a customer's notice."""
    return customer.server.services.notices.unseen(customer.vault())


def kinds(customer: Customer) -> list[NoticeKind]:
    """The kinds of that, newest first."""
    return [notice.kind for notice in unseen(customer)]


def note_all(customer: Customer) -> None:
    """Note all of it."""
    ids = [notice.notice_id for notice in unseen(customer)]
    customer.server.services.notices.note(customer.vault(), ids)


def sweep(server: Served, days: float) -> None:
    """Let time go by, and sweep."""
    server.clock.ahead += int(days * DAY)
    assert Sweeping(server.store).run().failures == 0


def read(vendor: VendorClient) -> int:
    """Read a page; the status."""
    return vendor.get("/api/v1/purchases").status_code


def test_the_first_read_is_told_once(server: Served, anna: Customer) -> None:
    """With the vendor's name from the sealed consent; later reads are not news."""
    vendor = connected(server, anna)
    assert unseen(anna) == []
    assert (read(vendor), read(vendor)) == (200, 200)
    [notice] = unseen(anna)
    assert (notice.kind, notice.vendor) == (NoticeKind.FIRST_READ, "Shop")
    note_all(anna)
    read(vendor)
    assert unseen(anna) == []


def test_a_refusal_is_told_and_not_piled_up(server: Served, anna: Customer) -> None:
    """As the ledger has it, once an hour, and not again before the last one was noted."""
    vendor = connected(server, anna)
    [consent] = server.services.consents.given(anna.vault())
    server.services.consents.withdraw(anna.vault(), consent.grant_id)
    for _ in range(3):
        assert read(vendor) == 401
    assert kinds(anna) == [NoticeKind.REFUSAL]
    server.clock.ahead += 3_600
    read(vendor)
    begin_again(anna)
    assert kinds(anna) == [NoticeKind.REFUSAL]
    note_all(anna)
    read(vendor)
    assert kinds(anna) == []
    server.clock.ahead += 3_600
    read(vendor)
    begin_again(anna)
    assert kinds(anna) == [NoticeKind.REFUSAL]


def test_a_request_while_away_is_told_until_it_is_answered(server: Served, anna: Customer) -> None:
    """Asking again tells nothing new; the answer is a notice taken."""
    shop, other = verified(server), verified(server, "Other")
    asked(shop)
    asked(shop)
    asked(other)
    assert {notice.vendor for notice in unseen(anna)} == {"Shop", "Other"}
    for url in waiting(anna):
        press(anna, url, "decline")
    assert unseen(anna) == []
    asked(shop)
    allow(anna)
    assert unseen(anna) == []


@sqlite_only
def test_a_request_in_a_browser_is_no_news(server: Served, anna: Customer) -> None:
    """The customer came with it."""
    anna.open(server.vendor().begin())
    assert unseen(anna) == []


def test_a_request_that_has_ended_is_told_without_a_name(server: Served, anna: Customer) -> None:
    """What said who it was is gone."""
    asked(verified(server), requested_expiry="60")
    sweep(server, 1 / 24)
    begin_again(anna)
    [notice] = unseen(anna)
    assert (notice.kind, notice.vendor, notice.request_id) == (NoticeKind.REQUEST, "", "")


def test_a_blocked_vendor_and_an_unknown_name_leave_no_notice(
    server: Served, anna: Customer
) -> None:
    """The statement that would store it stores nothing."""
    shop = verified(server)
    client = server.services.vendors.get(shop.client_id)
    server.services.blocking.block(anna.vault(), client)
    asked(shop)
    asked(shop, "nemo")
    with server.store.database.read() as conn:
        assert conn.execute(select(notices)).all() == []


def test_an_end_in_sight_is_told_once(server: Served, anna: Customer) -> None:
    """Seven days ahead, and not again after it was noted."""
    connected(server, anna, authorization_details=None, scope="purchases:read")
    [consent] = server.services.consents.given(anna.vault())
    days = (consent.terms.expires_at - server.clock()) / DAY
    sweep(server, days - 7.1)
    begin_again(anna)
    assert NoticeKind.EXPIRY not in kinds(anna)
    sweep(server, 0.2)
    sweep(server, 0)
    begin_again(anna)
    found = [one for one in unseen(anna) if one.kind is NoticeKind.EXPIRY]
    assert [one.ends_at for one in found] == [consent.terms.expires_at]
    note_all(anna)
    sweep(server, 1)
    begin_again(anna)
    assert unseen(anna) == []
    sweep(server, 7)
    begin_again(anna)
    assert unseen(anna) == []


def test_a_standing_consent_is_put_before_its_customer_every_90_days(
    server: Served, anna: Customer
) -> None:
    """Counted from the last time; one that was not noted is enough; what has ended is no matter."""
    connected(server, anna)
    sweep(server, 89)
    begin_again(anna)
    assert unseen(anna) == []
    sweep(server, 1.1)
    sweep(server, 30)
    begin_again(anna)
    assert kinds(anna) == [NoticeKind.REVIEW]
    note_all(anna)
    sweep(server, 50)
    begin_again(anna)
    assert kinds(anna) == []


@sqlite_only
def test_a_consent_of_a_few_days_ends_without_a_word(server: Served, anna: Customer) -> None:
    """Who gives one for three days knows when it ends."""
    vendor = server.vendor()
    vendor.exchange(anna.allow(vendor.begin(), days="3"))
    sweep(server, 2)
    begin_again(anna)
    assert unseen(anna) == []


def test_a_row_says_nothing_but_kind_grant_and_times(server: Served, anna: Customer) -> None:
    """And of a request not even whose it was: the id is no other table's."""
    shop = verified(server)
    asked(shop)
    read(connected(server, anna))
    with server.store.database.read() as conn:
        request, first = conn.execute(select(notices).order_by(notices.c.kind)).all()
        others = {
            bytes(value)
            for table in notices.metadata.sorted_tables
            if table is not notices
            for row in conn.execute(select(table))
            for value in row
            if isinstance(value, bytes)
        }
    assert request.grant_id not in others
    assert first.grant_id in others


def test_what_was_noted_long_ago_is_forgotten(server: Served, anna: Customer) -> None:
    """And what was not noted stays."""
    connected_vendor = connected(server, anna)
    read(connected_vendor)
    note_all(anna)
    asked(verified(server))
    with server.store.database.write() as conn:
        assert stored.sweep(conn, server.clock() + 99 * DAY) == 0
        assert stored.sweep(conn, server.clock() + 101 * DAY) == 1
    with server.store.database.read() as conn:
        assert len(conn.execute(select(notices)).all()) == 1


@sqlite_only
def test_nobody_notes_what_is_anothers(server: Served, anna: Customer) -> None:
    """An id of another vault's is none of this one's."""
    read(connected(server, anna))
    [notice] = unseen(anna)
    otto = server.customer("otto")
    server.services.notices.note(otto.vault(), [notice.notice_id])
    assert unseen(anna) == [notice]


def test_an_erased_vault_takes_its_notices_along(server: Served, anna: Customer) -> None:
    """Nothing refers to nothing."""
    read(connected(server, anna))
    server.services.customers.erase(anna.vault(), PASSPHRASE)
    sweep(server, 1)
    with server.store.database.read() as conn:
        assert conn.execute(select(notices)).all() == []


@sqlite_only
@pytest.mark.parametrize("path", ["/", "/consents"])
def test_the_pages_show_notices_until_they_are_noted(
    server: Served, anna: Customer, path: str
) -> None:
    """A sentence, a way to it, and a button, on home and beside the consents."""
    vendor = server.vendor("Tom & Co")
    vendor.exchange(anna.allow(vendor.begin()))
    read(vendor)
    page = anna.open(ISSUER + path).text
    assert "Tom & Co has read what you allowed it" in html.unescape(page)
    [notice_id] = re.findall(r'name="notice" value="([0-9a-f]{32})"', page)
    [name] = re.findall(r'name="page" value="(\w+)"', page)
    form = {"notice": notice_id, "page": name, "csrf_token": anna.csrf_token}
    answer = anna.browser.post(f"{ISSUER}/notices", data=form)
    assert (answer.status_code, answer.headers["Location"]) == (303, path)
    assert "For your notice" not in anna.open(ISSUER + path).text


@sqlite_only
def test_home_names_a_request_once(server: Served, anna: Customer) -> None:
    """As a notice, and as what waits when that was noted."""
    asked(verified(server))
    page = anna.open(f"{ISSUER}/").text
    assert page.count("asks to see a part of your vault") == 1
    assert page.count("/requests/") == 1
    note_all(anna)
    page = anna.open(f"{ISSUER}/").text
    assert page.count("asks to see a part of your vault") == 1
    assert page.count("/requests/") == 1
    assert "For your notice" not in page
