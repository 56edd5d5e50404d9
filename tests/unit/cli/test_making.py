"""The way to a connector of one's own, walked in a copy of the source."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PARTS = ("vault", "tests", "docs", "pyproject.toml")
ACME = "tests/fixtures/connectors/acme_parts/orders"


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the source, in which `acme_parts` was laid out."""
    copy = tmp_path_factory.mktemp("source")
    for part in PARTS:
        if (ROOT / part).is_dir():
            ignore = shutil.ignore_patterns("__pycache__", "node_modules")
            shutil.copytree(ROOT / part, copy / part, ignore=ignore)
        else:
            shutil.copy(ROOT / part, copy / part)
    done = _run(copy, "vault", "connectors", "new", "acme_parts", "--vendor", "Acme Parts, Inc.")
    assert done.returncode == 0, done.stderr
    return copy


def _run(tree: Path, *command: str) -> "subprocess.CompletedProcess[str]":
    """Run a module of Python's in a tree."""
    return subprocess.run(
        [sys.executable, "-m", *command],
        cwd=tree,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )


def _refusal(tree: Path, *command: str) -> str:
    done = _run(tree, "vault", "connectors", *command)
    assert done.returncode == 2
    return done.stderr


def test_what_is_laid_out_reads_its_own_case(tree: Path) -> None:
    """The new connector recognises its file, reads its rows and names the one that it cannot."""
    done = _run(tree, "vault", "parse", f"{ACME}/input.csv")
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert [record["source"]["connector"] for record in records] == ["acme_parts"] * 3
    assert records[0]["seller"] == {"name": "Acme Parts, Inc."}
    assert "input.csv:5: has no order number" in done.stderr
    listed = _run(tree, "vault", "connectors").stdout
    assert "acme_parts" in listed


@pytest.mark.parametrize("check", [("check",), ("format", "--check")])
def test_what_is_laid_out_is_in_style(tree: Path, check: tuple[str, ...]) -> None:
    """Ruff finds nothing in it, with all of its rules."""
    done = _run(tree, "ruff", *check, "--no-cache", "vault/connectors/acme_parts.py")
    assert done.returncode == 0, done.stdout


def test_what_is_laid_out_passes_the_test_of_all_connectors(tree: Path) -> None:
    """Golden file, kinds, ids, shuffled rows and columns, its row in the documents."""
    chosen = ("-k", "acme_parts or discovery", "tests/unit/connectors/test_all.py")
    done = _run(tree, "pytest", "-q", "-n0", "-p", "no:cacheprovider", *chosen)
    assert done.returncode == 0, done.stdout
    assert "6 passed" in done.stdout
    assert "| `acme_parts` | Acme Parts, Inc. |" in (tree / "docs/connectors.md").read_text("utf-8")


def test_expected_is_written_for_review(tree: Path) -> None:
    """What differs is shown as a difference; `--check` writes nothing; then all is as expected."""
    golden = tree / ACME / "expected.json"
    before = golden.read_text(encoding="utf-8")
    golden.write_text(before.replace("Sample Chair", "Sample Table"), encoding="utf-8")
    checked = _run(tree, "vault", "connectors", "expect", "acme_parts", "--check")
    assert checked.returncode == 1
    assert '+        "name": "Sample Chair",' in checked.stdout
    assert "Sample Table" in golden.read_text(encoding="utf-8")
    assert _run(tree, "vault", "connectors", "expect", "acme_parts").returncode == 0
    assert golden.read_text(encoding="utf-8") == before
    golden.unlink()
    assert "1 of them written" in _run(tree, "vault", "connectors", "expect", "acme_parts").stdout
    assert golden.read_text(encoding="utf-8") == before
    assert _run(tree, "vault", "connectors", "expect", "acme_parts", "--check").returncode == 0


@pytest.mark.parametrize(
    ("slug", "why"),
    [
        ("acme_parts", "there already"),
        ("amazon", "there already"),
        ("formats", "there already"),
        ("Acme", "no slug"),
        ("acme-parts", "no slug"),
        ("../acme", "no slug"),
        ("class", "no slug"),
        ("a" * 25, "no slug"),
        ("x__y", "no slug"),
        ("", "no slug"),
    ],
)
def test_a_slug_that_is_taken_or_malformed_is_refused(tree: Path, slug: str, why: str) -> None:
    """In a sentence, and nothing is written."""
    assert why in _refusal(tree, "new", slug)


def test_a_name_that_would_break_the_code_is_refused(tree: Path) -> None:
    """Neither a quote nor a line of its own gets into the source."""
    for name in ('A"B', "A\nB", "A\\B", "A|B", "A" * 33):
        assert "cannot stand in the code" in _refusal(tree, "new", "other", "--vendor", name)
    assert not (tree / "vault" / "connectors" / "other.py").exists()


def test_without_a_case_nothing_can_be_expected(tree: Path) -> None:
    """A slug that has no fixtures is refused by name."""
    assert "nothing has no case" in _refusal(tree, "expect", "nothing")


def test_an_installed_vault_is_not_written_into(tree: Path, tmp_path: Path) -> None:
    """Outside of a checkout both say where they work, and write nothing."""
    shutil.copytree(tree / "vault", tmp_path / "vault")
    for command in (("new", "other"), ("expect", "amazon")):
        assert "checkout of the vault's source" in _refusal(tmp_path, *command)
    assert not (tmp_path / "vault" / "connectors" / "other.py").exists()
