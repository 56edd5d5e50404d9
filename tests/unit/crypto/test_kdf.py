import json
import subprocess
import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.crypto import kdf
from vault.crypto.kdf import PassphraseKdf, derive
from vault.errors import Busy, Tampered

CHEAP = PassphraseKdf(salt=bytes(16), memory_kib=8, iterations=1)

TWO_AT_ONCE = """
import threading
from vault.crypto.kdf import PassphraseKdf

def derive():
    for _ in range(5):
        PassphraseKdf(salt=bytes(16), memory_kib=8192, iterations=1).derive("passphrase")

threads = [threading.Thread(target=derive) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("both derived")
"""


def test_two_threads_can_derive_at_once() -> None:
    """Argon2id with one lane does not deadlock (with more it does, in cryptography 50).

    In a child process, because a deadlock there can be ended from here.
    """
    child = subprocess.run(
        [sys.executable, "-c", TWO_AT_ONCE],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert child.stdout == "both derived\n"


def test_a_third_at_once_is_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """While two derive, the next waits a moment and is told to come again in 2 seconds."""
    monkeypatch.setattr(kdf, "_WAIT_SECONDS", 0.01)
    monkeypatch.setattr(kdf, "_slots", threading.BoundedSemaphore(2))
    with kdf._slots, kdf._slots, pytest.raises(Busy) as busy:
        CHEAP.derive("passphrase")
    assert busy.value.retry_after == 2
    assert CHEAP.derive("passphrase")


def test_a_failed_derivation_gives_its_place_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Errors do not use up the two places."""
    monkeypatch.setattr(kdf, "_slots", threading.BoundedSemaphore(2))
    for _ in range(3):
        with pytest.raises(ValueError, match="salt"):
            PassphraseKdf(salt=b"", memory_kib=8, iterations=1).derive("passphrase")
    assert CHEAP.derive("passphrase")


def test_each_way_to_type_a_passphrase_gives_one_key() -> None:
    """Composed and decomposed letters and ligatures agree, as do all lengths of Unicode."""
    assert CHEAP.derive("caf\u00e9 \ufb01ne") == CHEAP.derive("cafe\u0301 fine")
    assert CHEAP.derive("passphrase") != CHEAP.derive("Passphrase")


def test_text_that_is_not_unicode_derives_all_the_same() -> None:
    """A lone surrogate, as an odd terminal may give it, is a wrong passphrase, not a crash."""
    assert len(CHEAP.derive("\udcff")) == 32


def test_the_default_cost_is_64_mib_three_times() -> None:
    """As decided, and with a salt of its own for each."""
    one, two = PassphraseKdf(), PassphraseKdf()
    assert (one.memory_kib, one.iterations, len(one.salt)) == (65536, 3, 16)
    assert one.salt != two.salt


@given(st.binary(min_size=16, max_size=32), st.integers(8, 2**20), st.integers(1, 64))
def test_parameters_are_read_back(salt: bytes, memory_kib: int, iterations: int) -> None:
    """What is stored beside the wrap comes back whole."""
    parameters = PassphraseKdf(salt, memory_kib, iterations)
    assert PassphraseKdf.from_json(parameters.to_json()) == parameters


@pytest.mark.parametrize(
    "change",
    [
        {"algorithm": "argon2i"},
        {"salt": "AAAA"},
        {"salt": "!"},
        {"salt": 7},
        {"memoryKib": 2**31},
        {"memoryKib": 0},
        {"memoryKib": "65536"},
        {"memoryKib": True},
        {"iterations": 10**9},
        {"iterations": 0},
        {"iterations": 1.5},
    ],
)
def test_absurd_parameters_are_refused(change: dict[str, object]) -> None:
    """Who can write to the database cannot make a sign-in eat the machine."""
    with pytest.raises(Tampered):
        PassphraseKdf.from_json(json.dumps(json.loads(CHEAP.to_json()) | change))


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "null", "7", '"argon2id"'])
def test_what_are_no_parameters_is_refused(text: str) -> None:
    """A damaged row is named as such."""
    with pytest.raises(Tampered):
        PassphraseKdf.from_json(text)


@given(st.text(max_size=10), st.text(max_size=10), st.binary(min_size=32, max_size=32))
def test_keys_of_different_labels_differ(label: str, other: str, secret: bytes) -> None:
    """A label gives a key of its own."""
    assert (derive(secret, label) == derive(secret, other)) is (label == other)
