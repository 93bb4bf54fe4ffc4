"""Reads and writes where each person is in the lessons: the implementation of `content.exercises.lessons`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Row
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from chassis.handler import Rows
from chassis.storage.statement import constant
from chassis.storage.tables import TIME
from content.exercises.exercise import exercise_of
from content.exercises.lessons import PASSES, LessonCard, LessonRevision, Place
from content.lessons.tables import lesson_places, lessons, revisions

_PERSON = sa.bindparam("person", type_=PG_UUID())


class StoredLessons:
    """Gives lessons, revisions and places from the tables."""

    async def cards(self, rows: Rows) -> Sequence[LessonCard]:
        """Returns every lesson that was ever published and not deleted, in order; retired ones too."""
        found = await rows.execute(_CARDS)
        return [
            LessonCard(
                id=row.id,
                key=row.key,
                topic=row.topic,
                title=row.title,
                sequence=row.sequence,
                difficulty=row.difficulty,
                minutes=row.minutes,
                requires=tuple(row.requires),
                revision=row.revision,
                retired=row.retired,
                position=row.position,
            )
            for row in found
        ]

    def has_exercise(self, lesson_id: ColumnElement[UUID], exercise_id: ColumnElement[str]) -> ColumnElement[bool]:
        """Returns the condition that the newest revision of a lesson has an exercise."""
        ids = lessons.c.exercise_ids
        return sa.exists().where(lessons.c.id == lesson_id, sa.or_(ids.is_(None), exercise_id == sa.any_(ids)))

    async def revisions(
        self, rows: Rows, wanted: Collection[tuple[UUID, int]]
    ) -> Mapping[tuple[UUID, int], LessonRevision]:
        """Returns revisions by lesson and number; one that does not exist is missing."""
        if not wanted:
            return {}
        found = await rows.execute(READ_REVISIONS, named(wanted))
        return {
            (row.entry_id, row.asked): LessonRevision(
                lesson_id=row.entry_id,
                key=row.content["key"],
                revision=row.revision,
                exercises=tuple(exercise_of(each) for each in row.content["exercises"]),
                replaced_at=row.replaced_at,
                text=row.content.get("text", ""),
                language=row.content.get("language", "en"),
                difficulty=row.content.get("difficulty", "beginner"),
            )
            for row in found
        }

    async def places(self, rows: Rows, person: UUID, lessons: Collection[UUID] | None = None) -> Mapping[UUID, Place]:
        """Returns a person's place in each lesson (of `lessons`, or all); see `content.exercises.lessons`."""
        select, which = (_PLACES, {}) if lessons is None else (_PLACES_IN, {"lessons": [*lessons]})
        found = await rows.execute(select, {"person": person, **which})
        return {row.id: _place(row) for row in found}

    async def enter(
        self,
        rows: Rows,
        person: UUID,
        lessons: Mapping[UUID, datetime],
        revisions: Mapping[UUID, int] = MappingProxyType({}),
    ) -> Mapping[UUID, int]:
        """Begins lessons at given times, unless they were begun; returns the revision that the person is in."""
        for lesson, at in sorted(lessons.items()):
            await rows.execute(_enter(person, lesson, at, revisions.get(lesson)))
        return {lesson: place.revision for lesson, place in (await self.places(rows, person, [*lessons])).items()}

    async def complete(self, rows: Rows, person: UUID, lesson: UUID, score: int, at: datetime) -> Sequence[UUID]:
        """Notes that a lesson is completed, with its score 0–100; returns the lessons this unlocks."""
        mine = sa.and_(lesson_places.c.person_id == person, lesson_places.c.lesson_id == lesson)
        again = lesson_places.c.restarted_at > at
        values = {
            "revision": sa.case((again, lesson_places.c.revision), else_=None),
            "completed_at": sa.func.least(lesson_places.c.completed_at, at),  # least() passes NULL over
            "score": sa.func.greatest(sa.func.coalesce(lesson_places.c.score, 0), score),
        }
        await rows.execute(sa.update(lesson_places).where(mine).values(values))
        return (await rows.execute(_UNLOCK, {"person": person, "lesson": lesson, "at": at})).scalars().all()


async def restart(rows: Rows, person: UUID, lesson: UUID) -> None:
    """Moves a person who has begun a lesson to its newest revision."""
    newest = sa.select(lessons.c.revision).where(lessons.c.id == lesson).scalar_subquery()
    values = {"revision": newest, "restarted_at": sa.func.now()}
    mine = sa.and_(lesson_places.c.person_id == person, lesson_places.c.lesson_id == lesson)
    await rows.execute(sa.update(lesson_places).where(mine, lesson_places.c.started_at.is_not(None)).values(values))


def named(wanted: Collection[tuple[UUID, int]]) -> dict[str, Any]:
    """Returns the parameters of `READ_REVISIONS` for revisions by lesson and number."""
    return {"lessons": [lesson for lesson, _ in wanted], "numbers": [number for _, number in wanted]}


def _read_revisions() -> sa.Select[Any]:
    of, fix, later = revisions.alias("asked"), revisions.alias("fix"), revisions.alias("later")
    replaced = sa.select(sa.func.min(later.c.published_at)).where(
        later.c.entry_id == of.c.entry_id, later.c.revision > sa.func.coalesce(of.c.fixed_by, of.c.revision)
    )
    read = ("revision", "content", "html", "pictures")
    lists = (sa.bindparam("lessons", type_=ARRAY(PG_UUID())), sa.bindparam("numbers", type_=ARRAY(sa.Integer())))
    wanted = sa.func.unnest(*lists).table_valued("entry_id", "revision").render_derived(name="wanted")
    return (
        sa.select(
            of.c.entry_id,
            of.c.revision.label("asked"),
            replaced.scalar_subquery().label("replaced_at"),
            *(sa.func.coalesce(fix.c[name], of.c[name]).label(name) for name in read),
        )
        .select_from(wanted)
        .join(of, sa.and_(of.c.entry_id == wanted.c.entry_id, of.c.revision == wanted.c.revision))
        .outerjoin(fix, sa.and_(fix.c.entry_id == of.c.entry_id, fix.c.revision == of.c.fixed_by))
        .where(of.c.published_at.is_not(None))
    )


def _passed() -> sa.ScalarSelect[Any]:
    """Selects as an array the keys of the lessons of which nothing more is needed: completed ones, and retired ones."""
    mine = sa.and_(lesson_places.c.lesson_id == lessons.c.id, lesson_places.c.person_id == _PERSON)
    passed = sa.and_(lesson_places.c.completed_at.is_not(None), lesson_places.c.score >= PASSES)
    done = sa.select(lessons.c.key).outerjoin(lesson_places, mine).where(sa.or_(passed, lessons.c.retired))
    return sa.select(sa.func.array(done.scalar_subquery(), type_=ARRAY(sa.Text))).scalar_subquery()


def _places() -> sa.Select[Any]:
    place, pinned = lesson_places.alias("place"), revisions.alias("pinned")
    open_now = lessons.c.requires.contained_by(_passed())
    return (
        sa.select(
            lessons.c.id,
            sa.or_(place.c.unlocked_at.is_not(None), open_now).label("unlocked"),
            sa.func.coalesce(pinned.c.fixed_by, place.c.revision, lessons.c.revision).label("revision"),
            place.c.started_at,
            place.c.restarted_at,
            place.c.completed_at,
            place.c.score,
        )
        .outerjoin(place, sa.and_(place.c.lesson_id == lessons.c.id, place.c.person_id == _PERSON))
        .outerjoin(pinned, sa.and_(pinned.c.entry_id == lessons.c.id, pinned.c.revision == place.c.revision))
        .where(sa.or_(sa.not_(lessons.c.retired), place.c.started_at.is_not(None)))
        .order_by(lessons.c.position, lessons.c.id)
    )


def _unlock() -> sa.Executable:
    key = sa.select(lessons.c.key).where(lessons.c.id == sa.bindparam("lesson")).scalar_subquery()
    opened = lessons.alias("opened")
    which = sa.select(_PERSON, opened.c.id, sa.bindparam("at", type_=TIME)).where(
        key == sa.any_(opened.c.requires), opened.c.requires.contained_by(_passed()), sa.not_(opened.c.retired)
    )
    made = insert(lesson_places).from_select(["person_id", "lesson_id", "unlocked_at"], which)
    return made.on_conflict_do_nothing().returning(lesson_places.c.lesson_id)


#: selects published revisions (see `named`), each with the texts of its fix; `asked` is the number that was asked for
READ_REVISIONS = constant(_read_revisions())
_UNLOCK = _unlock()
_CARDS = constant(sa.select(lessons).order_by(lessons.c.position, lessons.c.id))
_PLACES = constant(_places())
_PLACES_IN = constant(_places().where(lessons.c.id == sa.any_(sa.bindparam("lessons", type_=ARRAY(PG_UUID())))))


def _place(row: Row[Any]) -> Place:
    return Place(
        lesson_id=row.id,
        unlocked=row.unlocked,
        revision=row.revision,
        started_at=row.started_at,
        restarted_at=row.restarted_at,
        completed_at=row.completed_at,
        score=row.score,
    )


def _enter(person: UUID, lesson: UUID, at: datetime, revision: int | None) -> sa.Executable:
    """Makes the row of a lesson that is begun, or notes the beginning in one that was unlocked."""
    of = lessons.c.revision if revision is None else sa.literal(revision)
    newest = sa.select(sa.literal(person), lessons.c.id, sa.literal(at), of, sa.literal(at)).where(
        lessons.c.id == lesson
    )
    made = insert(lesson_places).from_select(
        ["person_id", "lesson_id", "unlocked_at", "revision", "started_at"], newest
    )
    return made.on_conflict_do_update(
        index_elements=["person_id", "lesson_id"],
        set_={"revision": made.excluded.revision, "started_at": made.excluded.started_at},
        where=lesson_places.c.started_at.is_(None),
    )
