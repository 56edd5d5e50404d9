"""Hostile files of every format through the real child: a clear sentence, within the limits."""

import re
from dataclasses import dataclass, field

import orjson
import pytest

from tests.unit.connectors.hostile import EVERY, MIB, Hostile
from vault.connectors.reader import Limits
from vault.connectors.sandbox import SandboxedParser
from vault.errors import UnsupportedDocument

_LIMITS = Limits(memory=512 * MIB, cpu_seconds=12)
"""Half of what a file may have, and a tenth: what grows faster than its file shows sooner."""
_FAULT = re.compile(r"failed on this file|at fault|stopped unexpectedly|no record$")


@dataclass
class Outcome:
    """What became of a hostile file: sentences, and what was read of it all the same."""

    sentences: list[str] = field(default_factory=list)
    records: list[bytes] = field(default_factory=list)


def _outcome(one: Hostile) -> Outcome:
    outcome = Outcome()
    for run in SandboxedParser(_LIMITS).documents(one.filename, one.build()):
        try:
            outcome.records += [line for batch in run for line in batch]
        except UnsupportedDocument as refused:
            outcome.sentences.append(refused.message)
        outcome.sentences += [error.reason for error in run.errors]
    return outcome


@pytest.mark.parametrize("name", EVERY)
def test_a_hostile_file_ends_in_a_sentence(name: str) -> None:
    """Refused or read, never a crash or a wait for its end; nothing of the machine gets out."""
    one = EVERY[name]
    outcome = _outcome(one)
    said = "; ".join(outcome.sentences)
    assert one.said in said
    assert outcome.sentences or outcome.records or not one.said
    assert not _FAULT.search(said), said
    assert "took" not in said, said
    assert all(sentence.isprintable() and len(sentence) <= 300 for sentence in outcome.sentences)
    told = b"".join(outcome.records).decode() + said
    assert "root:" not in told
    assert all(orjson.loads(line) for line in outcome.records)


def test_a_formula_is_text() -> None:
    """What a spreadsheet would run is kept as the vendor wrote it, and is nothing but text."""
    [name] = [
        orjson.loads(line)["data"]["name"]
        for line in _outcome(EVERY["formulas"]).records
        if b"HYPERLINK" in line
    ]
    assert name == "=HYPERLINK(1)+cmd|' /C calc'!A0"
