"""Notices by e-mail: at most one an hour, by one worker, again after a failure, about nobody."""

from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import select, update

from tests.asked import begin_again
from tests.asking import asked, verified
from tests.command import Command
from tests.conftest import sqlite_only
from tests.served import ISSUER, Customer, Served
from tests.smtp import HOST, Mailbox, certificate, running
from tests.story import DAY
from vault.errors import InvalidInput, Refused, Unopenable
from vault.mail_server import of, smtp_url
from vault.queue import open_queue
from vault.services.customers.mailing import LEASE_SECONDS, Mailing
from vault.services.customers.smtp import NotSent, SmtpPost
from vault.services.upkeep.sweeping import Sweeping
from vault.settings import Settings
from vault.storage import backup, contacts, vaults
from vault.storage.schema import notices
from vault.storage.schema import vaults as vault_table
from vault.web.mail_words import mail
from vault.worker import register

SENDER = "vault@example.org"
ADDRESS = "anna.secret@example.org"
HOUR = 3_600


class FakePost:
    """Takes every mail, unless it shall not."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.sender = SENDER
        self.sent: list[tuple[EmailMessage, str]] = []
        self.tried: list[str] = []
        self.faults: list[BaseException] = []

    def send(self, message: EmailMessage, recipient: str) -> None:
        """Keep it, or fail."""
        self.tried.append(message["Message-ID"])
        if self.faults:
            raise self.faults.pop(0)
        self.sent.append((message, recipient))


@pytest.fixture
def environment(database_url: str, tmp_path: Path) -> dict[str, str]:
    """A server that can send mail."""
    return {
        "VAULT_HOME": str(tmp_path / "home"),
        "VAULT_DATABASE_URL": database_url,
        "VAULT_SMTP_URL": f"smtp://{HOST}:1?starttls=never",
        "VAULT_MAIL_FROM": SENDER,
    }


@pytest.fixture
def post() -> FakePost:
    """What takes the mail."""
    return FakePost()


@pytest.fixture
def mailing(server: Served, post: FakePost) -> Mailing:
    """A worker's."""
    return Mailing(server.store, post, mail)


@pytest.fixture
def anna(server: Served) -> Customer:
    """A customer who wants notices by mail."""
    customer = server.customer("anna")
    server.services.contacts.put(customer.vault(), ADDRESS)
    return customer


def send_all(mailing: Mailing) -> int:
    """Send what is due; how many mails went out."""
    return sum(mailing.send(vault_id) for vault_id in mailing.due())


def test_a_notice_goes_out_once_with_nothing_personal_in_it(
    server: Served, anna: Customer, mailing: Mailing, post: FakePost
) -> None:
    """No vendor, no user name, nothing of the vault; the address stands in `To` alone."""
    assert send_all(mailing) == 0
    shop = verified(server, "Shopkeeper")
    asked(shop, binding_message="Order 4711")
    assert send_all(mailing) == 1
    [(message, recipient)] = post.sent
    assert recipient == ADDRESS == message["To"]
    assert message["From"] == SENDER
    assert message["Auto-Submitted"] == "auto-generated"
    del message["To"]
    whole = message.as_string()
    assert ISSUER in whole
    vault_id = anna.vault().vault_id.hex()
    for word in ("Shopkeeper", "4711", "anna", "secret@", shop.client_id, vault_id, "purchases"):
        assert word not in whole.replace("vault@example.org", "")
    assert send_all(mailing) == 0


@pytest.mark.usefixtures("anna")
def test_at_most_one_an_hour(server: Served, mailing: Mailing, post: FakePost) -> None:
    """What comes within the hour goes out together when it is over."""
    asked(verified(server))
    assert send_all(mailing) == 1
    asked(verified(server, "Other"))
    asked(verified(server, "Third"))
    server.clock.ahead += HOUR - 5
    assert send_all(mailing) == 0
    server.clock.ahead += 10
    assert send_all(mailing) == 1
    assert len(post.sent) == 2
    assert post.sent[0][0]["Message-ID"] != post.sent[1][0]["Message-ID"]
    server.clock.ahead += 2 * HOUR
    assert send_all(mailing) == 0


def test_nobody_is_written_to_without_an_address(
    server: Served, anna: Customer, mailing: Mailing
) -> None:
    """Nor about what was noted, nor after the address was taken away."""
    server.customer("otto")
    asked(verified(server), "otto")
    assert mailing.due() == []
    asked(verified(server, "Other"))
    [notice] = server.services.notices.unseen(anna.vault())
    server.services.notices.note(anna.vault(), [notice.notice_id])
    assert mailing.due() == []
    asked(verified(server, "Third"))
    vault_ids = mailing.due()
    assert vault_ids == [anna.vault().vault_id]
    server.services.contacts.put(anna.vault(), "")
    assert mailing.due() == []
    assert not mailing.send(vault_ids[0])


def test_of_many_workers_one_sends(server: Served, anna: Customer, post: FakePost) -> None:
    """Whichever claims it first."""
    asked(verified(server))
    vault_id = anna.vault().vault_id
    workers = [Mailing(server.store, post, mail) for _ in range(6)]
    with ThreadPoolExecutor(len(workers)) as pool:
        sent = list(pool.map(lambda worker: worker.send(vault_id), workers))
    assert sum(sent) == len(post.sent) == 1


@pytest.mark.usefixtures("anna")
def test_what_failed_is_tried_again(server: Served, mailing: Mailing, post: FakePost) -> None:
    """After minutes where the server asked for it, after an hour where it refused."""
    asked(verified(server))
    post.faults = [
        NotSent("greylisted", unreachable=False, later=True),
        NotSent("unknown", unreachable=False, later=False),
    ]
    assert send_all(mailing) == 0
    assert mailing.due() == []
    server.clock.ahead += 301
    assert send_all(mailing) == 0
    server.clock.ahead += 301
    assert mailing.due() == []
    server.clock.ahead += HOUR
    assert send_all(mailing) == 1
    assert len(post.sent) == 1


@pytest.mark.usefixtures("anna")
def test_what_a_dead_worker_had_claimed_is_sent_by_another(
    server: Served, mailing: Mailing, post: FakePost
) -> None:
    """When its claim has run out, and with the same Message-ID: a receiver knows it again."""

    class Killed(BaseException):
        """The end of a process."""

    asked(verified(server))
    post.faults = [Killed()]
    with pytest.raises(Killed):
        send_all(mailing)
    other = Mailing(server.store, post, mail)
    server.clock.ahead += LEASE_SECONDS - 5
    assert send_all(other) == 0
    server.clock.ahead += 10
    assert send_all(other) == 1
    assert len(post.tried) == 2
    assert len(set(post.tried)) == 1


def test_it_is_given_up_after_three_days(
    server: Served, anna: Customer, mailing: Mailing, post: FakePost
) -> None:
    """The page has the notice all the same."""
    asked(verified(server))
    post.faults = [NotSent("unknown", unreachable=False, later=False)]
    send_all(mailing)
    server.clock.ahead += 3 * DAY
    assert mailing.due() == []
    begin_again(anna)
    assert len(server.services.notices.unseen(anna.vault())) == 1


@sqlite_only
@pytest.mark.usefixtures("anna")
def test_a_server_that_is_down_is_left_alone_for_a_minute(
    server: Served, mailing: Mailing, post: FakePost
) -> None:
    """The next customer's mail is not even tried: it would hold the worker as long."""
    otto = server.customer("otto")
    server.services.contacts.put(otto.vault(), "otto@example.org")
    shop = verified(server)
    asked(shop)
    asked(shop, "otto")
    due = mailing.due()
    assert len(due) == 2
    post.faults = [NotSent("TimeoutError", unreachable=True, later=True)]
    assert [mailing.send(vault_id) for vault_id in due] == [False, False]
    assert post.sent == []
    assert mailing.due() == []
    server.clock.ahead += 61
    assert send_all(mailing) == 1
    server.clock.ahead += 300
    assert send_all(mailing) == 1


@pytest.mark.parametrize(
    ("language", "word"), [(None, "waits"), ("en", "waits"), ("../x", "waits")]
)
@sqlite_only
def test_the_customers_language(
    server: Served,
    anna: Customer,
    mailing: Mailing,
    post: FakePost,
    language: str | None,
    word: str,
) -> None:
    """English before one was chosen, and for what is none."""
    with server.store.database.write() as conn:
        vaults.set_values(conn, anna.vault().vault_id, language=language)
    asked(verified(server))
    assert send_all(mailing) == 1
    assert word in post.sent[0][0]["Subject"]


def test_the_address_is_sealed_to_its_vault(server: Served, anna: Customer) -> None:
    """It stands nowhere in clear, and does not open in another vault's row."""
    otto = server.customer("otto")
    with server.store.database.write() as conn:
        mine = vaults.find(conn, anna.vault().vault_id)
        assert ADDRESS.encode() not in mine.contact
        vaults.set_values(conn, otto.vault().vault_id, contact=mine.contact)
        moved = vaults.find(conn, otto.vault().vault_id)
    assert contacts.get(server.store.keys, mine) == ADDRESS
    with pytest.raises(Unopenable):
        contacts.get(server.store.keys, moved)


@sqlite_only
@pytest.mark.usefixtures("anna")
def test_an_address_that_somebody_planted_gets_no_mail(
    server: Served, mailing: Mailing, post: FakePost
) -> None:
    """Nor does it keep others from getting theirs."""
    with server.store.database.write() as conn:
        conn.execute(update(vault_table).values(contact=b"\x01\x04" + bytes(60)))
    asked(verified(server))
    assert send_all(mailing) == 0
    assert post.sent == []


def test_a_new_server_key_seals_the_address_anew(
    server: Served, anna: Customer, environment: dict[str, str]
) -> None:
    """The rotation finds it, and the old key can be retired then."""
    command = Command(environment)
    with server.store.database.read() as conn:
        assert backup.key_numbers(conn) == {1}
    command.json("rotate-keys")
    with server.store.database.read() as conn:
        assert backup.key_numbers(conn) == {2}
        row = vaults.find(conn, anna.vault().vault_id)
    assert contacts.get(server.store.keys, row) == ADDRESS
    assert command.json("rotate-keys", "--retire") == {"retired": [1]}
    assert server.services.contacts.of(anna.vault()) == ADDRESS


def test_a_backup_names_the_key_that_an_address_needs(server: Served, anna: Customer) -> None:
    """Also where nothing else is sealed with it any more."""
    server.store.keys.rotate()
    with server.store.database.write() as conn:
        sealed = server.store.keys.seal(b"x", b"y")
        vaults.set_values(conn, anna.vault().vault_id, contact=sealed)
        assert backup.key_numbers(conn) == {1, 2}


def test_a_restore_writes_to_nobody(
    server: Served,
    anna: Customer,
    mailing: Mailing,
    environment: dict[str, str],
    tmp_path: Path,
) -> None:
    """What was due in the past has gone out, or is known; the address is kept."""
    asked(verified(server))
    path, command = tmp_path / "copy.vault", Command(environment)
    assert command("backup", path).exit_code == 0
    assert command("restore", path, "--force").exit_code == 0
    assert mailing.due() == []
    begin_again(anna)
    assert server.services.contacts.of(anna.vault()) == ADDRESS


@sqlite_only
def test_the_settings_take_an_address_and_say_what_that_means(
    server: Served, anna: Customer
) -> None:
    """Its exception is named; what is no address comes back; empty takes it away."""
    page = anna.open(f"{ISSUER}/settings/notices").text
    assert "sealed to the key of this server" in page
    assert f'value="{ADDRESS}"' in page

    def put(address: str) -> tuple[int, str | None]:
        form = {"address": address, "csrf_token": anna.csrf_token}
        status = anna.browser.post(f"{ISSUER}/settings/notices", data=form).status_code
        return status, server.services.contacts.of(anna.vault())

    assert put("anna@example.org\r\nBcc: otto@example.org") == (422, ADDRESS)
    assert put("nobody") == (422, ADDRESS)
    assert put(" new@example.org ") == (302, "new@example.org")
    assert "new@example.org" in anna.open(f"{ISSUER}/settings").text
    assert put("") == (302, None)
    assert "You changed where notices go" in anna.open(f"{ISSUER}/activity").text
    assert server.services.verification.verify(anna.vault()).problems == []


@sqlite_only
def test_an_address_is_checked_below_the_pages_too(server: Served, anna: Customer) -> None:
    """And none is taken where no mail is sent."""
    with pytest.raises(InvalidInput):
        server.services.contacts.put(anna.vault(), "a@b.c\nBcc: d@e.f")
    server.services.contacts.offered = False
    with pytest.raises(Refused):
        server.services.contacts.put(anna.vault(), ADDRESS)
    assert anna.browser.get(f"{ISSUER}/settings/notices").status_code == 404
    assert "/settings/notices" not in anna.open(f"{ISSUER}/settings").text


@sqlite_only
def test_what_is_unseen_when_the_address_is_left_is_not_written_about(
    server: Served, anna: Customer, mailing: Mailing
) -> None:
    """The customer is here."""
    asked(verified(server))
    server.services.contacts.put(anna.vault(), "new@example.org")
    assert mailing.due() == []
    asked(verified(server, "Other"))
    assert len(mailing.due()) == 1


@sqlite_only
def test_the_worker_sends_through_a_real_server(
    server: Served,
    anna: Customer,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its tasks carry ids alone, and greylisting only puts it off."""
    pem = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    mailbox = Mailbox(refusals=["451 Greylisted"])
    asked(verified(server))
    with running(mailbox, pem) as port:
        found = of(smtp_url(f"smtp://{HOST}:{port}"), SENDER)
        assert found is not None
        queue = open_queue(settings.queue_url)
        register(queue, Sweeping(server.store), Mailing(server.store, SmtpPost(found), mail))
        for waited in (0, 301):
            server.clock.ahead += waited
            tasks = {task.name: task for task in queue._registry.periodic_tasks}
            queue.execute(tasks["mail_due"])
            task = queue.dequeue()
            assert task is not None
            assert list(task.args) == [anna.vault().vault_id.hex()]
            queue.execute(task)
    assert mailbox.recipients == [[ADDRESS]]
    assert mailbox.encrypted == [True]
    text = mailbox.mails[0].get_content()
    assert text.count("http") == 1
    assert ISSUER in text
    with server.store.database.read() as conn:
        mailed_at = conn.scalar(select(notices.c.mailed_at)) or 0
    # A second may have passed; while it is put off, the time lies ahead.
    assert 0 <= server.clock() - mailed_at < 60
