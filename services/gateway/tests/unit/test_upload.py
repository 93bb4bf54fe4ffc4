"""Tests uploads: read in pieces, capped while reading."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from starlette.requests import Request
from starlette.types import Message

from chassis.web.problems import ProblemError
from gateway.edge.attempts.media_signature import RECORDING
from gateway.edge.upload import read_upload

WEBM = b"\x1a\x45\xdf\xa3" + bytes(60)
TYPE = "multipart/form-data; boundary=b"


def body(
    recording: bytes = WEBM, name: str = "recording", filename: str = '; filename="a"', text: str = "Red"
) -> bytes:
    field = f'--b\r\nContent-Disposition: form-data; name="text"\r\n\r\n{text}\r\n'
    head = f'--b\r\nContent-Disposition: form-data; name="{name}"{filename}\r\nContent-Type: video/mp4\r\n\r\n'
    return field.encode() + head.encode() + recording + b"\r\n--b--\r\n"


class Wire:
    """Represents a client that sends pieces and counts how many were taken."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self.pieces = pieces
        self.taken = 0

    async def receive(self) -> Message:
        self.taken += 1
        piece = next(self.pieces, None)
        return {"type": "http.request", "body": piece or b"", "more_body": piece is not None}


class Sent(NamedTuple):
    """Holds what was read of an upload, and whether it was in memory meanwhile."""

    data: bytes
    media_type: str
    fields: dict[str, str]
    in_memory: bool


def files(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def send(wire: Wire, **headers: str) -> Sent:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "POST", "path": "/attempts", "headers": raw}
    async with read_upload(Request(scope, wire.receive), "recording", RECORDING, within=60) as upload:
        sent = Sent(await upload.read(), upload.media_type, upload.fields, upload.file._in_memory)
    assert upload.file.file.closed
    return sent


async def test_the_type_follows_the_bytes_and_not_what_is_declared() -> None:
    upload = await send(Wire(iter([body()])), content_type=TYPE)
    assert upload == (WEBM, "audio/webm", {"text": "Red"}, True)


@pytest.mark.parametrize(
    ("content", "kind", "status", "field"),
    [
        (body(b"<html>"), TYPE, 422, "recording"),
        (body(b""), TYPE, 422, "recording"),
        (body(name="sound"), TYPE, 422, "recording"),
        (body(text="x" * 5000), TYPE, 400, None),
        (b"{}", "application/json", 415, None),
    ],
)
async def test_what_is_no_recording_is_refused(content: bytes, kind: str, status: int, field: str | None) -> None:
    with pytest.raises(ProblemError) as caught:
        await send(Wire(iter([content])), content_type=kind)
    document = caught.value.document()
    assert document.status == status
    assert [error.field for error in document.errors or []] == ([field] if field else [])


@pytest.mark.parametrize("part", [body(filename=""), body(recording=WEBM + bytes(9000), filename="")])
async def test_a_recording_without_a_file_name_is_told_that_it_is_no_file(part: bytes) -> None:
    with pytest.raises(ProblemError) as caught:
        await send(Wire(iter([part])), content_type=TYPE)
    document = caught.value.document()
    [error] = document.errors or []
    assert (document.status, error.field) == (422, "recording")
    assert "has no filename" in error.message


@pytest.mark.parametrize(
    ("content", "kind", "says"),
    [
        (body(), "multipart/form-data", "names no boundary"),
        (body(), "multipart/form-data; boundary=", "names no boundary"),
        (body(), 'multipart/form-data; boundary=""', "names no boundary"),
        (body(), "multipart/form-data; boundary=b; boundary=c", "more than one boundary"),
        (body(), "multipart/form-data; boundary=c, multipart/form-data; boundary=b", "more than one boundary"),
        (body(), "multipart/form-data; boundary=c", "does not begin with the boundary"),
        (b'{"text": "Red"}', TYPE, "does not begin with the boundary"),
        (b"", TYPE, "is empty"),
        (b"--", TYPE, "ends before its first boundary"),
        (body()[:-30], TYPE, "was cut on the way"),
        (body()[:-5], TYPE, "was cut on the way"),
        (body()[:60], TYPE, "was cut on the way"),
    ],
)
async def test_a_form_that_cannot_be_read_is_told_what_to_mend(content: bytes, kind: str, says: str) -> None:
    with pytest.raises(ProblemError) as caught:
        await send(Wire(iter([content])), content_type=kind)
    document = caught.value.document()
    assert document.status == 400
    assert says in (document.detail or "")


async def test_a_compressed_body_is_told_to_come_as_it_is() -> None:
    wire = Wire(iter([body()]))
    with pytest.raises(ProblemError) as caught:
        await send(wire, content_type=TYPE, content_encoding="gzip")
    assert caught.value.document().status == 415
    assert "Content-Encoding" in (caught.value.document().detail or "")
    assert caught.value.response().headers["accept-encoding"] == "identity"
    assert wire.taken == 0


@pytest.mark.parametrize(
    ("kind", "filename"),
    [
        ('multipart/form-data; boundary="b"', '; filename="a"'),
        ("Multipart/Form-Data;charset=utf-8;BOUNDARY=b", "; filename=a.webm"),
        (TYPE, "; filename*=UTF-8''%e2%82%ac.webm"),
        (TYPE, "; filename=\"a\"; filename*=UTF-8''b"),
        (TYPE, '; filename=""'),
    ],
)
async def test_forms_are_read_however_they_are_written(kind: str, filename: str) -> None:
    for content in (body(filename=filename), body(filename=filename)[:-2]):
        upload = await send(Wire(iter([content])), content_type=kind, content_encoding="identity")
        assert upload.data == WEBM


async def test_an_endless_body_is_refused_while_it_is_read() -> None:
    piece = bytes(1024 * 1024)
    wire = Wire(iter([body()[:-9], *[piece] * 1000]))
    with pytest.raises(ProblemError) as caught:
        await send(wire, content_type=TYPE)
    assert caught.value.document().status == 413
    assert wire.taken <= RECORDING.limit // len(piece) + 3


async def test_a_declared_length_that_is_too_much_is_refused_unread() -> None:
    wire = Wire(iter([body()]))
    with pytest.raises(ProblemError) as caught:
        await send(wire, content_type=TYPE, content_length=str(RECORDING.limit * 2))
    assert caught.value.document().status == 413
    assert wire.taken == 0


async def test_the_limit_itself_is_accepted_beside_memory_and_one_byte_more_is_not(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    full = WEBM + bytes(RECORDING.limit - len(WEBM))
    sent = await send(Wire(iter([body(full)])), content_type=TYPE)
    assert (len(sent.data), sent.in_memory) == (RECORDING.limit, False)
    assert files(tmp_path) == []  # the file has no name
    with pytest.raises(ProblemError):
        await send(Wire(iter([body(full + b"x")])), content_type=TYPE)
