"""Serves the import and the export of lessons and articles, as files that are written outside of the product."""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import IO, Annotated
from uuid import UUID

import sqlalchemy as sa
from pydantic import ConfigDict, Field

from chassis.observe.logs import logger
from chassis.storage.media import Gone
from chassis.web.access import EDITORS
from chassis.web.cache import NO_STORE
from chassis.web.call import Call
from chassis.web.context import DeadlinePassed
from chassis.web.direct import DirectResponse, in_pieces
from chassis.web.operation import Upload
from chassis.web.problems import invalid, not_found, not_written
from chassis.web.routes import Routes
from chassis.web.upload import UploadedFile
from chassis.web.validation import Input, QueryInput
from content.deps import ContentDeps
from content.lessons import store
from content.lessons.admin_shown import Status
from content.lessons.archive import BadArchive, is_taken, open_archive, write_entry
from content.lessons.authors import CONFLICTS, mine, note
from content.lessons.draft import StoredPicture
from content.lessons.exchange import MOST_EXPORTED, Import, ImportOut
from content.lessons.exported import exported
from content.lessons.lesson import TOPIC
from content.lessons.sent import sent_in
from content.lessons.tables import entries

routes = Routes("content")

#: bytes of a file that is imported
MOST_BYTES = 20 * 1024 * 1024
ZIP = "application/zip"
#: bytes of an export that are kept in memory, and of one piece of its answer
_IN_MEMORY, _PIECE = 1024 * 1024, 64 * 1024
#: bytes of the directory of an archive at most, which comes last
_DIRECTORY = 1024 * 1024
_log = logger(__name__)


class NewImport(Input):
    """Carries a lesson (.md) or an archive of lessons and articles (.zip). `dry_run`: nothing is written."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"file": "(a file)", "dry_run": True}]})

    file: UploadedFile = Field(description="At most 20 MB.")
    dry_run: bool = False


class ExportQuery(QueryInput):
    """Asks for what has one status, for the lessons of one topic, or for everything."""

    status: Status | None = None
    topic: Annotated[str | None, Field(pattern=TOPIC, max_length=60)] = None


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
    """Imports lessons and articles as drafts, all or none: with one mistake nothing is written; `problems` says why.

    In an archive a lesson is `<topic>/<slug>.md`, and its pictures are in the folder `<topic>/<slug>/`; an article is
    `articles/<kind>/<slug>.md`. A file alone is a lesson. An author imports what is new or one's own. Files as an
    export wrote them may have mistakes that stop no draft.
    """
    try:
        async with _turn(call), call.unit() as unit:  # the key is claimed first: a repeated request unpacks nothing
            sent = await asyncio.to_thread(sent_in, await call.deps.media.read(body.file.ref))
            wanted = Import(sent, call.caller, call.left, everything="admin" in call.principal.roles)
            await wanted.plan(unit)
            if not wanted.problems and not body.dry_run:
                await wanted.carry_out(unit, call.deps.media)
                note(unit, call, "imported", count=len(wanted.changes))
            answer = wanted.shown().known_by(call.id)
            await store.keep_answer(unit, call.id, call.caller, answer.model_dump(mode="json"))
            return answer
    except Gone:
        raise not_written() from None
    except BadArchive as bad:
        raise invalid(("file", str(bad))) from None


@asynccontextmanager
async def _turn(call: Call[ContentDeps]) -> AsyncIterator[None]:
    """Waits until few enough imports are unpacked. Raises `DeadlinePassed`."""
    try:
        async with asyncio.timeout(call.left()):
            await call.deps.imports.acquire()
    except TimeoutError:
        raise DeadlinePassed from None
    try:
        yield
    finally:
        call.deps.imports.release()


@routes.get(
    "/admin/content/export",
    access=EDITORS,
    media=(ZIP,),
    noted="content.exported",
    answer_headers={"Content-Disposition": "The name to save it under."},
)
async def export_content(query: ExportQuery, call: Call[ContentDeps]) -> DirectResponse:
    """Exports lessons with their pictures, and articles, as an archive, which imports to the same bytes.

    It has the newest file of each that could be read; with `status=published` or `retired` the one that everybody sees.
    A picture that is lost is left out. An author's archive has what is one's own. More than one import takes is
    refused: ask for one `topic`, which has no articles.
    """
    select = mine(sa.select(entries), call)
    if query.topic is not None:
        select = select.where(entries.c.key.startswith(f"{query.topic}/"))  # a draft that is not read has no topic
    file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed when the answer has ended
    try:
        with open_archive(file) as archive:
            files = 0
            async for path, source, pictures in exported(call.rows, select, query.status):
                call.left()
                files += 1
                await asyncio.to_thread(write_entry, archive, path, source.encode())
                for name, data in await _pictures(call, pictures):
                    await asyncio.to_thread(write_entry, archive, f"{path.removesuffix('.md')}/{name}", data)
                if files > MOST_EXPORTED or not is_taken(archive) or file.tell() > MOST_BYTES - _DIRECTORY:
                    raise invalid(("topic", "is needed: there is more than one import takes"))
    except BaseException:
        file.close()
        raise
    size = file.tell()
    tag = await asyncio.to_thread(_digest, file)
    headers = {
        "ETag": f'"{tag}"',
        "Cache-Control": NO_STORE,
        "Content-Disposition": 'attachment; filename="lessons.zip"',
        "Content-Length": str(size),
    }
    return in_pieces(_pieces(file), ZIP, headers, partial(asyncio.to_thread, file.close))


def _digest(file: IO[bytes]) -> str:
    """Returns the SHA-256 of a file, which is at its begin then."""
    found = hashlib.sha256()
    file.seek(0)
    while piece := file.read(_PIECE):
        found.update(piece)
    file.seek(0)
    return found.hexdigest()


async def _pieces(file: IO[bytes]) -> AsyncIterator[bytes]:
    while piece := await asyncio.to_thread(file.read, _PIECE):
        yield piece


async def _pictures(call: Call[ContentDeps], stored: Sequence[StoredPicture]) -> list[tuple[str, bytes]]:
    """Reads the pictures of a lesson but lost ones; a lesson has few, of 2 MB at most."""
    found = []
    for each in sorted(stored, key=lambda each: each.name):
        try:
            found.append((each.name, await call.deps.media.read_key(each.key)))
        except Gone:
            _log.warning("the picture of a lesson is lost", key=each.key)
    return found
