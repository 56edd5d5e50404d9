"""Imports: a preview that changes nothing, and refusals that leave nothing behind."""

from collections.abc import Iterator

import pytest

from tests.conftest import sqlite_only
from tests.story import Story, document, line
from vault.composition import Services
from vault.domain.compartments import Kind
from vault.errors import Conflict, InvalidInput, NotFound
from vault.services.importing.adding import Adding
from vault.storage import imports
from vault.storage.imports import ImportState
from vault.storage.inbox import PREVIEW_SECONDS

pytestmark = sqlite_only

ROPE = line(Kind.PURCHASE, "1", name="Rope")


@pytest.fixture
def story(services: Services) -> Story:
    """A customer without any record."""
    return Story(services)


def waiting(story: Story) -> int:
    """How many items wait in the inbox."""
    with story.database.read() as conn:
        return int(conn.exec_driver_sql("SELECT count(*) FROM inbox").scalar_one())


def test_a_preview_counts_and_changes_nothing(story: Story) -> None:
    """New, known and changed records are told apart before anything is stored."""
    story.bring(ROPE, line(Kind.PURCHASE, "2", name="Lamp"))
    before = story.everything()
    lines = (ROPE, line(Kind.PURCHASE, "2", name="Big lamp"), line(Kind.PURCHASE, "3", name="Cup"))
    preview = story.imports.stage(story.vault, [("a.csv", document(*lines))])
    [file] = preview.files
    assert (file.new, file.known, file.changed) == (1, 1, 1)
    assert file.counts == {"purchase": 3}
    assert story.imports.preview(story.vault, preview.import_id) == preview
    assert story.everything() == before


def test_a_discarded_preview_is_gone(story: Story) -> None:
    """Its items too; and it cannot be confirmed."""
    staged = story.stage(ROPE)
    story.imports.discard(story.vault, staged)
    assert waiting(story) == 0
    with pytest.raises(NotFound):
        story.imports.confirm(story.vault, staged)


def test_a_preview_is_kept_for_an_hour(story: Story) -> None:
    """Then it can be neither seen nor stored."""
    staged = story.stage(ROPE)
    story.clock.ahead = PREVIEW_SECONDS - 60
    story.session = story.sessions.unlock(story.name, "a sample passphrase").token
    assert story.imports.preview(story.vault, staged).files
    story.clock.ahead = PREVIEW_SECONDS
    for action in (story.imports.preview, story.imports.confirm):
        with pytest.raises(NotFound):
            action(story.vault, staged)
    assert story.ids() == {}


@pytest.mark.parametrize(
    "bad",
    [
        b"refuse",
        b"no JSON",
        b"{}",
        b"[]",
        b'"text"',
        b'{"kind":"purchase","sourceId":"1","refs":[],"data":{"name":""}}',
        b'{"kind":"purchase","sourceId":"1","refs":[],"data":{"id":"x"}}',
        b'{"kind":"purchase","sourceId":"1","refs":[],"data":{"source":{}}}',
        b'{"kind":"purchase","sourceId":"1","refs":[],"data":{"links":["00"]}}',
        b'{"kind":"purchase","sourceId":1,"refs":[],"data":{"name":"x"}}',
        b'{"kind":"purchase","sourceId":"1","refs":[1],"data":{"name":"x"}}',
        b'{"kind":"gift","sourceId":"1","refs":[],"data":{"name":"x"}}',
        b'{"kind":"order","sourceId":"1","refs":[],"data":{"isGift":true}}',
    ],
)
def test_a_reader_that_says_anything_else_than_records_is_refused(story: Story, bad: bytes) -> None:
    """The child that read a hostile file is not believed: nothing of its file is kept."""
    many = [line(Kind.PURCHASE, str(n), name=f"Thing {n}") for n in range(100)]
    files = [("bad.csv", document(*many, bad)), ("good.csv", ROPE)]
    preview = story.imports.stage(story.vault, files)
    refused, good = preview.files
    assert refused.refusal
    assert not refused.recognised
    assert good.recognised
    assert waiting(story) == 1
    assert story.imports.confirm(story.vault, preview.import_id).added == 1
    assert set(story.ids()) == {"Rope"}


def test_what_a_refused_document_had_is_new_and_what_another_had_is_not(story: Story) -> None:
    """The preview counts what would be stored."""
    lamp = line(Kind.PURCHASE, "2", name="Lamp")
    bad = document(ROPE, lamp, b"no JSON")
    files = [("a.csv", ROPE), ("bad.csv", bad), ("bad.csv", bad), ("b.csv", document(ROPE, lamp))]
    preview = story.imports.stage(story.vault, files)
    assert [(one.new, one.known) for one in preview.files] == [(1, 0), (0, 0), (0, 0), (1, 1)]
    assert story.imports.confirm(story.vault, preview.import_id).added == 2


@pytest.mark.parametrize("import_id", ["", "zz", "00", "00" * 16])
def test_an_unknown_import_is_not_there(story: Story, import_id: str) -> None:
    """Nor is another vault's."""
    for action in (story.imports.preview, story.imports.confirm, story.imports.undo):
        with pytest.raises(NotFound):
            action(story.vault, import_id)


def test_another_vaults_import_is_not_there(services: Services, story: Story) -> None:
    """Neither to be seen, nor stored, nor thrown away, nor undone."""
    other = Story(services, "bert")
    staged = story.stage(ROPE)
    for action in (
        other.imports.preview,
        other.imports.confirm,
        other.imports.discard,
        other.imports.undo,
    ):
        with pytest.raises(NotFound):
            action(other.vault, staged)
    assert story.imports.confirm(story.vault, staged).added == 1


def test_the_history_tells_what_each_import_did(story: Story) -> None:
    """File names, counts, and what was undone; previews are not in it."""
    story.bring(ROPE)
    story.stage(ROPE)
    [entry] = story.imports.history(story.vault)
    assert (entry.filenames, entry.added, entry.undone) == (["file.csv"], 1, False)
    story.imports.undo(story.vault, entry.import_id)
    [entry] = story.imports.history(story.vault)
    assert entry.undone


def test_a_stored_import_keeps_no_record_of_its_own(story: Story) -> None:
    """The preview's sample goes with filing: what is deleted later must not linger beside it."""
    story.bring(ROPE)
    with story.database.read() as conn:
        [row] = imports.rows(conn, story.vault.vault_id, ImportState.FILED)
        summary = imports.open_summary(conn, story.vault.ring, row)
    assert "Rope" not in str(summary)


LAMP = line(Kind.PURCHASE, "2", name="Lamp")


def test_files_of_many_requests_are_one_import(story: Story) -> None:
    """One preview of all, one confirmation, one undo; what came before is known by then."""
    import_id = story.imports.begin(story.vault)
    [first] = story.imports.add(story.vault, import_id, [("a.csv", document(ROPE))])
    [second] = story.imports.add(story.vault, import_id, [("b.csv", document(ROPE, LAMP))])
    assert (first.new, second.new, second.known) == (1, 1, 1)
    preview = story.imports.preview(story.vault, import_id)
    assert preview.files == [first, second]
    assert story.imports.confirm(story.vault, import_id).added == 2
    [entry] = story.imports.history(story.vault)
    assert entry.filenames == ["a.csv", "b.csv"]
    digests = {one["source"]["fileDigest"] for one in story.export()["purchases"]}
    assert digests == {first.digest, second.digest}
    story.imports.undo(story.vault, import_id)
    assert story.ids() == {}


def test_the_documents_of_an_archive_are_previewed_and_refused_one_by_one(story: Story) -> None:
    """Each is a file of the preview; the history names the archive that was chosen."""
    content = b"\f".join([document(ROPE), document(b"refuse"), document(LAMP)])
    preview = story.imports.stage(story.vault, [("docs.zip", content)])
    shown = [(one.filename, one.archive, one.recognised) for one in preview.files]
    assert shown == [
        ("docs.zip/1", "docs.zip", True),
        ("docs.zip/2", "docs.zip", False),
        ("docs.zip/3", "docs.zip", True),
    ]
    assert story.imports.confirm(story.vault, preview.import_id).added == 2
    assert story.imports.history(story.vault)[0].filenames == ["docs.zip"]


def test_the_history_names_no_file_that_was_refused(story: Story) -> None:
    """Undo takes back what the named files brought: one that brought nothing is not among them."""
    files = [("a.csv", document(ROPE)), ("b.csv", b"refuse")]
    preview = story.imports.stage(story.vault, files)
    story.imports.confirm(story.vault, preview.import_id)
    assert story.imports.history(story.vault)[0].filenames == ["a.csv"]


def test_a_file_that_breaks_off_leaves_nothing_and_the_others_as_they_were(story: Story) -> None:
    """The request's documents are dropped as a whole, and the file can be sent again."""
    import_id = story.imports.begin(story.vault)
    story.imports.add(story.vault, import_id, [("a.csv", document(ROPE))])

    def broken() -> Iterator[tuple[str, bytes]]:
        yield "b.csv", document(LAMP)
        raise OSError("the line went dead")

    with pytest.raises(OSError, match="dead"):
        story.imports.add(story.vault, import_id, broken())
    assert waiting(story) == 1
    story.imports.add(story.vault, import_id, [("b.csv", document(LAMP))])
    assert story.imports.confirm(story.vault, import_id).added == 2


def test_a_request_that_was_given_up_does_not_mix_with_the_next(story: Story) -> None:
    """The later one has the turn; what the earlier one read is not stored, nor told."""
    import_id = story.imports.begin(story.vault)

    def overtaken() -> Iterator[tuple[str, bytes]]:
        yield "a.csv", document(ROPE)
        story.imports.add(story.vault, import_id, [("b.csv", document(LAMP))])

    with pytest.raises(Conflict):
        story.imports.add(story.vault, import_id, overtaken())
    assert [one.filename for one in story.imports.preview(story.vault, import_id).files] == [
        "b.csv"
    ]
    assert story.imports.confirm(story.vault, import_id).added == 1
    assert set(story.ids()) == {"Lamp"}


def test_what_a_killed_request_had_read_is_not_filed(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its items are passed over, by the next request and by the confirmation."""
    import_id = story.imports.begin(story.vault)
    for _ in range(2):
        with monkeypatch.context() as killed, pytest.raises(KeyboardInterrupt):
            killed.setattr(Adding, "note", _interrupted)
            killed.setattr(Adding, "drop", lambda _: None)
            story.imports.add(story.vault, import_id, [("a.csv", document(ROPE))])
    assert waiting(story) == 1
    assert story.imports.confirm(story.vault, import_id).total == 0
    assert waiting(story) == 0
    assert story.ids() == {}


def _interrupted(*_: object) -> None:
    raise KeyboardInterrupt


def test_nothing_is_added_to_what_is_over(story: Story) -> None:
    """Not to an import that was stored, discarded, or left for an hour; nor to another vault's."""
    stored = story.stage(ROPE)
    story.imports.confirm(story.vault, stored)
    discarded = story.imports.begin(story.vault)
    story.imports.discard(story.vault, discarded)
    left = story.imports.begin(story.vault)
    story.clock.ahead = PREVIEW_SECONDS
    story.session = story.sessions.unlock(story.name, "a sample passphrase").token
    for import_id in (stored, discarded, left, "00" * 16):
        with pytest.raises(NotFound):
            story.imports.add(story.vault, import_id, [("b.csv", document(LAMP))])
    assert waiting(story) == 0


def test_the_hour_begins_with_the_last_file(story: Story) -> None:
    """Whoever sends many files for long can look at them as long as whoever sent one."""
    import_id = story.imports.begin(story.vault)
    story.clock.ahead = PREVIEW_SECONDS - 60
    story.session = story.sessions.unlock(story.name, "a sample passphrase").token
    story.imports.add(story.vault, import_id, [("a.csv", document(ROPE))])
    story.clock.ahead += PREVIEW_SECONDS - 60
    story.session = story.sessions.unlock(story.name, "a sample passphrase").token
    assert story.imports.confirm(story.vault, import_id).added == 1


def test_no_more_documents_than_an_import_may_have(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The request that brings too many is refused as a whole, in a sentence."""
    monkeypatch.setattr("vault.services.importing.adding.DOCUMENT_LIMIT", 2)
    with pytest.raises(InvalidInput, match="At most 2 documents"):
        story.stage(document(ROPE) + b"\f" + document(LAMP) + b"\f" + document(ROPE))
    assert waiting(story) == 0
