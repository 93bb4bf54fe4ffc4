"""Puts lessons from files into the tables at each start: those of this release, and those of a folder of one's own.

A lesson is added when its key was never seeded here, and updated while nobody has touched it since. What authors have
made of it, or retired, stays as it is; what was deleted stays deleted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from importlib import resources
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Row
from sqlalchemy.dialects.postgresql import insert

from chassis.handler import Rows
from chassis.message.envelope import new_id
from chassis.storage.media import Media
from content.lessons import store
from content.lessons.across import Known, check_across
from content.lessons.draft import Draft, draft_of
from content.lessons.findings import Finding
from content.lessons.folder import FoundFile, check_pictures, files_in, lessons_below
from content.lessons.keep_pictures import keep_pictures
from content.lessons.leaks import told_by, unchecked
from content.lessons.lesson import Lesson
from content.lessons.rules import Leaks
from content.lessons.tables import entries, seeded_entries

LESSON = "lesson"


class Seed:
    """Holds files of lessons. They are parsed when one of them is new."""

    def __init__(self, files: Mapping[str, bytes], leaks: Leaks = told_by, *, released: bool = False) -> None:
        """Takes the files by their relative paths, what looks at their hints, and whether they are of a release."""
        self.files = files
        self.released = released
        self._leaks = leaks

    @cached_property
    def digests(self) -> Mapping[str, bytes]:
        """Returns the digest of each lesson with its pictures, by the key that its path names."""
        return {path.removesuffix(".md"): _digest(self.files, path) for path in self.files if path.endswith(".md")}

    @cached_property
    def lessons(self) -> Sequence[FoundFile]:
        """Returns the parsed lessons."""
        return [*lessons_below(self.files, self._leaks)]


@cache
def packaged() -> Seed:
    """Reads the files of the lessons of this release."""
    with resources.as_file(resources.files("content.lessons").joinpath("seed")) as path:
        # a test has looked at their hints, and it would make each first start longer
        return Seed(files_in(path), unchecked, released=True)


def of_folder(folder: Path) -> Seed:
    """Reads the files of a folder of lessons."""
    return Seed(files_in(folder))


async def seed(rows: Rows, media: Media, files: Seed) -> Sequence[tuple[str, Finding]]:
    """Adds and updates lessons; returns the problems by file.

    Of a release what has problems is left out, since an author may have taken its place in the meantime; of a folder of
    one's own nothing is taken then.
    """
    await store.lock_catalogue(rows)
    changed = await _changed(rows, files)
    if not changed:
        return ()
    found = [each for each in files.lessons if each.path.removesuffix(".md") in changed]
    found, problems = _takeable(
        found,
        await store.known(rows, [each.parsed.key for each in found if each.parsed.key is not None]),
        apart=files.released,
    )
    taken = {each.path.removesuffix(".md") for each in found}
    there = await store.by_keys(rows, LESSON, taken)
    new: list[tuple[UUID, Draft, Lesson]] = []
    for each, lesson in in_order(found):
        draft = draft_of(each.parsed, await keep_pictures(rows, media, each.pictures, lesson), key=lesson.key)
        if lesson.key in there:
            await _update(rows, there[lesson.key], draft, lesson)
        else:
            new.append((new_id(), draft, lesson))
    await store.add_published(rows, new)
    await _note(rows, {key: files.digests[key] for key in taken})
    return tuple(problems)


def _takeable(
    found: list[FoundFile], known: Sequence[Known], *, apart: bool
) -> tuple[list[FoundFile], list[tuple[str, Finding]]]:
    """Returns the files that can be taken, and all problems. `apart`: what has none does not wait for what has some."""
    told: list[tuple[str, Finding]] = []
    while problems := _problems(found, known):
        told += problems
        wrong = {path for path, _ in problems}
        found = [each for each in found if apart and each.path not in wrong]
    return found, told


def in_order(found: Sequence[FoundFile]) -> list[tuple[FoundFile, Lesson]]:
    """Returns lessons so that each comes after those that it requires, as far as they are here."""
    left = {each.parsed.lesson.key: (each, each.parsed.lesson) for each in found if each.parsed.lesson is not None}
    ordered: list[tuple[FoundFile, Lesson]] = []
    while left:
        ready = [key for key, (_, lesson) in left.items() if not set(lesson.requires) & (left.keys() - {key})]
        for key in ready or list(left):
            ordered.append(left.pop(key))
    return ordered


async def _changed(rows: Rows, files: Seed) -> set[str]:
    """Returns the keys of files that were never taken, or that have changed while nobody has touched the lesson."""
    select = (
        sa.select(seeded_entries, entries.c.updated_by, entries.c.status)
        .outerjoin(entries, sa.and_(entries.c.kind == seeded_entries.c.kind, entries.c.key == seeded_entries.c.key))
        .where(seeded_entries.c.kind == LESSON)
    )
    taken = {row.key: row for row in await rows.execute(select)}
    made = set((await rows.execute(sa.select(entries.c.key).where(entries.c.kind == LESSON))).scalars())
    return {
        key
        for key, digest in files.digests.items()
        if (key not in taken and key not in made)
        or (key in taken and taken[key].digest != digest and _untouched(taken[key], files))
    }


def _untouched(row: Row[Any], files: Seed) -> bool:
    """Tells whether neither a person nor a newer release has changed a lesson: replicas of two start side by side."""
    is_older = files.released and files.digests[row.key] in row.earlier
    return row.status == "published" and row.updated_by is None and not is_older


def _problems(found: Sequence[FoundFile], known: Sequence[Known]) -> list[tuple[str, Finding]]:
    across = check_across([each.parsed for each in found], known)
    wrong = [
        (each.path, finding)
        for number, each in enumerate(found)
        for finding in (*each.parsed.problems, *across.get(number, ()), *check_pictures(each))
    ]
    for each in found:
        lesson, file = each.parsed.lesson, each.parsed.file
        if lesson is not None and file is not None and each.path != f"{lesson.key}.md":
            wrong.append((each.path, file.finding(("key",), "key", f"The file of this key is “{lesson.key}.md”.")))
    return wrong


async def _update(rows: Rows, there: Row[Any], draft: Draft, lesson: Lesson) -> None:
    entry = await store.revise(rows, there, draft, None)
    await store.publish_lesson(rows, entry, lesson, fixes=None)
    await store.mark(rows, entry.id, None, status="published", published_revision=entry.revision)


async def _note(rows: Rows, digests: Mapping[str, bytes]) -> None:
    noted = insert(seeded_entries)
    values = [{"kind": LESSON, "key": key, "digest": digest} for key, digest in digests.items()]
    again = {
        "digest": noted.excluded.digest,
        "earlier": sa.func.array_append(seeded_entries.c.earlier, seeded_entries.c.digest),
    }
    unlike = noted.on_conflict_do_update(index_elements=["kind", "key"], set_=again)
    if values:
        await rows.execute(unlike, values)


def _digest(files: Mapping[str, bytes], path: str) -> bytes:
    digest = hashlib.sha256(files[path])
    beside = path.removesuffix(".md") + "/"
    for name in sorted(files):
        if name.startswith(beside):
            digest.update(name.encode() + b"\0" + files[name])
    return digest.digest()
