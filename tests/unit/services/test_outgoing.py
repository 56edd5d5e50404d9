import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from vault.services.vendors import outgoing
from vault.services.vendors.outgoing_addresses import OutgoingRefused, Resolve, public

NAME = "keys.vendor.example"
Answer = Callable[[BaseHTTPRequestHandler], None]


def ok(handler: BaseHTTPRequestHandler) -> None:
    """Answer with two bytes, and try to leave a cookie."""
    handler.send_response(200)
    handler.send_header("Content-Length", "2")
    handler.send_header("Set-Cookie", "mark=1; Path=/")
    handler.end_headers()
    handler.wfile.write(b"{}")


class Site:
    """A web server on this machine that keeps what it was asked."""

    def __init__(self, answer: Answer, context: ssl.SSLContext | None = None) -> None:
        self.seen: list[httpx.Headers] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.seen.append(httpx.Headers(list(self.headers.items())))
                answer(self)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if context is not None:
            self.server.socket = context.wrap_socket(
                self.server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.port = self.server.server_port


@contextmanager
def running(answer: Answer, context: ssl.SSLContext | None = None) -> Iterator[Site]:
    """A site that answers until the block ends."""
    site = Site(answer, context)
    site.server.handle_error = lambda *_: None  # type: ignore[method-assign]
    thread = threading.Thread(target=site.server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield site
    finally:
        site.server.shutdown()
        thread.join()
        site.server.server_close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's and a client's side of TLS for NAME, signed by nobody but itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder: Path = tmp_path_factory.mktemp("tls")
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return server, ssl.create_default_context(cafile=str(folder / "cert.pem"))


def to(*addresses: str) -> Resolve:
    """A name service that gives these addresses for every name."""
    return lambda _host, _port: list(addresses)


@pytest.mark.parametrize(
    "url",
    [
        "http://keys.vendor.example/",
        "ftp://keys.vendor.example/",
        "https://127.0.0.1/",
        "https://8.8.8.8/",
        "https://2130706433/",
        "https://0177.0.0.1/",
        "https://0x7f.0.0.1/",
        "https://0x7f000001/",
        "https://127.1/",
        "https://vendor.example.0x7f/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:7f00:1]/",
        "https://[2606:4700::1111]/",
        "https://localhost/",
        "https://metadata/",
        "https://keys.vendor.example./",
        "https://keys..vendor.example/",
        "https://user@keys.vendor.example/",
        "https://①②⑦.⓪.⓪.①/",
    ],
)
def test_only_https_to_a_host_with_a_full_name(url: str) -> None:
    """Numbers in any spelling, bare names, users and other schemes are refused before a look-up."""
    asked: list[str] = []

    def resolve(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["93.184.215.14"]

    with (
        outgoing.client(resolve=resolve, seconds=1) as http,
        pytest.raises((OutgoingRefused, httpx.HTTPError, httpx.InvalidURL)),
    ):
        http.get(url)
    assert asked == []


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1",
        "169.254.169.254", "100.64.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.8",
        "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1",
        "240.0.0.1", "255.255.255.255", "192.88.99.1", "::", "::1", "::ffff:127.0.0.1",
        "::ffff:10.0.0.1", "::ffff:8.8.8.8", "::7f00:1", "64:ff9b::7f00:1", "64:ff9b::808:808",
        "fe80::1", "fe80::1%1", "fc00::1", "fd12:3456::1", "ff02::1", "2001:db8::1", "2001::1",
        "2002:7f00:1::1", "3fff::1", "fec0::1", "0177.0.0.1", "2130706433", "not an address",
    ],
)  # fmt: skip
def test_no_address_within_is_public(address: str) -> None:
    """Private, loopback, link-local, multicast, reserved, and IPv4 hidden in IPv6."""
    assert not public(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "1.1.1.1", "2606:4700::1111", "2a00:1450::1"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    """What a vendor's host name leads to."""
    assert public(address)


@pytest.mark.parametrize(
    "addresses",
    [("127.0.0.1",), ("::ffff:127.0.0.1",), ("93.184.215.14", "127.0.0.1"), ()],
    ids=["loopback", "mapped", "one of two", "none"],
)
def test_a_name_that_leads_within_is_refused_at_connect(addresses: tuple[str, ...]) -> None:
    """A public name for a private address, or for one among others, reaches nobody."""
    with running(ok) as site, outgoing.client(resolve=to(*addresses)) as http:
        with pytest.raises(OutgoingRefused, match="public internet"):
            http.get(f"https://{NAME}:{site.port}/")
        assert site.seen == []


def test_a_name_is_resolved_once_and_its_address_is_pinned(
    certificate: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    """A second answer of the name's server changes nothing: it is not asked for (rebinding)."""
    server, trust = certificate
    answers = [["127.0.0.1"], ["169.254.169.254"]]

    def resolve(_host: str, _port: int) -> list[str]:
        return answers.pop(0)

    with running(ok, server) as site:
        with outgoing.client(resolve=resolve, trust=trust, loopback=True) as http:
            assert http.get(f"https://{NAME}:{site.port}/").json() == {}
            assert len(answers) == 1
            with pytest.raises(OutgoingRefused, match="public internet"):
                http.get(f"https://{NAME}:{site.port}/")
        assert [headers["Host"] for headers in site.seen] == [f"{NAME}:{site.port}"]


def test_tls_is_verified_against_the_name(
    certificate: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    """Another name's certificate, and one that nobody trusted has signed, are refused."""
    server, trust = certificate
    with running(ok, server) as site:
        with (
            outgoing.client(resolve=to("127.0.0.1"), trust=trust, loopback=True) as http,
            pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"),
        ):
            http.get(f"https://other.vendor.example:{site.port}/")
        with (
            outgoing.client(resolve=to("127.0.0.1"), loopback=True) as http,
            pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"),
        ):
            http.get(f"https://{NAME}:{site.port}/")
        assert site.seen == []


def test_no_redirect_is_followed() -> None:
    """The answer is the redirect itself; whom it names hears nothing."""
    with running(ok) as within:

        def elsewhere(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(302)
            handler.send_header("Location", f"http://127.0.0.1:{within.port}/")
            handler.end_headers()

        with running(elsewhere) as site, outgoing.client(loopback=True) as http:
            assert http.get(f"http://127.0.0.1:{site.port}/").status_code == 302
        assert within.seen == []


def test_a_redirect_that_a_caller_follows_is_guarded_again() -> None:
    """Even then each hop is checked."""

    def within(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(302)
        handler.send_header("Location", "http://192.168.0.1/")
        handler.end_headers()

    with (
        running(within) as site,
        outgoing.client(loopback=True) as http,
        pytest.raises(OutgoingRefused),
    ):
        http.get(f"http://127.0.0.1:{site.port}/", follow_redirects=True)


def endless(handler: BaseHTTPRequestHandler) -> None:
    """Answer without an end."""
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b"x" * 65536)


def many_headers(handler: BaseHTTPRequestHandler) -> None:
    """Answer with headers without an end."""
    handler.send_response(200)
    while True:
        handler.send_header("X-More", "x" * 1000)
        handler.flush_headers()


@pytest.mark.parametrize("answer", [endless, many_headers])
def test_an_answer_without_end_is_cut_off(answer: Answer) -> None:
    """Bytes are counted as they come, those of the headers too."""
    with (
        running(answer) as site,
        outgoing.client(loopback=True, max_bytes=100_000) as http,
        pytest.raises((OutgoingRefused, httpx.RemoteProtocolError)),
    ):
        http.get(f"http://127.0.0.1:{site.port}/")


def test_a_compressed_answer_is_refused() -> None:
    """A few bytes that would stand for many are not unpacked."""

    def compressed(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Encoding", "gzip")
        handler.end_headers()

    with running(compressed) as site, outgoing.client(loopback=True) as http:
        with pytest.raises(OutgoingRefused, match="compressed"):
            http.get(f"http://127.0.0.1:{site.port}/")
        assert site.seen[0]["Accept-Encoding"] == "identity"


def dripping(handler: BaseHTTPRequestHandler) -> None:
    """Answer one byte at a time."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    for _ in range(1000):
        handler.wfile.write(b"x")
        time.sleep(0.05)


def test_a_slow_answer_is_cut_off_as_a_whole() -> None:
    """No single byte is late, and yet the time for all of them ends."""
    began = time.monotonic()
    with running(dripping) as site, outgoing.client(loopback=True, seconds=0.4) as http:
        with pytest.raises((OutgoingRefused, httpx.TimeoutException)):
            http.get(f"http://127.0.0.1:{site.port}/")
        assert time.monotonic() - began < 2


def test_a_silent_server_and_a_silent_name_service_are_given_up() -> None:
    """Neither a handshake that never comes nor a look-up without an answer holds a thread."""
    began = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with (
            outgoing.client(resolve=to("127.0.0.1"), loopback=True, seconds=0.3) as http,
            pytest.raises((OutgoingRefused, httpx.TimeoutException)),
        ):
            http.get(f"https://{NAME}:{port}/")

    def never(_host: str, _port: int) -> list[str]:
        time.sleep(3)
        return ["93.184.215.14"]

    with outgoing.client(resolve=never, seconds=0.3) as http, pytest.raises(OutgoingRefused):
        http.get(f"https://{NAME}/")
    assert time.monotonic() - began < 2


def test_the_environment_names_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy would make the connection, to wherever it likes."""
    with running(ok) as proxy, running(ok) as site:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        with outgoing.client(loopback=True) as http:
            assert http.get(f"http://127.0.0.1:{site.port}/").status_code == 200
        assert (len(site.seen), len(proxy.seen)) == (1, 0)


def test_no_cookie_is_kept() -> None:
    """What one answer sets, no later request carries."""
    with running(ok) as site, outgoing.client(loopback=True) as http:
        for _ in range(2):
            http.get(f"http://localhost:{site.port}/")
        assert all("Cookie" not in headers for headers in site.seen)
        assert len(site.seen) == 2


def test_plain_http_stays_on_this_machine_even_in_tests() -> None:
    """The allowance for loopback is for loopback alone."""
    with (
        outgoing.client(loopback=True, resolve=to("93.184.215.14")) as http,
        pytest.raises(OutgoingRefused),
    ):
        http.get("http://keys.vendor.example/")
