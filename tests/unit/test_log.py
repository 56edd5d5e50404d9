import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from vault import log
from vault.errors import Conflict

TOKEN = "vat_" + "A" * 43


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    root.handlers, _ = before
    root.setLevel(before[1])
    structlog.reset_defaults()


def _logged(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    return dict(json.loads(lines[0]))


def test_one_json_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Our own logs are JSON with the time in UTC."""
    log.configure()
    structlog.get_logger("vault.x").info("filed", count=3)
    said = _logged(capsys)
    assert (said["event"], said["count"], said["level"]) == ("filed", 3, "info")
    assert said["timestamp"].endswith("Z")


def test_libraries_too(capsys: pytest.CaptureFixture[str]) -> None:
    """What a library logs comes out the same way, its secrets cut out."""
    log.configure()
    logging.getLogger("somewhere").warning("GET /cb?code=%s by %s", "abc", TOKEN)
    said = _logged(capsys)
    assert TOKEN not in said["event"]
    assert "abc" not in said["event"]


@pytest.mark.parametrize("logger", ["vault.x", "library"])
def test_an_error_keeps_its_message_to_itself(
    logger: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """An error is told by type and place: its message may quote a title."""
    log.configure()
    speaker = structlog.get_logger(logger) if logger == "vault.x" else logging.getLogger(logger)
    try:
        int("A ring for Anna")
    except ValueError:
        speaker.exception("failed")
    said = _logged(capsys)
    assert said["error"] == "ValueError"
    assert "test_log.py" in said["at"]
    assert "Anna" not in json.dumps(said)


def test_our_own_errors_say_why() -> None:
    """The message of a VaultError is safe to log."""
    assert log.describe(Conflict("That name is taken."))["detail"] == "That name is taken."


def test_password_in_a_url() -> None:
    """The password of a database is cut out of its URL."""
    assert "hunter2" not in log.redact("postgresql://me:hunter2@db/vault")
