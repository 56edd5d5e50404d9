"""The queue between web and worker.

It carries the names of tasks with ids as JSON, and never a secret. What is due stands in our own
tables: a task that is lost with its worker is put in again by a sweep.
"""

from datetime import datetime
from urllib.parse import unquote, urlsplit

import orjson
from huey import Huey, PostgresHuey, RedisHuey, SqliteHuey
from huey.registry import Message
from huey.serializer import Serializer

NAME = "vault"


class JsonSerializer(Serializer):
    """Messages as JSON in place of pickles, which would run what a thief wrote into the queue."""

    def _serialize(self, message: Message) -> bytes:
        return orjson.dumps(message._asdict())

    def _deserialize(self, data: bytes) -> Message:
        fields = orjson.loads(bytes(data))
        for name in ("eta", "expires_resolved"):
            if fields[name] is not None:
                fields[name] = datetime.fromisoformat(fields[name])
        return Message(**fields)


def open_queue(url: str) -> Huey:
    """Open the queue that `VAULT_QUEUE_URL` names: sqlite, postgresql or redis."""
    common = {"name": NAME, "serializer": JsonSerializer(), "results": False}
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return SqliteHuey(filename=unquote(parts.path.removeprefix("/")), **common)
    if parts.scheme == "postgresql":
        return PostgresHuey(dsn=url, **common)
    return RedisHuey(url=url, **common)
