import io
from pathlib import Path

import pytest

from vault.cli.secrets import read_passphrase
from vault.errors import ConfigurationError, InvalidInput


def test_first_line_of_a_file(tmp_path: Path) -> None:
    """A file's first line is the passphrase, blanks within it and at its ends included."""
    file = tmp_path / "passphrase"
    file.write_text(" correct horse \r\nsecond line\n")
    assert read_passphrase("Passphrase", file) == " correct horse "


def test_first_line_of_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a terminal the first line of stdin is the passphrase; the rest stays unread."""
    monkeypatch.setattr("sys.stdin", io.StringIO("first\nsecond\n"))
    assert read_passphrase("Passphrase") == "first"
    assert read_passphrase("New passphrase") == "second"


@pytest.mark.parametrize("given", ["", "\n"])
def test_nothing_given(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty passphrase is refused by name."""
    monkeypatch.setattr("sys.stdin", io.StringIO(given))
    with pytest.raises(InvalidInput, match="Passphrase"):
        read_passphrase("Passphrase")


def test_no_such_file(tmp_path: Path) -> None:
    """A file that cannot be read is said so in one line."""
    with pytest.raises(ConfigurationError, match="--passphrase-file"):
        read_passphrase("Passphrase", tmp_path / "none")
