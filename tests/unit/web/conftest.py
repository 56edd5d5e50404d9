"""The pages in front of fakes: what they say and refuse needs no database."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.fakes.services import FakeServices
from vault.resources import resource_folder
from vault.web import register
from vault.web.throttle import limiter

PASSPHRASE = "tulip harbour quartz violin"


def make_app(services: FakeServices, *, secure: bool = False) -> Flask:
    """An application that has nothing but the pages."""
    app = Flask("vault", template_folder=str(resource_folder("templates")), static_folder=None)
    app.secret_key = "a sample key of the server"
    app.config["MAX_CONTENT_LENGTH"] = 100_000
    app.extensions["vault"] = services
    register(app, secure=secure)
    return app


@pytest.fixture
def fakes() -> FakeServices:
    """A vault in memory, in which Anna has signed up."""
    services = FakeServices()
    services.customers.create("anna", PASSPHRASE)
    return services


@pytest.fixture
def pages(fakes: FakeServices) -> Flask:
    """The pages in front of it."""
    app = make_app(fakes)
    limiter.reset()
    return app


@pytest.fixture(scope="session")
def words() -> Flask:
    """Pages that tests of words alone share: nobody signs in, and nothing is added to them."""
    return make_app(FakeServices())


@pytest.fixture
def visitor(pages: Flask) -> FlaskClient:
    """Somebody's browser; no vault is open in it."""
    return pages.test_client()


@pytest.fixture
def anna(pages: Flask) -> FlaskClient:
    """Anna's browser, her vault open."""
    client = pages.test_client()
    client.set_cookie("vault", "vse_anna")
    return client
