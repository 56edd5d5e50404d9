from io import BytesIO

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.fakes.services import FakeServices
from tests.unit.web.posting import send, token_of
from vault.domain.compartments import Kind
from vault.web.uploads import MemoryRequest


def _upload(client: FlaskClient, *names: str, size: int = 10) -> TestResponse:
    files = [(BytesIO(b"x" * size), name) for name in names]
    data = {"csrf_token": token_of(client, "/import"), "files": files}
    return client.post("/import", data=data, follow_redirects=True)


def test_several_files_are_previewed_at_once(anna: FlaskClient, fakes: FakeServices) -> None:
    """What is new, what was there, what could not be read and why; nothing is stored."""
    text = _upload(anna, "amazon.csv", "holiday.png").text
    for said in ("648", "32 there already", "Line 17", "begins like a picture", "Moka pot"):
        assert said in text
    assert not fakes.records.kept[Kind.PURCHASE]


def test_storing_gives_a_receipt_with_the_way_back(anna: FlaskClient) -> None:
    """The page after storing says what came, and undoes it by one button."""
    page = _upload(anna, "amazon.csv")
    path = page.request.path
    stored = send(anna, f"{path}/store", at=path)
    assert "was there already" in stored.text or "were there already" in stored.text
    send(anna, f"{path}/undo", at="/import")
    assert "undone" in anna.get("/import").text


def test_files_come_one_after_another_into_one_import(
    anna: FlaskClient, fakes: FakeServices
) -> None:
    """A script begins, sends each file, and is told in the page's words what came of it."""
    token = token_of(anna, "/import")
    begun = anna.post("/import", data={"csrf_token": token, "begin": "1"})
    assert begun.status_code == 201
    places = begun.json
    assert places is not None
    for name, said in (("amazon.csv", "648 are new"), ("holiday.png", "begins like a picture")):
        files = [(BytesIO(b"x"), name)]
        answer = anna.post(places["add"], data={"csrf_token": token, "files": files})
        assert answer.status_code == 200
        assert name in answer.text
        assert said in answer.text
        assert "<html" not in answer.text
    page = anna.get(places["preview"]).text
    assert "1 file is left out" in page
    assert "Moka pot" in page
    discarded = anna.post(places["discard"], data={"csrf_token": token})
    assert discarded.status_code == 302
    assert not fakes.imports.previews


def test_a_file_needs_the_token_of_the_page(anna: FlaskClient) -> None:
    """Another site can neither begin an import nor add to one."""
    assert anna.post("/import", data={"begin": "1"}).status_code == 400
    files = [(BytesIO(b"x"), "amazon.csv")]
    assert anna.post(f"/import/{'00' * 16}/files", data={"files": files}).status_code == 400


def test_nothing_is_added_to_an_import_that_is_gone(anna: FlaskClient) -> None:
    """A preview that was thrown away is not there; what is no id is refused."""
    token = token_of(anna, "/import")
    for import_id, status in (("00" * 16, 404), ("zz", 422)):
        files = [(BytesIO(b"x"), "amazon.csv")]
        data = {"csrf_token": token, "files": files}
        assert anna.post(f"/import/{import_id}/files", data=data).status_code == status


def test_a_long_preview_shows_the_first_files_whole(anna: FlaskClient) -> None:
    """Of many files, those that were left out come first, and the last are told in a line each."""
    page = _upload(anna, "holiday.png", *(f"amazon-{number}.csv" for number in range(60))).text
    assert page.count("<table") == 40
    assert "20 files more" in page
    assert page.index("holiday.png") < page.index("amazon-0.csv") < page.index("amazon-59.csv")


def test_without_a_file_nothing_happens(anna: FlaskClient) -> None:
    """The page asks for one."""
    assert "Choose a file first." in _upload(anna).text


def test_too_large_a_file_is_said_to_be(anna: FlaskClient) -> None:
    """More than the limit is answered with a page, and nothing is stored."""
    response = _upload(anna, "amazon.csv", size=200_000)
    assert response.status_code == 413
    assert "That file is too large" in response.text


def test_an_upload_never_reaches_the_disk() -> None:
    """However large it is, its stream is memory."""
    stream = MemoryRequest({})._get_file_stream(10**9, "text/csv")
    assert isinstance(stream, BytesIO)


def test_many_files_fold_and_what_could_not_be_read_stands_open(anna: FlaskClient) -> None:
    """Beyond three each file is a line to open; lines that do not fit come in their order."""
    page = _upload(anna, *(f"amazon-{number}.csv" for number in range(4))).text
    assert "4 files were read" in page
    assert page.count('<details class="fold file" open>') == 4
    assert page.index("Line 17<") < page.index("Line 208<")


def test_what_is_new_throughout_is_said_so(anna: FlaskClient, fakes: FakeServices) -> None:
    """Of a file that is wholly new, or known, no number is repeated."""
    page = _upload(anna, "amazon.csv")
    [file] = next(iter(fakes.imports.previews.values())).files
    for new, known, said in ((680, 0, "All are new."), (0, 680, "All were there already.")):
        file.new, file.known = new, known
        assert f"Amazon: 412 purchases and 268 orders. {said}" in anna.get(page.request.path).text


def test_a_sheet_that_waits_is_not_said_to_be_known(anna: FlaskClient, fakes: FakeServices) -> None:
    """Where all else is in the vault already, the page still asks for what it needs."""
    page = _upload(anna, "amazon.csv", "sheet.csv")
    known, sheet = next(iter(fakes.imports.previews.values())).files
    known.new, known.known = 0, 680
    sheet.unexplained, sheet.held = True, "00" * 16
    text = anna.get(page.request.path).text
    assert "your word is needed for the rest" in text
    assert "nothing to store" not in text


def test_the_receipt_leads_to_what_came(anna: FlaskClient) -> None:
    """To the pages of the kinds that the files brought, and no other."""
    path = _upload(anna, "amazon.csv").request.path
    stored = send(anna, f"{path}/store", at=path).text
    receipt = stored[stored.index("<main") : stored.index("</main>")]
    assert 'href="/purchases"' in receipt
    assert 'href="/orders"' in receipt
    assert 'href="/payments"' not in receipt
