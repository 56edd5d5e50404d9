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
from vault.services.sweeping import Sweeping, Swept
from vault.settings import Settings
from vault.storage import migrate
from vault.storage.engine import Database
from vault.storage.store import Store

_log = structlog.get_logger("vault.worker")


def create_worker(settings: Settings) -> Consumer:
    """Make the worker of the queue in `settings`; its `run` returns when it is told to stop."""
    database = Database(settings.database_url)
    migrate.check(database)
    keys = ServerKeys.load_or_create(settings.secret_file)
    store = Store(database, keys, settings.base_url)
    queue = open_queue(settings.queue_url)
    register(queue, Sweeping(store))
    return queue.create_consumer(workers=1, periodic=True, max_delay=1.0)


def register(queue: Huey, sweeping: Sweeping) -> None:
    """Register every task of the vault with `queue`."""

    @queue.periodic_task(crontab(minute="*"), name="sweep")
    def sweep() -> None:
        swept = asdict(sweeping.run())
        idle = swept == asdict(Swept())
        (_log.debug if idle else _log.info)("swept", **swept)
