"""Reads one recording and a few fields from a multipart body (RFC 7578), in time and with little memory."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive

from chassis.web.body import declared_length, too_large
from chassis.web.problems import BAD_REQUEST, UNSUPPORTED_MEDIA_TYPE, ProblemError, invalid
from gateway.edge.attempts.media_signature import HEAD, media_type
from gateway.edge.body import Pace, paced

#: bytes of one recording
LIMIT = 10 * 1024 * 1024
#: bytes that boundaries, part headers and the other fields may take
_OVERHEAD = 16 * 1024
_FIELD = 4 * 1024
_FIELDS = 8
_TAKEN = f"Send one file and at most {_FIELDS} short fields (of at most {_FIELD // 1024} KiB), as multipart/form-data."
#: the slowest permitted pace, beside the limit for the whole: seconds, and bytes within them
_WINDOW_S, _WINDOW_BYTES = 10.0, 10 * 1024


@dataclass(frozen=True, slots=True)
class Upload:
    """Holds a recording, its type by signature, and the text fields beside it."""

    file: UploadFile
    media_type: str
    fields: dict[str, str]

    async def read(self) -> bytes:
        """Reads the whole recording into memory."""
        await self.file.seek(0)
        return await self.file.read()


class _Spooling(MultiPartParser):
    """Keeps a recording in a file while it is received.

    The file has no name, so it ends with the request or process.
    """

    spool_max_size = 64 * 1024

    def close(self) -> None:
        """Closes every file, also that of an incomplete part, which is in no form."""
        for file in self._files_to_close_on_error:
            file.close()


@asynccontextmanager
async def read_upload(
    request: Request, name: str, within: float, took: Callable[[int], None] = lambda _: None
) -> AsyncIterator[Upload]:
    """Reads the file part `name` and the text fields within seconds. The file is deleted afterwards.

    `took` is told the bytes of each piece before it is kept, and may raise. Raises `ProblemError`: 415 for another
    content type than multipart form, 400 for a malformed form, 408 for one that comes too slowly, 413 as soon as it is
    too large, 422 when the file is missing or is not a recording by its first bytes.
    """
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise ProblemError(UNSUPPORTED_MEDIA_TYPE, "Send multipart/form-data.")
    if declared_length(request.headers) > LIMIT + _OVERHEAD:
        raise too_large(LIMIT)
    body = _capped(paced(request.receive, Pace(within, _WINDOW_S, _WINDOW_BYTES)), took)
    parser = _Spooling(request.headers, body, max_files=1, max_fields=_FIELDS, max_part_size=_FIELD)
    try:
        yield await _parsed(parser, name)
    finally:
        parser.close()


async def _parsed(parser: _Spooling, name: str) -> Upload:
    try:
        form = await parser.parse()
    except (MultiPartException, ClientDisconnect):
        raise ProblemError(BAD_REQUEST, _TAKEN) from None
    recording = form.get(name)
    if not isinstance(recording, UploadFile):
        raise invalid((name, "is required, as a file"))
    if (recording.size or 0) > LIMIT:
        raise too_large(LIMIT)
    head = await recording.read(HEAD)
    if not head:
        raise invalid((name, "is empty"))
    kind = media_type(head)
    if kind is None:
        raise invalid(
            (name, "is not a recording we know: send webm, ogg, m4a, mp4, aac, mp3, wav, flac, aiff, caf or amr")
        )
    return Upload(recording, kind, {key: value for key, value in form.multi_items() if isinstance(value, str)})


async def _capped(receive: Receive, took: Callable[[int], None]) -> AsyncGenerator[bytes, None]:
    seen, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk, more = message.get("body", b""), message.get("more_body", False)
        seen += len(chunk)
        if seen > LIMIT + _OVERHEAD:
            raise too_large(LIMIT)
        took(len(chunk))
        yield chunk
