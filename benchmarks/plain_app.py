"""The floor: the same page from Flask and SQLite, records in clear, tokens as plain rows.

PLAIN_DATABASE names the file. With PLAIN_AUDIT=1 it also does what every server must that releases
only what was granted and can tell of it: a filter by field and seller, and one durable row.
"""

import os
import time
from hashlib import sha256
from typing import Any

import orjson
from flask import Flask, Response, request
from sqlalchemy import Connection, create_engine, event, text

_AUDIT = os.environ.get("PLAIN_AUDIT") == "1"
_FIELDS = frozenset(os.environ.get("PLAIN_FIELDS", "").split())
_TOKEN = text("SELECT owner FROM tokens WHERE hashed = :hashed AND expires_at > :now")
_PAGE = text(
    "SELECT number, body FROM records WHERE owner = :owner AND number > :after"
    " ORDER BY number LIMIT :limit"
)
_NOTE = text("INSERT INTO audit (at, owner, items) VALUES (:at, :owner, :items)")

app = Flask("plain")
_engine = create_engine(f"sqlite:///{os.environ['PLAIN_DATABASE']}")


@event.listens_for(_engine, "connect")
def _durable(connection: Any, _entry: object) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")


@app.get("/healthz")
def healthz() -> str:
    """Answer that it runs."""
    return "ok"


@app.get("/api/v1/purchases")
def purchases() -> Response:
    """A page by token, cursor and limit."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    after, limit = int(request.args.get("cursor", 0)), int(request.args.get("limit", 100))
    with _engine.begin() as connection:
        hashed = sha256(token.encode()).digest()
        known = {"hashed": hashed, "now": int(time.time())}
        owner = connection.execute(_TOKEN, known).scalar()
        if scheme != "Bearer" or owner is None:
            return Response(status=401)
        where = {"owner": owner, "after": after, "limit": limit}
        rows = connection.execute(_PAGE, where).all()
        items = [orjson.loads(body) for _, body in rows]
        if _AUDIT:
            items = [_shown(item) for item in items if item.get("seller")]
            _note(connection, owner, items)
    body = orjson.dumps({"items": items, "next_cursor": str(rows[-1][0]) if rows else ""})
    return Response(body, content_type="application/json")


def _shown(item: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name in _FIELDS}


def _note(connection: Connection, owner: int, items: list[dict[str, Any]]) -> None:
    """Write who read what; it is committed before the answer goes out."""
    read = orjson.dumps([item["id"] for item in items])
    connection.execute(_NOTE, {"at": int(time.time()), "owner": owner, "items": read})
