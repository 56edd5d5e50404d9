from io import BytesIO

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.fakes import FakeServices
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
    for said in ("648", "32 there already", "line 17", "begins like a picture", "Moka pot"):
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
