"""Tests that a form becomes the JSON that its owner gets: the file is stored, and named by what it holds."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast
from uuid import UUID

import pytest
from starlette.types import Message

from chassis.errors import DependencyDown
from chassis.storage.media import Media, open_media
from chassis.web.principal import Principal
from chassis.web.problems import ProblemError
from chassis.web.upload import UPLOADS
from contracts.base import Ref
from gateway.edge.context import GatewayContext
from gateway.edge.forms import read_form
from gateway.edge.forward.routes import Route
from gateway.edge.limits.concurrent import Uploads

SOMEBODY = Principal(id=UUID(int=1), roles=frozenset({"author"}), age_band="of_age")
NOBODY = Principal(id=None, roles=frozenset(), age_band="unknown")
ROUTE = Route(
    service="content",
    operation="importContent",
    method="POST",
    path="/admin/content/import",
    access=("author",),
    upload=("archive", 1000),
)
FILE = b"PK\x03\x04 an archive"
SHA256 = hashlib.sha256(FILE).hexdigest()


def form(*parts: tuple[str, bytes, str | None]) -> bytes:
    """Returns a body of parts: the name, the value, and the file name of one that is a file."""
    lines = []
    for name, value, file in parts:
        named = "" if file is None else f'; filename="{file}"'
        lines.append(f'--x\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'.encode() + value + b"\r\n")
    return b"".join(lines) + b"--x--\r\n"


def stored(folder: Path) -> list[Path]:
    return [each for each in folder.rglob("*") if each.is_file()]


class Door:
    """Holds as much of a gateway as reads a form."""

    def __init__(self, folder: Path, *, full: bool = False, media: Media | None = None) -> None:
        self.media = media or open_media(None, folder)
        self.ctx = cast(
            GatewayContext,
            SimpleNamespace(
                disks=SimpleNamespace(full=lambda: full),
                media=self.media,
                uploads=Uploads(4, 2**20),
                settings=SimpleNamespace(http_timeouts=SimpleNamespace(upload=30.0)),
            ),
        )

    async def read(self, body: bytes, caller: Principal = SOMEBODY, route: Route = ROUTE) -> dict[str, object]:
        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        headers = [(b"content-type", b"multipart/form-data; boundary=x")]
        scope = {"type": "http", "method": "POST", "headers": headers}
        found: dict[str, object] = json.loads(await read_form(self.ctx, scope, receive, route, caller))
        return found


async def test_its_owner_gets_the_fields_and_what_the_stored_file_is(tmp_path: Path) -> None:
    door = Door(tmp_path)
    read = await door.read(form(("dry_run", b"true", None), ("archive", FILE, "../../etc/passwd")))
    assert read == {"dry_run": "true", "archive": {"sha256": SHA256, "size": len(FILE)}}
    assert await door.media.read_key(f"{UPLOADS}/{SHA256}") == FILE


async def test_a_field_of_the_file_s_name_is_no_file(tmp_path: Path) -> None:
    stored = json.dumps({"sha256": "00" * 32, "size": 1}).encode()
    with pytest.raises(ProblemError) as refused:
        await Door(tmp_path).read(form(("archive", stored, None)))
    assert refused.value.problem.status == 422


async def test_a_field_that_came_twice_is_refused(tmp_path: Path) -> None:
    parts = (("dry_run", b"true", None), ("dry_run", b"false", None))
    with pytest.raises(ProblemError) as refused:
        await Door(tmp_path).read(form(*parts, ("archive", FILE, "a.zip")))
    assert refused.value.problem.status == 422 and "dry_run" in str(refused.value.document())
    assert not stored(tmp_path)


@pytest.mark.parametrize(
    ("size", "status"), [(0, 422), (1001, 413), (100_000, 413)], ids=["empty", "one byte too many", "much too large"]
)
async def test_a_file_that_is_not_taken_is_not_stored(tmp_path: Path, size: int, status: int) -> None:
    with pytest.raises(ProblemError) as refused:
        await Door(tmp_path).read(form(("archive", b"x" * size, "a.zip")))
    assert refused.value.problem.status == status
    assert not stored(tmp_path)


@pytest.mark.parametrize(
    ("caller", "route"),
    [(NOBODY, ROUTE), (SOMEBODY, replace(ROUTE, upload=None))],
    ids=["nobody", "an operation without a form"],
)
async def test_nothing_is_read_of_nobody(tmp_path: Path, caller: Principal, route: Route) -> None:
    with pytest.raises(ProblemError) as refused:
        await Door(tmp_path).read(form(("archive", FILE, "a.zip")), caller, route)
    assert refused.value.problem.status == 401


class Away(Media):
    """Stands for a store that does not answer."""

    def __init__(self) -> None:
        pass

    async def write(self, key: str, data: bytes, media_type: str) -> Ref:
        raise DependencyDown("media")


async def test_without_room_or_a_store_a_client_is_asked_to_come_back(tmp_path: Path) -> None:
    for door in (Door(tmp_path, full=True), Door(tmp_path, media=Away())):
        with pytest.raises(ProblemError) as refused:
            await door.read(form(("archive", FILE, "a.zip")))
        assert (refused.value.problem.name, refused.value.problem.status) == ("unavailable", 503)
