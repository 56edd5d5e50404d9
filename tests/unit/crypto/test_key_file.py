import base64
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from vault.crypto.key_file import KeyFile, StoredKey, create, read, replace
from vault.errors import ConfigurationError

SEED = base64.b64encode(bytes(32)).decode()
KEY = {"number": 1, "seed": SEED, "created": "2026-11-22T12:00:00Z"}
WHOLE = {"format": 1, "keys": [KEY], "retired": []}
RETIRED = {"number": 1, "publicKey": SEED, "signature": base64.b64encode(bytes(64)).decode()}

START = """
import sys
from pathlib import Path
from vault.crypto.server_keys import ServerKeys

sys.stdin.readline()
print(ServerKeys.load_or_create(Path(sys.argv[1])).derive("test").hex())
"""


def written(path: Path, text: str, mode: int = 0o600) -> Path:
    """Write a file with this mode."""
    path.write_text(text)
    path.chmod(mode)
    return path


def fresh() -> KeyFile:
    """Make the content of a first start."""
    return KeyFile((StoredKey.generate(1),))


def test_processes_that_start_at_once_agree(tmp_path: Path) -> None:
    """Four first starts at the same moment end with the same one key."""
    path = tmp_path / "home" / "server-keys.json"
    starts = [
        subprocess.Popen(
            [sys.executable, "-c", START, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for start in starts:
        assert start.stdin
        start.stdin.write("go\n")
        start.stdin.flush()
    derived = {start.communicate(timeout=60)[0] for start in starts}
    assert len(derived) == 1
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    """Mode 0600, and 0700 for a folder made with it, whatever the umask."""
    path = tmp_path / "home" / "server-keys.json"
    before = os.umask(0)
    try:
        create(path, fresh())
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        replace(path, fresh())
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o644, 0o610])
def test_a_file_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    """Readable or writable by group or world: the start says how to mend it."""
    path = written(tmp_path / "keys", json.dumps(WHOLE), mode)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        read(path)


def test_an_existing_file_is_never_overwritten(tmp_path: Path) -> None:
    """Whoever comes second finds the first one's keys."""
    path, first = tmp_path / "keys", fresh()
    create(path, first)
    create(path, fresh())
    assert read(path) == first
    assert [entry.name for entry in tmp_path.iterdir()] == ["keys"]


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    """Numbers, seeds and dates survive."""
    path, content = tmp_path / "keys", fresh()
    create(path, content)
    assert read(path) == content


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is not JSON"),
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "is not a JSON object"),
        ("{}", "format None"),
        (json.dumps(WHOLE | {"format": 2}), "format 2"),
        (json.dumps(WHOLE | {"format": "1"}), "format '1'"),
        (json.dumps({"format": 1}), "misses a part"),
        (json.dumps(WHOLE | {"keys": 7}), "misses a part"),
        (json.dumps(WHOLE | {"keys": [7]}), "misses a part"),
        (json.dumps(WHOLE | {"keys": [{"number": 1}]}), "misses a part"),
        (json.dumps(WHOLE | {"keys": []}), "holds no keys"),
        (json.dumps(WHOLE | {"keys": [KEY | {"number": "1"}]}), "holds no keys"),
        (json.dumps(WHOLE | {"keys": [KEY | {"number": 2}]}), "numbered in order"),
        (json.dumps(WHOLE | {"keys": [KEY, KEY]}), "numbered in order"),
        (json.dumps(WHOLE | {"retired": [RETIRED]}), "numbered in order"),
        (json.dumps(WHOLE | {"keys": [KEY | {"seed": "AAAA"}]}), "right length"),
        (json.dumps(WHOLE | {"keys": [KEY | {"seed": "!" * 44}]}), "right length"),
        (json.dumps(WHOLE | {"keys": [KEY | {"seed": None}]}), "right length"),
        (json.dumps(WHOLE | {"keys": [KEY | {"seed": "é"}]}), "right length"),
    ],
)
def test_a_malformed_file_is_refused_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    """The message says what is wrong, where, and nothing of what the file holds."""
    with pytest.raises(ConfigurationError, match=said) as refused:
        read(written(tmp_path / "keys", text))
    message = refused.value.message
    assert "VAULT_SECRET_FILE" in message
    assert "\n" not in message
    assert SEED not in message


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    """Random bytes are no file of keys."""
    path = tmp_path / "keys"
    path.write_bytes(b"\xff\xfe\x00")
    path.chmod(0o600)
    with pytest.raises(ConfigurationError, match="UTF-8"):
        read(path)


def test_what_is_missing_or_no_file_is_refused(tmp_path: Path) -> None:
    """No file, a folder, a device: one clear line each."""
    with pytest.raises(ConfigurationError, match="No such file"):
        read(tmp_path / "keys")
    with pytest.raises(ConfigurationError, match="Is a directory"):
        read(tmp_path)
    with pytest.raises(ConfigurationError, match="not a file"):
        read(Path(os.devnull))


def test_a_file_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    """Where a file stands in place of the folder, nothing is made and one line says so."""
    in_the_way = written(tmp_path / "home", "")
    with pytest.raises(ConfigurationError, match="cannot create"):
        create(in_the_way / "keys", fresh())
    with pytest.raises(ConfigurationError, match="cannot write"):
        replace(in_the_way / "keys", fresh())


def test_a_failed_replacement_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk during rotation loses nothing and leaves nothing behind."""
    path, content = tmp_path / "keys", fresh()
    create(path, content)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full)
        with pytest.raises(ConfigurationError, match="No space left"):
            replace(path, fresh())
    assert read(path) == content
    assert [entry.name for entry in tmp_path.iterdir()] == ["keys"]
