"""Imports lessons and articles from a file or an archive, as drafts: all or none.

A file that is its draft already is not looked at. One that an export has written is taken as it was there, with the
mistakes that it may have by now. Every other one is judged as if all of the archive were published at once.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel, PrivateAttr
from sqlalchemy import Row

from chassis.handler import Rows
from chassis.message.envelope import new_id
from chassis.storage.media import Media
from content.lessons import store
from content.lessons.across import Known, check_across
from content.lessons.archive import BadArchive, path_of
from content.lessons.draft import StoredPicture, draft_of
from content.lessons.findings import Finding
from content.lessons.folder import FoundFile, check_pictures, parse_bytes
from content.lessons.keep_pictures import keep_pictures, restore
from content.lessons.leaks import told_by, unchecked
from content.lessons.lesson import Lesson
from content.lessons.parse import LESSON, Parsed
from content.lessons.sent import SentFile, is_picture
from content.lessons.tables import revisions

#: new and changed files that one import takes, and those that an export has written, whose hints are not looked at:
#: each takes a hundredth, or a thousandth, of the time that a request has
MOST_CHANGED, MOST_EXPORTED = 100, 500
#: seconds of a processor that the files of one import may take to be parsed
MOST_WORK_S = 5.0
#: problems that are shown of an import
MOST_PROBLEMS = 200
#: the name of a file that came alone, in what is said about it
ALONE = "file"


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
class StoredDraft:
    """Holds what is there by the key of a file: the entry, its draft, and the pictures of that."""

    entry: Row[Any]
    row: Row[Any]
    pictures: tuple[StoredPicture, ...]

    def known(self, before: Known | None) -> Known | None:
        """Returns the draft as if it were published; None: it is no lesson, or cannot be read.

        `before`: what is published of it.
        """
        is_lesson = self.entry.kind == LESSON
        if not is_lesson or self.row.content is None or (before is not None and before.retired):
            return before
        lesson = Lesson.model_validate(self.row.content)
        types = {} if before is None else before.types
        return Known(lesson.key, lesson.topic, lesson.sequence, lesson.requires, types)


#: what is there, by kind and key
_There = Mapping[tuple[str, str], StoredDraft]


@dataclass(frozen=True, slots=True)
class Change:
    """Holds a file that is new (`there` is None) or differs from its draft. `findings`: of its pictures."""

    sent: SentFile
    there: StoredDraft | None
    found: FoundFile
    findings: Sequence[Finding]

    @property
    def parsed(self) -> Parsed:
        """Returns what became of the file."""
        return self.found.parsed


class Import:
    """Decides about one import, and does it."""

    def __init__(self, sent: Sequence[SentFile], by: UUID, left: Callable[[], object], *, everything: bool) -> None:
        """Takes what raises when there is no time left, and whether the importer may write what is not their own."""
        self._sent = sent
        self._by = by
        self._left = left
        self._everything = everything
        self._same: list[tuple[SentFile, StoredDraft]] = []
        self._more = False
        self.changes: list[Change] = []
        self.problems: list[ImportProblem] = []

    async def plan(self, rows: Rows) -> None:
        """Finds out what is new, what has changed, and what is wrong. Raises `BadArchive` for what takes too long."""
        there = await _there(rows, self._sent)
        changed = await asyncio.to_thread(self._changed, there)
        judged = sum(not each.exported for each in changed)
        if not self._sent:
            self._say(ALONE, "There is no lesson and no article (.md) in it.")
        elif judged > MOST_CHANGED:
            self._say(ALONE, f"It has {judged:,} new or changed files; {MOST_CHANGED} are taken at a time.")
        elif len(changed) > MOST_EXPORTED:
            self._say(ALONE, f"It has {len(changed):,} files that are new here; {MOST_EXPORTED} are taken at a time.")
        else:
            self.changes = await asyncio.to_thread(self._read, changed, there)
            self._judge(await store.known(rows, [each.sent.key for each in self.changes if each.sent.kind == LESSON]))

    def _changed(self, there: _There) -> list[SentFile]:
        """Returns the files that are not what is there; of the others it notes that they are the same."""
        changed = []
        for each in self._sent:
            draft = there.get(each.of)
            if draft is None or not each.is_same(draft.row.source, draft.pictures) or self._is_others(draft):
                changed.append(each)
            else:
                self._same.append((each, draft))
        return changed

    def _read(self, changed: Sequence[SentFile], there: _There) -> list[Change]:
        """Parses files, one after the other, until there is no time left."""
        made, began = [], time.thread_time()
        for each in changed:
            self._left()
            if time.thread_time() - began > MOST_WORK_S:
                raise BadArchive("takes too long to be read: send fewer or shorter lessons at a time")
            draft = there.get(each.of)
            if each.exported:
                pictures = {name: data for name, data in each.pictures.items() if is_picture(name, data)}
                parsed = parse_bytes(each.data, unchecked, each.kind)
                made.append(Change(each, draft, FoundFile(each.path, parsed, pictures), ()))
                continue
            found = FoundFile(each.path, parse_bytes(each.data, told_by, each.kind), each.pictures)
            names = frozenset(one.name for one in draft.pictures) if draft is not None else frozenset[str]()
            made.append(Change(each, draft, found, [*check_pictures(found, names)]))
        return made

    def _judge(self, published: Sequence[Known]) -> None:
        known = {each.key: each for each in published}
        for _, draft in self._same:
            if (drafted := draft.known(known.get(draft.entry.key))) is not None:
                known[draft.entry.key] = drafted
        across = check_across([each.parsed for each in self.changes], [*known.values()])
        for number, each in enumerate(self.changes):
            if not each.sent.exported or each.parsed.key is None:
                for finding in (*each.parsed.problems, *across.get(number, ()), *each.findings):
                    self._problem(each, finding)
            self._judge_place(each)

    def _judge_place(self, change: Change) -> None:
        """Judges where a file lies, whose it is, and which pictures lie beside it."""
        sent, key, file = change.sent, change.parsed.key, change.parsed.file
        if key is None or file is None:
            return
        if sent.key != key:
            message = f"The file of this key is “{path_of(sent.kind, key)}”."
            self._problem(change, file.finding(("key",), "key", message))
        elif change.there is not None and self._is_others(change.there):
            message = f"Somebody else's {sent.kind} has this key."
            self._problem(change, file.finding(("key",), "key", message))
        if not sent.exported and (lesson := change.parsed.lesson) is not None:
            for name in sorted(sent.pictures.keys() - {each.name for each in lesson.media}):
                message = f"“{name[:80]}” is in the lesson's folder, but not in “media”."
                self._problem(change, file.finding(("media",), "picture", message))

    def _is_others(self, draft: StoredDraft) -> bool:
        return not self._everything and draft.entry.created_by != self._by

    def _problem(self, change: Change, finding: Finding) -> None:
        self._say(change.sent.path or ALONE, finding.message, finding.line, finding.rule)

    def _say(self, file: str, message: str, line: int = 1, rule: str = "file") -> None:
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(ImportProblem(file=file, line=line, rule=rule, message=message))
        else:
            self._more = True

    def shown(self) -> ImportOut:
        """Returns what is said of it."""
        if self.problems:
            problems = sorted(self.problems, key=lambda each: (each.file, each.line))
            if self._more:
                message = "There is more that is wrong: mend this first."
                problems.append(ImportProblem(file=problems[-1].file, line=1, rule="more", message=message))
            return ImportOut(problems=problems)
        new = sum(each.there is None for each in self.changes)
        return ImportOut(created=new, updated=len(self.changes) - new, unchanged=len(self._same))

    async def carry_out(self, rows: Rows, media: Media) -> None:
        """Makes the drafts. What learners see stays as it is, but for pictures that were lost and are here again."""
        for each, draft in self._same:
            await restore(media, each.pictures, draft.pictures)
        for change in self.changes:
            parsed, before = change.parsed, () if change.there is None else change.there.pictures
            if parsed.key is None:
                raise RuntimeError("an import with problems is not carried out")
            self._left()
            sent = (
                [] if parsed.lesson is None else await keep_pictures(rows, media, change.found.pictures, parsed.lesson)
            )
            kept = [picture for picture in before if picture.name not in {one.name for one in sent}]
            made = await asyncio.to_thread(draft_of, parsed, [*sent, *kept], key=parsed.key, kind=change.sent.kind)
            if change.there is None:
                await store.add(rows, new_id(), made, self._by)
            else:
                await store.revise(rows, change.there.entry, made, self._by)


async def _there(rows: Rows, sent: Iterable[SentFile]) -> _There:
    """Reads what is there of what was sent, and locks it."""
    keys: defaultdict[str, list[str]] = defaultdict(list)
    for each in sent:
        keys[each.kind].append(each.key)
    found = [row for kind, named in sorted(keys.items()) for row in (await store.by_keys(rows, kind, named)).values()]
    wanted = [(each.id, each.revision) for each in found]
    if not wanted:
        return {}
    select = sa.select(revisions).where(sa.tuple_(revisions.c.entry_id, revisions.c.revision).in_(wanted))
    drafts = {row.entry_id: row for row in await rows.execute(select)}
    return {
        (entry.kind, entry.key): StoredDraft(
            entry, drafts[entry.id], tuple(map(StoredPicture.model_validate, drafts[entry.id].pictures))
        )
        for entry in found
    }
