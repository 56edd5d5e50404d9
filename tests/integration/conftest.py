"""What the tests of whole parts share: a vault server in this process."""

from collections.abc import Iterator

import pytest

from tests.served import Served
from vault.settings import Settings


@pytest.fixture
def server(settings: Settings) -> Iterator[Served]:
    """A server of this test's own, with a database of its own."""
    server = Served(settings)
    yield server
    server.close()
