"""Uploads stay in memory: Werkzeug would spool a large one to a temporary file, in clear."""

from io import BytesIO
from typing import IO

from flask import Request


class MemoryRequest(Request):
    """A request whose uploaded files never reach the disk; `MAX_CONTENT_LENGTH` bounds them."""

    max_form_parts = 20_000

    def _get_file_stream(
        self,
        total_content_length: int | None,  # noqa: ARG002 - Werkzeug's signature
        content_type: str | None,  # noqa: ARG002
        filename: str | None = None,  # noqa: ARG002
        content_length: int | None = None,  # noqa: ARG002
    ) -> IO[bytes]:
        return BytesIO()
