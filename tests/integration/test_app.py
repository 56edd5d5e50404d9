import os
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask, request
from sqlalchemy import text

from tests.conftest import sqlite_only
from vault.app import create_app
from vault.settings import Settings


@sqlite_only
def test_a_wsgi_server_finds_the_application(
    settings: Settings, environment: dict[str, str]
) -> None:
    """`wsgi:app` in the checkout is the whole vault, with the settings of its environment."""
    assert settings.home.is_dir()
    probe = "import wsgi; print(wsgi.app.test_client().get('/readyz').status_code)"
    done = subprocess.run(
        [sys.executable, "-c", probe],
        cwd=Path(__file__).parents[2],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.strip() == "200", done.stderr


def test_ready(app: Flask) -> None:
    """A vault with its tables is alive and ready."""
    client = app.test_client()
    for path in ("/healthz", "/readyz"):
        response = client.get(path)
        assert (response.status_code, response.get_json()) == (200, {"status": "ok"})


def test_not_ready_on_another_schema(app: Flask) -> None:
    """A vault on the tables of another version is alive, and asks for no requests."""
    with app.extensions["vault"].store.database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    client = app.test_client()
    assert client.get("/healthz").status_code == 200
    response = client.get("/readyz")
    assert (response.status_code, response.get_json()["code"]) == (503, "schema_mismatch")


@sqlite_only
def test_secret_key_survives_a_restart(app: Flask, settings: Settings) -> None:
    """Two processes of one vault read each other's cookies."""
    assert create_app(settings).secret_key == app.secret_key


@sqlite_only
@pytest.mark.parametrize(
    ("base_url", "counted"),
    [("https://vault.example.org", "203.0.113.9"), ("http://127.0.0.1:8000", "127.0.0.1")],
)
def test_a_proxy_is_believed_only_where_there_must_be_one(
    environment: dict[str, str], base_url: str, counted: str
) -> None:
    """With https the browser's address is the last one that the proxy names, else the peer's."""
    settings = Settings.from_environment(environment | {"VAULT_BASE_URL": base_url})
    settings.make_home()
    app = create_app(settings)
    app.add_url_rule("/address", view_func=lambda: str(request.remote_addr))
    forwarded = {"X-Forwarded-For": "192.0.2.1, 203.0.113.9"}
    assert app.test_client().get("/address", headers=forwarded).text == counted
    app.extensions["vault"].store.database.close()
