from pathlib import Path

import pytest

from vault.errors import ConfigurationError
from vault.resources import resource_folder
from vault.services.consents import rosters

ISSUER = "https://vault.example.org"
GOOD = 'slug = "no-cookies"\nversion = 1\ntitle = "No cookies"\nsummary = "None."\ntext = "None."\n'


def test_four_agreements_come_with_the_vault() -> None:
    """Each with a title, a sentence and a text that says when it ends or what it asks."""
    found = {one.slug: one for one in rosters.load(ISSUER).newest()}
    assert found.keys() == {"service-only", "no-sharing", "no-profiling", "delete-at-end"}
    for agreement in found.values():
        assert agreement.summary.endswith(".")
        assert len(agreement.paragraphs) > 2


def test_the_files_travel_inside_the_package() -> None:
    """A wheel has every file below `vault/`."""
    assert resource_folder("roster").parent.name == "vault"


def test_the_operators_own_stand_beside_them(tmp_path: Path) -> None:
    """Also a newer version of one that comes with the vault; other files are passed over."""
    (tmp_path / "a.toml").write_text(GOOD)
    (tmp_path / "b.toml").write_text(GOOD.replace("no-cookies", "no-sharing").replace("= 1", "= 2"))
    (tmp_path / "README.md").write_text("not an agreement")
    roster = rosters.load(ISSUER, tmp_path)
    assert roster.find("no-cookies")
    newest = roster.find("no-sharing")
    assert newest is not None
    assert newest.version == 2
    assert roster.find(f"{ISSUER}/terms/no-sharing/1")


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        ("slug = ", "Invalid value"),
        ("\xff", ""),
        ("", "it must have slug, summary, text, title, version"),
        (GOOD + 'more = "x"\n', "nothing else"),
        (GOOD.replace("no-cookies", "No Cookies"), "slug must"),
        (GOOD.replace("no-cookies", "a" * 61), "slug must"),
        (GOOD.replace("no-cookies", "../x"), "slug must"),
        (GOOD.replace("= 1", '= "1"'), "version must"),
        (GOOD.replace("= 1", "= true"), "version must"),
        (GOOD.replace("= 1", "= 0"), "version must"),
        (GOOD.replace('"No cookies"', '" "'), "title must"),
        (GOOD.replace('"No cookies"', '"No\\ncookies"'), "one line"),
        (GOOD.replace("no-cookies", "no-sharing"), "there is a version 1 of 'no-sharing' already"),
    ],
)
def test_a_bad_file_stops_the_start_with_one_line(tmp_path: Path, content: str, wrong: str) -> None:
    """It names the setting, the file and the fault."""
    (tmp_path / "mine.toml").write_bytes(content.encode("latin-1"))
    with pytest.raises(ConfigurationError) as caught:
        rosters.load(ISSUER, tmp_path)
    assert caught.value.message.startswith("VAULT_TERMS_DIR: mine.toml cannot be used: ")
    assert wrong in caught.value.message
    assert "\n" not in caught.value.message
