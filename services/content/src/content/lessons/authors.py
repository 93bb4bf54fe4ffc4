"""Judges what an author has written against everything that is published, and publishes it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Row

from chassis.handler import Rows
from chassis.web.call import Call
from chassis.web.problems import ProblemError, ProblemType
from chassis.web.unit import WriteUnit
from content.lessons import store
from content.lessons.across import check_across
from content.lessons.draft import Draft, StoredPicture, draft_of
from content.lessons.findings import Finding
from content.lessons.fix import differences, with_ids_of
from content.lessons.folder import FoundFile, check_pictures
from content.lessons.lesson import Lesson
from content.lessons.parse import Parsed, parse_kind
from content.lessons.tables import entries
from contracts.learning import ContentAct, ContentAdministered

CONTENT_INVALID = ProblemType(
    name="content-invalid",
    status=422,
    title="This cannot be published yet",
    detail="The file has mistakes: `problems` names each with its line.",
)
CONTENT_EXISTS = ProblemType(
    name="content-exists",
    status=409,
    title="There is such content",
    detail="Another entry has this key: edit that one.",
)
CONFLICTS = {"entries_key": CONTENT_EXISTS}
PUBLISHED = ProblemType(
    name="published",
    status=409,
    title="This was published",
    detail="What somebody may have read is not deleted; retire it.",
)


def mine(select: sa.Select[Any], call: Call[Any]) -> sa.Select[Any]:
    """Returns a select of entries that the caller may work on: an admin on all, an author on what is one's own."""
    return select if "admin" in call.principal.roles else select.where(entries.c.created_by == call.caller)


def note(unit: WriteUnit, call: Call[Any], act: ContentAct, entry: Row[Any] | None = None, **more: Any) -> None:
    """Tells of what the caller does in a write, which the gateway keeps as a security event."""
    what = {} if entry is None else {"content_id": entry.id, "revision": entry.revision}
    values = {"person_id": call.caller, "act_id": call.id, "act": act, "at": datetime.now(UTC), **what, **more}
    unit.emit(ContentAdministered.model_validate(values))


async def problems_of(rows: Rows, parsed: Parsed, entry: Row[Any] | None, pictures: Sequence[Any]) -> list[Finding]:
    """Returns every mistake of a file, as if it were published now."""
    across = check_across([parsed], await store.known(rows, [] if parsed.key is None else [parsed.key])).get(0, ())
    stored = frozenset(str(each["name"]) for each in pictures)
    found = [*parsed.problems, *across, *check_pictures(FoundFile("", parsed), stored)]
    key, file = parsed.key, parsed.file
    was_published = entry is not None and entry.published_revision is not None
    if key is not None and file is not None and entry is not None and was_published and key != entry.key:
        found.append(file.finding(("key",), "key", f"The key stays “{entry.key}” for ever."))
    return sorted(found, key=lambda each: (each.line, each.path))


def drafted(kind: str, source: str, entry_id: UUID, pictures: Sequence[Any] = ()) -> Draft:
    """Returns the revision of a file; one that is not read well enough to have a key is named by its id."""
    stored = [StoredPicture.model_validate(each) for each in pictures]
    return draft_of(parse_kind(kind, source), stored, key=str(entry_id), kind=kind)


async def publish(rows: Rows, entry: Row[Any], by: UUID, *, fix: bool) -> Row[Any]:
    """Publishes the draft of an entry. Raises 422 with every mistake, or with what a fix must not change."""
    if entry.published_revision == entry.revision and entry.status == "published":
        return entry
    await store.lock_catalogue(rows)
    draft = (await rows.execute(store.revision_of(entry.id, entry.revision))).one()
    parsed = parse_kind(entry.kind, draft.source)
    problems = await problems_of(rows, parsed, entry, draft.pictures)
    lesson = parsed.lesson
    if parsed.article is not None and not problems:
        await store.publish_article(rows, entry, parsed.article)
        return await store.mark(rows, entry.id, by, status="published", published_revision=entry.revision)
    if lesson is not None and fix:
        lesson, wrong = await _fixed(rows, entry, lesson)
        problems += wrong
    if problems or lesson is None:
        raise refused(problems)
    await store.publish_lesson(rows, entry, lesson, fixes=entry.published_revision if fix else None)
    return await store.mark(rows, entry.id, by, status="published", published_revision=entry.revision)


async def _fixed(rows: Rows, entry: Row[Any], lesson: Lesson) -> tuple[Lesson, list[Finding]]:
    """Returns a lesson with the ids of the one that it fixes, and what a fix must not change."""
    if entry.published_revision is None:
        return lesson, [Finding(path="", line=1, rule="fix", message="Nothing is published that could be fixed.")]
    before = (await rows.execute(store.revision_of(entry.id, entry.published_revision))).one()
    published = Lesson.model_validate(before.content)
    wrong = [
        Finding(path=path, line=1, rule="fix", message=message) for path, message in differences(published, lesson)
    ]
    return (lesson, wrong) if wrong else (with_ids_of(published, lesson), [])


def refused(problems: Sequence[Finding]) -> ProblemError:
    """Returns the 422 with all findings."""
    errors = [(each.path or "source", f"line {each.line}: {each.message}") for each in problems]
    told = [each.model_dump() for each in problems]
    return ProblemError(CONTENT_INVALID, errors=errors, extensions={"problems": told})
