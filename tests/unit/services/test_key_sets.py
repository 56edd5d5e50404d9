import threading
from dataclasses import replace
from typing import Any

import httpx
import pytest

from tests.vendor_client import ec_key, public
from vault.errors import Busy, InvalidInput
from vault.services.vendors.key_sets import LIFE, PAUSE, RENEWAL, KeySets
from vault.services.vendors.outgoing_addresses import OutgoingRefused
from vault.storage.clients import FAPI, Client

URI = "https://keys.vendor.example/jwks"
CLIENT = Client(
    client_id="vendor",
    name="Vendor",
    profile=FAPI,
    redirect_uris=("https://vendor.example/cb",),
    jwks=None,
    secret_hash=None,
    verified_at=None,
    seller_identifiers=(),
    policy_uri=None,
    created_at=0,
    jwks_uri=URI,
)


def key_set(*kids: str) -> dict[str, Any]:
    """A key set with a new key for each `kid`."""
    return {"keys": [{**public(ec_key()), "kid": kid} for kid in kids]}


class Published:
    """A vendor's key set, its clock, and how often it was fetched."""

    def __init__(self, *kids: str) -> None:
        self.answer: Any = httpx.Response(200, json=key_set(*kids))
        self.fetches = 0
        self.now = 1_000_000.0
        http = httpx.Client(transport=httpx.MockTransport(self._serve))
        self.key_sets = KeySets(http, clock=lambda: self.now)

    def _serve(self, request: httpx.Request) -> httpx.Response:
        assert str(request.url) == URI
        self.fetches += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        answer: httpx.Response = self.answer
        return answer

    def kids(self, kid: str | None = None) -> set[str | None]:
        """What the keys that are found are called."""
        return {key.kid for key in self.key_sets.of(CLIENT, kid)}


def test_registered_keys_are_never_fetched() -> None:
    """A client with `jwks` has those."""
    published = Published("1")
    client = replace(CLIENT, jwks=key_set("own"), jwks_uri=None)
    assert [key.kid for key in published.key_sets.of(client, "other")] == ["own"]
    assert published.fetches == 0


def test_published_keys_are_fetched_once() -> None:
    """For some minutes the first answer serves all."""
    published = Published("1")
    for _ in range(3):
        assert published.kids("1") == {"1"}
    assert published.fetches == 1


def test_an_unknown_kid_is_looked_for_once_a_minute() -> None:
    """New keys are found soon, and nobody makes us fetch more often."""
    published = Published("1")
    published.kids()
    published.answer = httpx.Response(200, json=key_set("2"))
    for _ in range(3):
        assert published.kids("2") == {"1"}
    assert published.fetches == 1
    published.now += PAUSE
    assert published.kids("2") == {"2"}
    for _ in range(3):
        published.kids("3")
    assert published.fetches == 2


def test_keys_are_renewed_before_their_life_ends() -> None:
    """A key that the vendor took back is gone after minutes."""
    published = Published("1")
    published.kids()
    published.answer = httpx.Response(200, json=key_set("2"))
    published.now += RENEWAL
    assert published.kids("1") == {"2"}


def test_failures_neither_end_nor_prolong_the_life_of_keys() -> None:
    """While the vendor's site is down its keys hold, until they would have ended anyway."""
    published = Published("1")
    published.kids()
    published.answer = httpx.Response(503)
    published.now += RENEWAL
    assert published.kids() == {"1"}
    published.now += LIFE - RENEWAL - 1
    assert published.kids() == {"1"}
    published.now += 1
    with pytest.raises(InvalidInput):
        published.kids()


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(404),
        httpx.Response(302, headers={"Location": "https://keys.vendor.example/other"}),
        httpx.Response(200, content=b"[" * 100_000),
        httpx.Response(200, content=b"\xff"),
        httpx.Response(200, json={"keys": []}),
        httpx.Response(200, json={"keys": [ec_key().as_dict(private=True)]}),
        httpx.Response(200, json={"keys": [{"kty": "OKP", "crv": "X25519", "x": "A" * 43}]}),
        httpx.Response(200, json={"keys": [{"kty": "oct", "k": "AAAA"}]}),
        httpx.Response(200, json={"keys": [public(ec_key()) for _ in range(11)]}),
        httpx.ConnectError("refused"),
        OutgoingRefused("not public"),
    ],
    ids=range(11),
)
def test_what_is_no_key_set_is_refused_and_not_fetched_again_at_once(answer: Any) -> None:
    """The rules are those for `jwks`; a failure counts for a minute."""
    published = Published()
    published.answer = answer
    for _ in range(3):
        with pytest.raises(InvalidInput):
            published.kids()
    assert published.fetches == 1


def test_no_more_than_two_are_fetched_at_a_time() -> None:
    """Slow sites of hostile vendors do not hold every thread."""
    arrived, go = threading.Semaphore(0), threading.Event()

    def slow(_request: httpx.Request) -> httpx.Response:
        arrived.release()
        assert go.wait(10)
        return httpx.Response(200, json=key_set("1"))

    key_sets = KeySets(httpx.Client(transport=httpx.MockTransport(slow)))
    clients = [replace(CLIENT, client_id=f"vendor-{n}") for n in range(3)]
    threads = [threading.Thread(target=key_sets.of, args=(one, None)) for one in clients[:2]]
    for thread in threads:
        thread.start()
        assert arrived.acquire(timeout=10)
    with pytest.raises(Busy):
        key_sets.of(clients[2], None)
    go.set()
    for thread in threads:
        thread.join()
    assert key_sets.of(clients[2], "1")
