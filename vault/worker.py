"""The worker: does what is due, apart from any request.

It never holds an owner's key. Its tasks are put in again by the clock, so one that is lost with
the worker is done by the next.
"""

from dataclasses import asdict

import structlog
from huey import Huey, crontab
from huey.consumer import Consumer

from vault.crypto.server_keys import ServerKeys
from vault.queue import open_queue
from vault.services.customers.mailing import Mailing
from vault.services.customers.smtp import SmtpPost
from vault.services.upkeep.sweeping import Sweeping, Swept
from vault.settings import Settings
from vault.storage import migrate
from vault.storage.engine import Database
from vault.storage.store import Store
from vault.web.mail_words import mail

_log = structlog.get_logger("vault.worker")


def create_worker(settings: Settings) -> Consumer:
    """Make the worker of the queue in `settings`; its `run` returns when it is told to stop."""
    database = Database(settings.database_url)
    migrate.check(database)
    keys = ServerKeys.load_or_create(settings.secret_file)
    store = Store(database, keys, settings.base_url)
    queue = open_queue(settings.queue_url)
    mailing = Mailing(store, SmtpPost(settings.mail), mail) if settings.mail else None
    register(queue, Sweeping(store), mailing)
    return queue.create_consumer(workers=1, periodic=True, max_delay=1.0)


def register(queue: Huey, sweeping: Sweeping, mailing: Mailing | None = None) -> None:
    """Register every task of the vault with `queue`; without `mailing` nothing goes by e-mail."""

    @queue.periodic_task(crontab(minute="*"), name="sweep")
    def sweep() -> None:
        swept = asdict(sweeping.run())
        idle = swept == asdict(Swept())
        (_log.debug if idle else _log.info)("swept", **swept)

    if mailing is not None:
        _register_mail(queue, mailing)


def _register_mail(queue: Huey, mailing: Mailing) -> None:
    """A task for each customer to write to; the second one for the same finds nothing to do."""

    @queue.task(name="mail")
    def mail_to(vault_id: str) -> None:
        mailing.send(bytes.fromhex(vault_id))

    @queue.periodic_task(crontab(minute="*"), name="mail_due")
    def mail_due() -> None:
        for vault_id in mailing.due():
            mail_to(vault_id.hex())
