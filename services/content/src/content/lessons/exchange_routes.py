"""Serves the import and the export of lessons, as files that are written outside of the product."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import IO
from uuid import UUID

import sqlalchemy as sa
from pydantic import ConfigDict, Field

from chassis.storage.media import Gone
from chassis.web.access import EDITORS
from chassis.web.cache import NO_STORE
from chassis.web.call import Call
from chassis.web.direct import DirectResponse, in_pieces
from chassis.web.operation import Upload
from chassis.web.problems import invalid, not_found, not_written
from chassis.web.routes import Routes
from chassis.web.upload import UploadedFile
from chassis.web.validation import Input, QueryInput
from content.deps import ContentDeps
from content.lessons import store
from content.lessons.admin_shown import Status
from content.lessons.archive import BadArchive, open_archive, write_entry
from content.lessons.authors import CONFLICTS, mine, note
from content.lessons.draft import StoredPicture
from content.lessons.exchange import Import, ImportOut, exported, lessons_in
from content.lessons.tables import entries

routes = Routes("content")

#: bytes of a file that is imported
MOST_BYTES = 20 * 1024 * 1024
ZIP = "application/zip"
#: bytes of an export that are kept in memory, and of one piece of its answer
_IN_MEMORY, _PIECE = 1024 * 1024, 64 * 1024


class NewImport(Input):
    """Carries a lesson (.md) or an archive of lessons (.zip). `dry_run`: nothing is written."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"file": "(a file)", "dry_run": True}]})

    file: UploadedFile = Field(description="At most 20 MB.")
    dry_run: bool = False


class ExportQuery(QueryInput):
    """Asks for the lessons of one status, or for all of them."""

    status: Status | None = None


async def read_import(id: UUID, call: Call[ContentDeps]) -> ImportOut:
    """Reads what an import was answered."""
    kept = await store.kept_answer(call.rows, id, call.caller)
    if kept is None:
        raise not_found()
    return ImportOut.model_validate(kept).known_by(id)


@routes.post(
    "/admin/content/import",
    access=EDITORS,
    status=200,
    replay=read_import,
    conflicts=CONFLICTS,
    upload=Upload("file", MOST_BYTES),
    limits=("upload",),
)
async def import_content(body: NewImport, call: Call[ContentDeps]) -> ImportOut:
    """Imports lessons as drafts, all of them or none: with one mistake nothing is written, and `problems` has them all.

    In an archive a lesson is `<topic>/<slug>.md`, and its pictures are in the folder `<topic>/<slug>/`. An author
    imports what is new or one's own.
    """
    async with call.deps.imports:
        try:
            data = await call.deps.media.read(body.file.ref)
            found = await asyncio.to_thread(lessons_in, data)
        except Gone:
            raise not_written() from None
        except BadArchive as bad:
            raise invalid(("file", str(bad))) from None
        async with call.unit() as unit:
            wanted = Import(found, call.caller, everything="admin" in call.principal.roles)
            await wanted.plan(unit)
            if not wanted.problems and not body.dry_run:
                await wanted.carry_out(unit, call.deps.media)
                note(unit, call, "imported", count=len(wanted.changes))
            answer = wanted.shown().known_by(call.id)
            await store.keep_answer(unit, call.id, call.caller, answer.model_dump(mode="json"))
            return answer


@routes.get("/admin/content/export", access=EDITORS, media=(ZIP,), noted="content.exported")
async def export_content(query: ExportQuery, call: Call[ContentDeps]) -> DirectResponse:
    """Exports lessons with their pictures as an archive, which imports to the same bytes.

    It has the newest file of each lesson; with `status=published` or `retired` the one that learners see. A draft with
    mistakes is left out, since it could not be imported. An author's archive has what is one's own.
    """
    file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed when the answer has ended
    try:
        with open_archive(file) as archive:
            async for path, source, pictures in exported(call.rows, mine(sa.select(entries), call), query.status):
                call.left()
                await asyncio.to_thread(write_entry, archive, path, source.encode())
                for name, data in await _pictures(call, pictures):
                    await asyncio.to_thread(write_entry, archive, f"{path.removesuffix('.md')}/{name}", data)
    except BaseException:
        file.close()
        raise
    size = file.tell()
    file.seek(0)
    headers = {
        "Cache-Control": NO_STORE,
        "Content-Disposition": 'attachment; filename="lessons.zip"',
        "Content-Length": str(size),
    }
    return in_pieces(_pieces(file), ZIP, headers, partial(asyncio.to_thread, file.close))


async def _pieces(file: IO[bytes]) -> AsyncIterator[bytes]:
    while piece := await asyncio.to_thread(file.read, _PIECE):
        yield piece


async def _pictures(call: Call[ContentDeps], stored: Sequence[StoredPicture]) -> list[tuple[str, bytes]]:
    """Reads the pictures of a lesson; a lesson has few, of 2 MB at most."""
    named = sorted(stored, key=lambda each: each.name)
    return [(each.name, await call.deps.media.read_key(each.key)) for each in named]
