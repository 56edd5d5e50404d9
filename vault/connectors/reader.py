"""A child process that reads one file: started, fed and listened to, within limits.

The file goes to the child through a pipe and is never on disk in clear. The child has a clean
environment, no open files but its three, no network that its code could use, and its own process
group, which is killed whatever happens. What it answers is bounded.
"""

import hashlib
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

import orjson

import vault
from vault.connectors.child import FRAME
from vault.errors import UnsupportedDocument
from vault.services.importing.parsing import Content

_ROOT = str(Path(vault.__file__).resolve().parent.parent)
_START = "from vault.connectors.child import main; main()"
_CHUNK = 64 * 1024
_READ = 1024 * 1024
_GRACE_SECONDS = 5
FLOOD = "the file yields more than can be taken in"
FAILED = "the file could not be read: its reader stopped unexpectedly"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost, with all the documents in it. Bytes and seconds.

    `wait_seconds` is the time in which the parent waits for the child, all waits together: a
    consumer that takes its time with a batch does not use it up.
    """

    memory: int = 1024 * 1024 * 1024
    cpu_seconds: int = 120
    wait_seconds: float = 180.0
    output: int = 4 * 1024 * 1024 * 1024
    frame: int = 32 * 1024 * 1024
    records: int = 5_000_000
    errors_kept: int = 1000


DEFAULT = Limits()


class Frames:
    """What a child says of one file, frame by frame; it lives while it is listened to.

    Raises UnsupportedDocument, once, where the child says too much, takes too long or dies; after
    that there is nothing but the same answer for the documents that were still to come.
    """

    def __init__(self, request: bytes, content: Content, limits: Limits) -> None:
        self._sha = hashlib.sha256()
        self._spoken = _spoken(_hashed(request, content, self._sha), limits)
        self._waiting: list[tuple[bytes, bytes]] = []
        self._failure: UnsupportedDocument | None = None

    def __next__(self) -> tuple[bytes, bytes]:
        if self._waiting:
            return self._waiting.pop()
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure
        frame = next(self._spoken, None)
        if frame is None:
            raise UnsupportedDocument("not read, because an earlier document stopped the reading")
        return frame

    def names(self) -> list[str] | None:
        """Return the names of the documents in an archive; None for what is one document."""
        try:
            frame = next(self)
        except UnsupportedDocument as err:
            self._failure = err
            return None
        if frame[0] != b"A":
            self._waiting.append(frame)
            return None
        try:
            return [str(name) or "–" for name in orjson.loads(frame[1])]
        except (ValueError, TypeError):
            self._failure = UnsupportedDocument(FAILED)
            return None

    @property
    def digest(self) -> str:
        """SHA-256 in hex of what the child was given of the file."""
        return self._sha.hexdigest()

    def close(self) -> None:
        """End the child, whatever it is at."""
        self._spoken.close()


def _spoken(
    source: Iterator[bytes | memoryview], limits: Limits
) -> Generator[tuple[bytes, bytes], None, None]:
    """Start a child, feed it and yield its frames; it is dead when this ends."""
    taken = 0
    with _child(limits) as process:
        for tag, payload in _frames(_pump(process, source, limits), limits):
            if tag == b"R":
                taken += payload.count(b"\n") + 1
                if taken > limits.records:
                    raise UnsupportedDocument(FLOOD)
            yield tag, payload
        raise UnsupportedDocument(_fate(process, limits))


def _hashed(request: bytes, content: Content, sha: "hashlib._Hash") -> Iterator[bytes | memoryview]:
    yield request
    for chunk in _chunks(content):
        sha.update(chunk)
        yield chunk


def _chunks(content: Content) -> Iterable[bytes | memoryview]:
    if not isinstance(content, bytes | memoryview):
        return content
    view = memoryview(content)
    return (view[start : start + _READ] for start in range(0, len(view), _READ))


class _child:  # noqa: N801 a context manager reads as a verb
    """A child process that is dead when the block ends, with everything that it started."""

    def __init__(self, limits: Limits) -> None:
        path = [_ROOT, *(entry for entry in sys.path if entry and entry != _ROOT)]
        self._command = [
            sys.executable,
            "-I",  # neither environment nor working directory decide what is imported
            "-S",  # nor .pth files: the parent's own path is handed over, which also saves time
            "-c",
            f"import sys; sys.path[:] = {path!r}\n{_START}",
            str(limits.memory),
            str(limits.cpu_seconds),
        ]

    def __enter__(self) -> "subprocess.Popen[bytes]":
        self._process = subprocess.Popen(  # noqa: S603 our own interpreter and our own module
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"LC_ALL": "C.UTF-8"},
            cwd="/",
            close_fds=True,
            start_new_session=True,
            bufsize=0,
        )
        return self._process

    def __exit__(self, *_: object) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        for stream in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                cast("IO[bytes]", stream).close()
        self._process.wait()


def _pump(
    process: "subprocess.Popen[bytes]", source: Iterator[bytes | memoryview], limits: Limits
) -> Iterator[bytes]:
    """Feed the child and yield what it writes, until it closes its output."""
    stdin, stdout = cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout)
    feed = _Feed(stdin, source)
    waited, written = 0.0, 0
    with selectors.DefaultSelector() as selector:
        selector.register(stdout, selectors.EVENT_READ)
        selector.register(stdin, selectors.EVENT_WRITE)
        while True:
            begun = time.monotonic()
            ready = selector.select(limits.wait_seconds - waited)
            waited += time.monotonic() - begun
            if not ready or waited >= limits.wait_seconds:
                raise UnsupportedDocument("reading this file took too long")
            for key, _ in ready:
                if key.fileobj is stdin:
                    if not feed.push():
                        selector.unregister(stdin)
                        stdin.close()
                    continue
                data = os.read(stdout.fileno(), _READ)
                written += len(data)
                if written > limits.output:
                    raise UnsupportedDocument(FLOOD)
                if not data:
                    return
                yield data


class _Feed:
    """What is still to be written to the child, a piece at a time, never waiting."""

    def __init__(self, stdin: IO[bytes], source: Iterator[bytes | memoryview]) -> None:
        self._fd = stdin.fileno()
        self._source = source
        self._pending = memoryview(b"")
        os.set_blocking(self._fd, False)

    def push(self) -> bool:
        """Write what the pipe takes; False when all is written or the child listens no more."""
        while not self._pending:
            chunk = next(self._source, None)
            if chunk is None:
                return False
            self._pending = memoryview(chunk)
        try:
            count = os.write(self._fd, self._pending[:_CHUNK])
        except BrokenPipeError:
            return False
        except BlockingIOError:
            count = 0
        self._pending = self._pending[count:]
        return True


def _frames(chunks: Iterator[bytes], limits: Limits) -> Iterator[tuple[bytes, bytes]]:
    """Cut what the child writes into frames; half a frame at the end is dropped."""
    buffer = bytearray()
    for chunk in chunks:
        buffer += chunk
        start = 0
        while len(buffer) - start >= FRAME.size:
            tag, length = FRAME.unpack_from(buffer, start)
            if length > limits.frame:
                raise UnsupportedDocument("the file holds a record that is too large")
            end = start + FRAME.size + length
            if len(buffer) < end:
                break
            yield tag, bytes(buffer[start + FRAME.size : end])
            start = end
        del buffer[:start]


def _fate(process: "subprocess.Popen[bytes]", limits: Limits) -> str:
    """Say why a child ended without finishing."""
    try:
        code = process.wait(_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        return FAILED
    if code in {-signal.SIGXCPU, -signal.SIGKILL}:
        return f"reading this file took more than {limits.cpu_seconds} s or was stopped"
    return FAILED
