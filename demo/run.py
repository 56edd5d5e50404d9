"""`make demo`: a vault with a sample customer, and a vendor that asks to see a part of it.

The vault stands in VAULT_HOME (./var/demo), what the vendor keeps in a folder beside it. Both stay
for the next start. The vault is at http://127.0.0.1:PORT and the vendor at http://localhost:PORT+1:
cookies ignore ports, so that two applications on one machine need two host names.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
from joserfc.jwk import ECKey

from demo import customer, vendor
from vault.composition import compose
from vault.errors import VaultError
from vault.settings import Settings

_START_SECONDS = 60


def main() -> int:
    """Prepare what is not there yet, run both applications until Ctrl-C; the exit code."""
    os.environ.setdefault("VAULT_HOME", "var/demo")
    try:
        settings = Settings.from_environment()
        settings.make_home()
    except VaultError as error:
        return _fail(f"demo: {error.message}")
    os.environ["VAULT_HOME"] = str(settings.home)
    folder = settings.home.with_name(f"{settings.home.name}-vendor")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        _prepare(settings, folder)
        _run(settings, folder)
    except KeyboardInterrupt:
        print("\n  Stopped. Everything is kept for the next `make demo`.")
    except (subprocess.CalledProcessError, _NotStarted) as error:
        return _fail(f"demo: {error}")
    return 0


def _fail(why: str) -> int:
    print(why, file=sys.stderr)
    return 1


def _prepare(settings: Settings, folder: Path) -> None:
    """Tables, the customer and the vendor's registration, each where it is missing."""
    _vault("migrate")
    done = settings.home / "demo-customer"
    if not done.exists():
        print("  Preparing a sample customer ...")
        services = compose(settings)
        customer.prepare(services)
        services.store.database.close()
        done.touch()
    _register(f"http://localhost:{settings.port + 1}/callback", folder)


def _register(redirect_uri: str, folder: Path) -> None:
    """Register the vendor as an operator does, unless it is known under this address."""
    key_file, client_file = folder / "key.json", folder / "client.json"
    if client_file.exists():
        known = json.loads(_vault("vendor", "list", "--json"))
        kept = json.loads(client_file.read_text())["client_id"]
        if (kept, [redirect_uri]) in [(one["client_id"], one["redirect_uris"]) for one in known]:
            return
        (folder / "received.json").unlink(missing_ok=True)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = ECKey.generate_key("P-256")
    key_file.touch(mode=0o600)
    key_file.write_text(json.dumps(key.as_dict(private=True)))
    public = folder / "jwks.json"
    public.write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
    about = ("--name", vendor.NAME, "--redirect-uri", redirect_uri, "--jwks", str(public))
    registered = _vault("vendor", "register", *about)
    _vault("vendor", "verify", json.loads(registered)["client_id"])
    client_file.write_text(registered)


def _vault(*arguments: str) -> str:
    """Run a `vault` command; what it prints."""
    command = [sys.executable, "-m", "vault", *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def _run(settings: Settings, folder: Path) -> None:
    vault, shop = settings.base_url, f"http://localhost:{settings.port + 1}"
    with ExitStack() as running:
        log = running.enter_context((settings.home / "demo.log").open("a"))
        serve = ("-m", "vault", "serve", "--with-worker")
        processes = [running.enter_context(_process("the vault", log.fileno(), *serve))]
        _wait_for(f"{vault}/readyz", processes, log.name)
        asks = ("-m", "demo.vendor", vault, str(folder), str(settings.port + 1))
        processes.append(running.enter_context(_process("the vendor", log.fileno(), *asks)))
        _wait_for(shop, processes, log.name)
        print(_WELCOME.format(vault=vault, shop=shop, customer=customer, vendor=vendor, log=log))
        sys.stdout.flush()
        while all(process.poll() is None for process in processes):
            time.sleep(0.5)
        raise _NotStarted(f"one of the two has stopped; see {log.name}")


class _NotStarted(Exception):
    """One of the two applications does not run."""


@contextmanager
def _process(name: str, log: int, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run one of our programs, in a session of its own so that Ctrl-C reaches it from us alone."""
    with subprocess.Popen(
        [sys.executable, *arguments], stdout=log, stderr=log, start_new_session=True
    ) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                print(f"  {name} does not stop by itself.", file=sys.stderr)
                process.kill()


def _wait_for(url: str, processes: list[subprocess.Popen[bytes]], log: str) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end:
        if any(process.poll() is not None for process in processes):
            break
        try:
            if httpx.get(url, timeout=5).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise _NotStarted(f"{url} does not answer; see {log}")


_WELCOME = """
  The vault   {vault}
              username    {customer.NAME}
              passphrase  {customer.PASSPHRASE}
  The vendor  {shop}

  1. Open {shop} and choose “Connect your vault”.
  2. Unlock the vault, look at what {vendor.NAME} will see, allow.
  3. Mark a purchase as a gift at {vault}/purchases,
     then “Look again” at the vendor's page.
  4. Withdraw at {vault}/consents, and look once more.

  Files to bring in yourself: demo/documents/to-try. The e-mail is about an order whose
  invoice is there already. Log: {log.name}.
  Ctrl-C stops both; everything is kept for the next start.
"""

if __name__ == "__main__":
    sys.exit(main())
