"""Sending a page's form as a browser does: with the token that stands in it."""

import re
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


def token_of(client: FlaskClient, path: str) -> str:
    """The token in the forms of a page."""
    found = _TOKEN.search(client.get(path).text)
    assert found, path
    return found[1]


def send(client: FlaskClient, path: str, *, at: str | None = None, **fields: Any) -> TestResponse:
    """Post `fields` to `path`, with the token of the page `at`, or of `path` itself."""
    data = {"csrf_token": token_of(client, at or path), **fields}
    return client.post(path, data=data)
