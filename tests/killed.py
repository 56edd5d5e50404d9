"""What runs in a child process of the tests until somebody kills it."""

import time
from multiprocessing.connection import Connection
from pathlib import Path

from tests.conftest import CHEAP
from tests.story import LinesParser
from vault.crypto.server_keys import ServerKeys
from vault.services.access.redemption import Redemption
from vault.services.customers.passphrases import Passphrases
from vault.services.customers.sessions import Sessions
from vault.services.importing.imports import Imports
from vault.storage.engine import Database
from vault.storage.store import Store


def open_store(url: str, secret_file: Path, ahead: int) -> Store:
    """The store as another process of the same server has it; the clock goes `ahead`."""
    keys = ServerKeys.load(secret_file)
    return Store(Database(url), keys, "http://127.0.0.1:8000", lambda: int(time.time()) + ahead)


def file_import(
    url: str, secret_file: Path, ahead: int, session: str, import_id: str, told: Connection
) -> None:
    """Confirm an import; tell when it begins, what came of it, and how long it took."""
    store = open_store(url, secret_file, ahead)
    vault = Sessions(store, Passphrases(CHEAP)).open(session)
    imports = Imports(store, LinesParser())
    told.send("begun")
    begun = time.monotonic()
    outcome = imports.confirm(vault, import_id)
    told.send((outcome, time.monotonic() - begun))


def redeem(
    url: str, secret_file: Path, ahead: int, codes: list[tuple[str, str]], told: Connection
) -> None:
    """Exchange codes one after the other; each pair is a code and its client's id."""
    redemption = Redemption(open_store(url, secret_file, ahead))
    told.send("begun")
    for code, client_id in codes:
        issued = redemption.redeem(code, client_id, lambda _: None, None)
        told.send((code, issued.access_token, issued.refresh_token))
