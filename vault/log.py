"""Structured logs: one JSON object a line on stderr, without a secret or a title in it.

What is logged is chosen where it is logged. This module is the net below: an error is told by its
type and place alone, because its message may quote what a customer typed, and whatever looks like
a credential or a query string is cut out of every text.
"""

import logging
import re
import sys
import traceback
from types import TracebackType

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from vault.errors import VaultError

_SECRETS = (
    (re.compile(r"\bv(se|rq|ac|at|rt|ar)_[A-Za-z0-9_-]{8,}"), r"v\1_…"),
    (re.compile(r"\?[^\s\"']+"), "?…"),
    (re.compile(r"://[^/\s@]*@"), "://…@"),
)

Caught = tuple[type[BaseException], BaseException, TracebackType | None]


def configure(level: int = logging.INFO) -> None:
    """Send our own logs and those of the libraries to stderr; a second call changes nothing."""
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _name_the_error,
        _redact,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    logging.getLogger().handlers = [handler]
    logging.getLogger().setLevel(level)
    for talkative in ("alembic", "httpx", "huey"):
        logging.getLogger(talkative).setLevel(max(level, logging.WARNING))


def describe(error: BaseException) -> dict[str, str]:
    """Say of an error what is safe to say: its type, where it arose, and our own words."""
    frames = traceback.extract_tb(error.__traceback__)
    said = {"error": type(error).__name__}
    if frames:
        said["at"] = f"{frames[-1].filename}:{frames[-1].lineno}"
    ours = [f"{frame.filename}:{frame.lineno}" for frame in frames if "/vault/" in frame.filename]
    if ours:
        said["by"] = ours[-1]
    if isinstance(error, VaultError):
        said["detail"] = error.message
    return said


def _name_the_error(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    caught: bool | BaseException | Caught | None = event.pop("exc_info", None)
    if caught is True:
        caught = sys.exc_info()[1]
    if isinstance(caught, tuple):
        caught = caught[1]
    if isinstance(caught, BaseException):
        event.update(describe(caught))
    return event


def _redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = redact(value)
    return event


def redact(text: str) -> str:
    """Cut out of `text` whatever looks like a credential, a query or a password in a URL."""
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text
