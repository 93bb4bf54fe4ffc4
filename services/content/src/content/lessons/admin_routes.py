"""Serves what authors work on: drafts, revisions, publishing. An author sees and writes what is one's own."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal
from uuid import UUID

import sqlalchemy as sa
from pydantic import ConfigDict, Field
from sqlalchemy import Row

from chassis.handler import Rows
from chassis.web.access import EDITORS
from chassis.web.call import Call
from chassis.web.listing import Filters, Listed, ListQuery, Sorts, listing, read_page
from chassis.web.problems import VERSION_CONFLICT, ProblemError
from chassis.web.routes import Routes
from chassis.web.rows import read_row
from chassis.web.validation import QueryInput
from content.lessons import authors, store
from content.lessons.admin_shown import (
    ContentItem,
    ContentOut,
    DiffOut,
    Kind,
    NewContent,
    Publish,
    Revert,
    RevisionOut,
    RevisionsOut,
    Status,
    Written,
    head_of,
    item_of,
    solved,
)
from content.lessons.authors import CONFLICTS, mine
from content.lessons.lesson import TOPIC
from content.lessons.parse import parse_kind
from content.lessons.revision_diff import unified
from content.lessons.tables import entries, revisions

routes = Routes("content")

#: bytes of a body with a file of 256 KiB, whose characters may be escaped
MOST_BODY = 768 * 1024
_NO_FIX = Publish()
SORTS: Sorts = {"id": entries.c.id, "updated_at": entries.c.updated_at}
FILTERS: Filters = {
    "kind": lambda kind: entries.c.kind == kind,
    "status": lambda status: entries.c.status == status,
    "topic": lambda topic: entries.c.topic == topic,
}


class ContentQuery(ListQuery):
    """Asks for a page of entries."""

    sort: Literal["-id", "id", "-updated_at"] = "-id"
    kind: Kind | None = None
    status: Status | None = None
    topic: Annotated[str | None, Field(pattern=TOPIC, max_length=60)] = None


class DiffQuery(QueryInput):
    """Names two revisions."""

    model_config = ConfigDict(populate_by_name=True)

    since: Annotated[int, Field(alias="from", ge=1, le=2_000_000)]
    to: Annotated[int, Field(ge=1, le=2_000_000)]


@routes.get("/admin/content", access=EDITORS)
async def list_content(query: ContentQuery, call: Call) -> Listed[ContentItem]:
    """Lists what there is to work on: an admin's list has everything, an author's what is one's own."""
    page = listing(mine(sa.select(entries), call), query, filters=FILTERS, sorts=SORTS)
    return await read_page(call.rows, page, query, item_of)


@routes.get("/admin/content/{id}", access=EDITORS)
async def read_content(id: UUID, call: Call) -> ContentOut:
    """Reads an entry: its draft, what is wrong with it, and the solutions of its exercises."""
    return await _shown(call.rows, await read_row(call.rows, mine(store.entry(id), call)))


@routes.post("/admin/content", access=EDITORS, replay=read_content, conflicts=CONFLICTS, max_body=MOST_BODY)
async def make_content(body: NewContent, call: Call) -> ContentOut:
    """Makes an entry. Its file may have mistakes until it is published."""
    draft = await asyncio.to_thread(authors.drafted, body.kind, body.source, call.id)
    async with call.unit() as unit:
        entry = await store.add(unit, call.id, draft, call.caller)
        authors.note(unit, call, "created", entry)
        return await _shown(unit, entry)


@routes.put("/admin/content/{id}", access=EDITORS, replay=read_content, conflicts=CONFLICTS, max_body=MOST_BODY)
async def write_content(id: UUID, body: Written, call: Call) -> ContentOut:
    """Writes the file of an entry, which is a new draft. What learners see stays as it is."""
    async with call.unit() as unit:
        entry = await _locked(unit, id, call)
        await _check_version(unit, entry, call)
        written = await _revised(unit, entry, body.source, call.caller)
        if written.revision != entry.revision:
            authors.note(unit, call, "changed", written)
        return await _shown(unit, written)


@routes.delete("/admin/content/{id}", access=EDITORS, problems=(authors.PUBLISHED,))
async def delete_content(id: UUID, call: Call) -> None:
    """Deletes an entry that was never published."""
    async with call.unit() as unit:
        entry = await _locked(unit, id, call)
        call.if_match.check(entry.version)
        if entry.published_revision is not None:
            raise ProblemError(authors.PUBLISHED)
        await unit.execute(sa.delete(entries).where(entries.c.id == id))
        authors.note(unit, call, "deleted", entry)


@routes.post(
    "/admin/content/{id}/publish",
    access=("admin",),
    status=200,
    replay=read_content,
    problems=(authors.CONTENT_INVALID,),
)
async def publish_content(id: UUID, call: Call, body: Publish = _NO_FIX) -> ContentOut:
    """Publishes the draft. Who is inside the lesson stays in the revision before, unless this is a fix."""
    async with call.unit() as unit:
        entry = await _locked(unit, id, call)
        published = await authors.publish(unit, entry, call.caller, fix=body.fix)
        if published.version != entry.version:
            authors.note(unit, call, "fixed" if body.fix else "published", published)
        return await _shown(unit, published)


@routes.post("/admin/content/{id}/retire", access=("admin",), status=200, replay=read_content)
async def retire_content(id: UUID, call: Call) -> ContentOut:
    """Takes an entry out of the catalogue. Who is inside the lesson may complete it."""
    async with call.unit() as unit:
        entry = await _locked(unit, id, call)
        if entry.status != "retired":
            await store.retire(unit, id)
            entry = await store.mark(unit, id, call.caller, status="retired")
            authors.note(unit, call, "retired", entry)
        return await _shown(unit, entry)


@routes.post("/admin/content/{id}/revert", access=EDITORS, status=200, replay=read_content)
async def revert_content(id: UUID, body: Revert, call: Call) -> ContentOut:
    """Makes the file of an earlier revision the draft."""
    async with call.unit() as unit:
        entry = await _locked(unit, id, call)
        before = await read_row(unit, store.revision_of(id, body.revision))
        reverted = await _revised(unit, entry, before.source, call.caller)
        if reverted.revision != entry.revision:
            authors.note(unit, call, "reverted", reverted)
        return await _shown(unit, reverted)


@routes.get("/admin/content/{id}/revisions", access=EDITORS)
async def list_revisions(id: UUID, call: Call) -> RevisionsOut:
    """Lists the revisions of an entry, the newest first."""
    await read_row(call.rows, mine(store.entry(id), call))
    newest = sa.select(revisions).where(revisions.c.entry_id == id).order_by(revisions.c.revision.desc()).limit(100)
    return RevisionsOut(items=[RevisionOut.model_validate(row) for row in await call.rows.execute(newest)])


@routes.get("/admin/content/{id}/diff", access=EDITORS)
async def compare_revisions(id: UUID, query: DiffQuery, call: Call) -> DiffOut:
    """Compares the files of two revisions."""
    await read_row(call.rows, mine(store.entry(id), call))
    before, after = [
        (await read_row(call.rows, store.revision_of(id, number))).source.splitlines(keepends=True)
        for number in (query.since, query.to)
    ]
    await call.end_reads()
    names = f"revision {query.since}", f"revision {query.to}"
    return DiffOut(diff=await asyncio.to_thread(unified, before, after, names))


async def _locked(rows: Rows, id: UUID, call: Call) -> Row[Any]:
    return await read_row(rows, mine(store.entry(id), call).with_for_update())


async def _check_version(rows: Rows, entry: Row[Any], call: Call) -> None:
    """Raises 412 when somebody else has written meanwhile, with what they have written as `current`."""
    try:
        call.if_match.check(entry.version)
    except ProblemError as problem:
        if problem.problem != VERSION_CONFLICT:
            raise
        draft = (await rows.execute(store.revision_of(entry.id, entry.revision))).one()
        by = None if entry.updated_by is None else str(entry.updated_by)
        current = {"source": draft.source, "revision": entry.revision, "updated_by": by}
        raise ProblemError(VERSION_CONFLICT, headers=problem.headers, extensions={"current": current}) from None


async def _revised(rows: Rows, entry: Row[Any], source: str, by: UUID) -> Row[Any]:
    """Returns an entry with a file; the file that it has already makes no revision."""
    now = (await rows.execute(store.revision_of(entry.id, entry.revision))).one()
    if now.source == source:
        return entry
    draft = await asyncio.to_thread(authors.drafted, entry.kind, source, entry.id, now.pictures)
    return await store.revise(rows, entry, draft, by)


async def _shown(rows: Rows, entry: Row[Any]) -> ContentOut:
    draft = (await rows.execute(store.revision_of(entry.id, entry.revision))).one()
    parsed = await asyncio.to_thread(parse_kind, entry.kind, draft.source)
    problems = await authors.problems_of(rows, parsed, entry, draft.pictures)
    warnings = await asyncio.to_thread(parsed.warnings)
    return ContentOut(
        **head_of(entry),
        version=entry.version,
        source=draft.source,
        problems=problems,
        warnings=warnings,
        exercises=solved(draft.content),
    )
