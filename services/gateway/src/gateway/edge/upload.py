"""Reads one file and a few fields from a multipart body (RFC 7578), in time and with little memory."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive

from chassis.observe import metrics
from chassis.web.body import check_encoding, declared_length, too_large
from chassis.web.problems import BAD_REQUEST, INTERNAL, UNSUPPORTED_MEDIA_TYPE, ProblemError, invalid
from gateway.edge.body import Pace, paced

#: bytes that boundaries, part headers and the other fields may take
_OVERHEAD = 16 * 1024
_FIELD = 4 * 1024
_FIELDS = 8
_TAKEN = f"Send one file and at most {_FIELDS} short fields (of at most {_FIELD // 1024} KiB), as multipart/form-data."
_LET_THE_CLIENT = "Let your HTTP client set Content-Type itself, which names the boundary that it writes."
_NO_BOUNDARY = f"Content-Type names no boundary. {_LET_THE_CLIENT}"
_SEVERAL = f"Content-Type names more than one boundary. {_LET_THE_CLIENT}"
_OTHER_BOUNDARY = f"The body does not begin with the boundary that Content-Type names. {_LET_THE_CLIENT}"
_NOTHING = f"The body is empty, or ends before its first boundary. {_TAKEN}"
_CUT = "The body ends before its closing boundary: it was cut on the way. Send it again, whole."
_NO_FILENAME = "has no filename, so it is not a file: add one to its Content-Disposition, such as recording.webm"
_BOUNDARY = re.compile(r"[;,\s]boundary\s*=\s*(\"?)(.?)", re.IGNORECASE)
#: a file name in another encoding (RFC 8187), which forms should not have (RFC 7578, 4.2) and some clients send
_EXTENDED_NAME = re.compile(rb";\s*filename\*\d*\*?\s*=", re.IGNORECASE)
#: the slowest permitted pace, beside the limit for the whole: seconds, and bytes within them
_WINDOW_S, _WINDOW_BYTES = 10.0, 10 * 1024


@dataclass(frozen=True, slots=True)
class Taken:
    """Says which files are taken: of at most `limit` bytes, and of a kind that `judge` finds in the first `head` bytes.

    `refusal` is told of any other.
    """

    limit: int
    head: int
    judge: Callable[[bytes], str | None]
    refusal: str


@dataclass(frozen=True, slots=True)
class Upload:
    """Holds a file, its type by signature, and the text fields beside it."""

    file: UploadFile
    media_type: str
    fields: dict[str, str]

    async def read(self) -> bytes:
        """Reads the whole file into memory."""
        await self.file.seek(0)
        return await self.file.read()


class _Spooling(MultiPartParser):
    """Keeps the part `wanted` in a file while it is received.

    The file has no name, so it ends with the request or process.
    """

    spool_max_size = 64 * 1024
    wanted = ""
    began = ended = False

    def on_part_begin(self) -> None:
        """Notes that the boundary was found."""
        self.began = True
        super().on_part_begin()

    def on_headers_finished(self) -> None:
        """Takes a part for a file that has a name in any encoding. Raises 422 when the wanted one has none."""
        part = self._current_part
        if part.content_disposition and _EXTENDED_NAME.search(part.content_disposition):
            part.content_disposition += b'; filename="named otherwise"'
        super().on_headers_finished()
        if part.file is None and part.field_name == self.wanted:
            raise invalid((self.wanted, _NO_FILENAME))

    def on_end(self) -> None:
        """Notes that the closing boundary came."""
        self.ended = True

    def close(self) -> None:
        """Closes every file, also that of an incomplete part, which is in no form."""
        for file in self._files_to_close_on_error:
            file.close()


@asynccontextmanager
async def read_upload(
    request: Request, name: str, taken: Taken, within: float, took: Callable[[int], None] = lambda _: None
) -> AsyncIterator[Upload]:
    """Reads the file part `name` and the text fields within seconds. The file is deleted afterwards.

    `took` is told the bytes of each piece before it is kept, and may raise. Raises `ProblemError`: 415 for another
    content type than multipart form or a compressed body, 400 for a malformed form, 408 for one that comes too slowly,
    413 as soon as it is too large, 422 when the file is missing or is none that is `taken` by its first bytes, or when
    a field came twice.
    """
    _check_type(request.headers)
    check_encoding(request.headers)
    if declared_length(request.headers) > taken.limit + _OVERHEAD:
        raise too_large(taken.limit)
    body = _capped(paced(request.receive, Pace(within, _WINDOW_S, _WINDOW_BYTES)), taken.limit, took)
    parser = _Spooling(request.headers, body, max_files=1, max_fields=_FIELDS, max_part_size=_FIELD)
    parser.wanted = name
    try:
        with _measured():
            upload = await _parsed(parser, name, taken)
        metrics.UPLOAD_BYTES.observe(upload.file.size or 0)
        yield upload
    finally:
        parser.close()


@contextmanager
def _measured() -> Iterator[None]:
    """Observes the seconds of receiving an upload, by how that ends; `broken` also where the client goes away."""
    began, outcome = time.monotonic(), "broken"
    try:
        yield
        outcome = "stored"
    except ProblemError as error:
        is_ours = error.problem.status >= INTERNAL.status
        outcome = "failed" if is_ours else "broken" if error.detail in (_CUT, _NOTHING) else "refused"
        raise
    except Exception:
        outcome = "failed"
        raise
    finally:
        metrics.UPLOAD_SECONDS.labels(outcome).observe(time.monotonic() - began)


def _check_type(headers: Headers) -> None:
    """Raises 415 for another type than multipart form, and 400 for one whose boundary is not clear."""
    declared = ", ".join(headers.getlist("content-type"))
    if not declared.lower().startswith("multipart/form-data"):
        raise ProblemError(UNSUPPORTED_MEDIA_TYPE, "Send multipart/form-data.")
    boundaries = _BOUNDARY.findall(declared)
    if not any(first.strip('"; ') for _, first in boundaries):
        raise ProblemError(BAD_REQUEST, _NO_BOUNDARY)
    if len(boundaries) > 1:
        raise ProblemError(BAD_REQUEST, _SEVERAL)


async def _parsed(parser: _Spooling, name: str, taken: Taken) -> Upload:
    try:
        form = await parser.parse()
    except MultiPartException:
        raise ProblemError(BAD_REQUEST, _TAKEN if parser.began else _OTHER_BOUNDARY) from None
    except ClientDisconnect:
        raise ProblemError(BAD_REQUEST, _CUT) from None
    if not parser.ended:
        raise ProblemError(BAD_REQUEST, _CUT if parser.began else _NOTHING)
    names = [key for key, _ in form.multi_items()]
    if twice := [key for key in dict.fromkeys(names) if names.count(key) > 1]:
        raise invalid(*((key, "was sent more than once") for key in twice))
    file = form.get(name)
    if not isinstance(file, UploadFile):
        raise invalid((name, "is required, as a file"))
    if (file.size or 0) > taken.limit:
        raise too_large(taken.limit)
    head = await file.read(taken.head)
    if not head:
        raise invalid((name, "is empty"))
    kind = taken.judge(head)
    if kind is None:
        raise invalid((name, taken.refusal))
    return Upload(file, kind, {key: value for key, value in form.multi_items() if isinstance(value, str)})


async def _capped(receive: Receive, limit: int, took: Callable[[int], None]) -> AsyncGenerator[bytes, None]:
    seen, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk, more = message.get("body", b""), message.get("more_body", False)
        seen += len(chunk)
        if seen > limit + _OVERHEAD:
            raise too_large(limit)
        took(len(chunk))
        yield chunk
