"""Imports lessons from a file or an archive, all or none, and exports them so that they import to the same bytes."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel, PrivateAttr
from sqlalchemy import Row

from chassis.handler import Rows
from chassis.message.envelope import new_id
from chassis.storage.media import Media
from content.lessons import store
from content.lessons.across import check_across
from content.lessons.archive import is_archive, read_archive
from content.lessons.draft import StoredPicture, draft_of
from content.lessons.findings import Finding
from content.lessons.folder import FoundFile, check_pictures, lessons_below, parse_bytes
from content.lessons.keep_pictures import keep_pictures
from content.lessons.leaks import unchecked
from content.lessons.lesson import Lesson
from content.lessons.parse import Parsed, parse
from content.lessons.tables import entries, revisions

LESSON = "lesson"
#: new and changed lessons that one import takes: each takes a hundredth of the time that a request has
MOST_CHANGED = 100
#: the name of a file that came alone, in what is said about it
ALONE = "file"
#: entries that are read at a time
_PAGE = 50


class ImportProblem(BaseModel):
    """Names a mistake by file, line (from 1) and rule."""

    file: str
    line: int
    rule: str
    message: str


class ImportOut(BaseModel):
    """Counts what an import has done, or a dry run would do. With a problem nothing is done, and all counts are 0."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    problems: list[ImportProblem] = []
    _id: UUID | None = PrivateAttr(None)

    @property
    def id(self) -> UUID | None:
        """Returns the id by which a repeated request finds this answer."""
        return self._id

    def known_by(self, id: UUID) -> ImportOut:
        """Returns it with its id."""
        self._id = id
        return self


@dataclass(frozen=True, slots=True)
class Change:
    """Holds a lesson that is new (`entry` is None) or differs from its draft; `before` are the draft's pictures."""

    found: FoundFile
    lesson: Lesson
    entry: Row[Any] | None
    before: Sequence[StoredPicture]


def lessons_in(data: bytes) -> list[FoundFile]:
    """Returns the lessons of a file; their hints are not looked at. Raises `BadArchive`."""
    if not is_archive(data):
        return [FoundFile("", parse_bytes(data, unchecked))]
    return [*lessons_below(read_archive(data), unchecked)]


class Import:
    """Decides about one import, and does it. `mine`: whether the importer may write an entry."""

    def __init__(self, found: Sequence[FoundFile], by: UUID, *, everything: bool) -> None:
        """Takes whether the importer may write everything, or only what is their own."""
        self._found = found
        self._by = by
        self._everything = everything
        self.changes: list[Change] = []
        self.unchanged = 0
        self.problems: list[ImportProblem] = []

    async def plan(self, rows: Rows) -> None:
        """Finds out what is new, what has changed, and what is wrong."""
        if not self._found:
            self._problem(ALONE, Finding(path="", line=1, rule="file", message="There is no lesson (.md) in it."))
        lessons = {each.parsed.lesson.key: each for each in self._found if each.parsed.lesson is not None}
        there = await store.by_keys(rows, LESSON, lessons.keys())
        drafts = await _drafts(rows, there)
        across = check_across([each.parsed for each in self._found], await store.known(rows))
        stored: dict[str, list[StoredPicture]] = {}
        for number, each in enumerate(self._found):
            entry = None if each.parsed.lesson is None else there.get(each.parsed.lesson.key)
            draft = None if entry is None else drafts[entry.id]
            stored[each.path] = [StoredPicture.model_validate(one) for one in draft.pictures] if draft else []
            names = frozenset(one.name for one in stored[each.path])
            self._judge(each, entry, [*each.parsed.problems, *across.get(number, ()), *check_pictures(each, names)])
            if each.parsed.lesson is None:
                continue
            if draft is not None and draft.source == each.parsed.source and _are(each, stored[each.path]):
                self.unchanged += 1
            else:
                self.changes.append(Change(each, each.parsed.lesson, entry, stored[each.path]))
        if len(self.changes) > MOST_CHANGED:
            message = f"It has {len(self.changes)} new or changed lessons; {MOST_CHANGED} are taken at a time."
            self._problem(ALONE, Finding(path="", line=1, rule="file", message=message))
        elif not self.problems:
            await self._look_at_hints()

    async def _look_at_hints(self) -> None:
        for each in self.changes:
            parsed = await asyncio.to_thread(parse, each.found.parsed.source)
            for finding in parsed.problems:
                self._problem(each.found.path, finding)

    def _judge(self, found: FoundFile, entry: Row[Any] | None, findings: Sequence[Finding]) -> None:
        lesson, file = found.parsed.lesson, found.parsed.file
        for finding in findings:
            self._problem(found.path, finding)
        if lesson is None or file is None:
            return
        if found.path not in ("", f"{lesson.key}.md"):
            message = f"The file of this key is “{lesson.key}.md”."
            self._problem(found.path, file.finding(("key",), "key", message))
        if entry is not None and not self._everything and entry.created_by != self._by:
            self._problem(found.path, file.finding(("key",), "key", "Somebody else's lesson has this key."))
        for name in sorted(found.pictures.keys() - {each.name for each in lesson.media}):
            message = f"“{name[:80]}” is in the lesson's folder, but not in “media”."
            self._problem(found.path, file.finding(("media",), "picture", message))

    def _problem(self, path: str, finding: Finding) -> None:
        file = path or ALONE
        self.problems.append(ImportProblem(file=file, line=finding.line, rule=finding.rule, message=finding.message))

    def shown(self) -> ImportOut:
        """Returns what is said of it."""
        if self.problems:
            return ImportOut(problems=sorted(self.problems, key=lambda each: (each.file, each.line)))
        new = sum(each.entry is None for each in self.changes)
        return ImportOut(created=new, updated=len(self.changes) - new, unchanged=self.unchanged)

    async def carry_out(self, rows: Rows, media: Media) -> None:
        """Makes the drafts. What learners see stays as it is."""
        for each in self.changes:
            sent = await keep_pictures(media, each.found.pictures, each.lesson)
            kept = [picture for picture in each.before if picture.name not in {one.name for one in sent}]
            draft = draft_of(each.found.parsed, [*sent, *kept], key=each.lesson.key)
            if each.entry is None:
                await store.add(rows, new_id(), draft, self._by)
            else:
                await store.revise(rows, each.entry, draft, self._by)


async def _drafts(rows: Rows, there: Mapping[str, Row[Any]]) -> dict[UUID, Row[Any]]:
    wanted = [(each.id, each.revision) for each in there.values()]
    select = sa.select(revisions).where(sa.tuple_(revisions.c.entry_id, revisions.c.revision).in_(wanted))
    return {row.entry_id: row for row in await rows.execute(select)} if wanted else {}


def _are(found: FoundFile, stored: Collection[StoredPicture]) -> bool:
    """Tells whether the pictures beside a lesson are those that are stored; one that is not sent stays."""
    known = {each.name: each.sha256 for each in stored}
    return all(known.get(name) == hashlib.sha256(data).hexdigest() for name, data in found.pictures.items())


async def exported(
    rows: Rows, select: sa.Select[Any], status: Literal["draft", "published", "retired"] | None
) -> AsyncIterator[tuple[str, str, Sequence[StoredPicture]]]:
    """Yields path, file and pictures of each lesson of a select of entries, in the order of their keys.

    By the status “published” or “retired” it is what learners see, else the newest file. A file that has mistakes, and
    so could not be imported, is left out.
    """
    seen = status in ("published", "retired")
    number = entries.c.published_revision if seen else entries.c.revision
    after = ""
    while True:
        page = (
            select.join(revisions, sa.and_(revisions.c.entry_id == entries.c.id, revisions.c.revision == number))
            .add_columns(revisions.c.source, revisions.c.pictures, revisions.c.published_at)
            .where(entries.c.kind == LESSON, entries.c.key.collate("C") > after, revisions.c.content.is_not(None))
            .order_by(entries.c.key.collate("C"))
            .limit(_PAGE)
        )
        found = (await rows.execute(page if status is None else page.where(entries.c.status == status))).all()
        for row in found:
            after = row.key
            if row.published_at is None and not _is_whole(await asyncio.to_thread(parse, row.source)):
                continue
            yield f"{row.key}.md", row.source, [StoredPicture.model_validate(each) for each in row.pictures]
        if len(found) < _PAGE:
            return


def _is_whole(parsed: Parsed) -> bool:
    return parsed.lesson is not None and not parsed.problems
