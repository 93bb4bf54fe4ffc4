"""Reading one recording and a few fields from a multipart body (RFC 7578), without holding more than the limit."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from gateway.http.middleware import declared_length
from gateway.http.problems import ProblemError, invalid, too_large
from gateway.http.sniffing import media_type

#: bytes of one recording
LIMIT = 10 * 1024 * 1024
#: bytes that boundaries, part headers and the other fields may take
_OVERHEAD = 16 * 1024
_FIELD = 4 * 1024
_FIELDS = 8
_TAKEN = f"Send one file and at most {_FIELDS} short fields (of at most {_FIELD // 1024} KiB), as multipart/form-data."


@dataclass(frozen=True, slots=True)
class Upload:
    """A recording, its type by signature, and the text fields beside it."""

    data: bytes
    media_type: str
    fields: dict[str, str]


class _InMemory(MultiPartParser):
    """A child's voice is not spooled into a temporary file on the way."""

    spool_max_size = LIMIT + _OVERHEAD

    def close(self) -> None:
        """Close every file, also one whose part never ended and so is in no form."""
        for file in self._files_to_close_on_error:
            file.close()


async def read_upload(request: Request, name: str) -> Upload:
    """Read the file part `name` and the text fields.

    Raises `ProblemError`: 415 when it is no multipart form, 400 when it is broken, 413 as soon as it is too large, 422
    when the file is missing or begins like no recording.
    """
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise ProblemError(415, "unsupported-media-type", "Unsupported media type", "Send multipart/form-data.")
    if declared_length(request.headers) > LIMIT + _OVERHEAD:
        raise too_large(LIMIT)
    parser = _InMemory(request.headers, _capped(request), max_files=1, max_fields=_FIELDS, max_part_size=_FIELD)
    try:
        form = await parser.parse()
        recording = form.get(name)
        if not isinstance(recording, UploadFile):
            raise invalid((name, "is required, as a file"))
        data = await recording.read()
        fields = {key: value for key, value in form.multi_items() if isinstance(value, str)}
    except (MultiPartException, ClientDisconnect):
        raise ProblemError(400, "bad-request", "The request could not be read", _TAKEN) from None
    finally:
        parser.close()
    if len(data) > LIMIT:
        raise too_large(LIMIT)
    if not data:
        raise invalid((name, "is empty"))
    kind = media_type(data[:16])
    if kind is None:
        raise invalid((name, "is not a recording we know: send webm, ogg, m4a, mp4, aac, mp3, wav or flac"))
    return Upload(data, kind, fields)


async def _capped(request: Request) -> AsyncGenerator[bytes, None]:
    seen = 0
    async for chunk in request.stream():
        seen += len(chunk)
        if seen > LIMIT + _OVERHEAD:
            raise too_large(LIMIT)
        yield chunk
