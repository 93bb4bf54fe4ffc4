"""Reads and writes entries, their revisions, and the lessons that are published."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Row
from sqlalchemy.dialects.postgresql import insert

from chassis.handler import Rows
from chassis.storage.tables import NEXT_VERSION
from content.exercises.lessons import PASSES
from content.lessons.across import Known
from content.lessons.article import Article
from content.lessons.draft import Draft
from content.lessons.lesson import Lesson
from content.lessons.tables import entries, imports, lesson_places, lessons, revisions
from content.lessons.topics import position

#: one writer at a time: what is published depends on all lessons
_LOCK = sa.text("LOCK TABLE lessons IN SHARE ROW EXCLUSIVE MODE")


async def lock_catalogue(rows: Rows) -> None:
    """Waits until nobody else publishes. Readers do not wait."""
    await rows.execute(_LOCK)


def entry(entry_id: UUID) -> sa.Select[Any]:
    """Selects one entry."""
    return sa.select(entries).where(entries.c.id == entry_id)


def revision_of(entry_id: UUID, revision: int) -> sa.Select[Any]:
    """Selects one revision of an entry, published or not."""
    return sa.select(revisions).where(revisions.c.entry_id == entry_id, revisions.c.revision == revision)


async def add(rows: Rows, entry_id: UUID, draft: Draft, by: UUID | None) -> Row[Any]:
    """Adds an entry with its first revision."""
    values = _entry(entry_id, draft, by) | {"status": "draft"}
    made = (await rows.execute(sa.insert(entries).values(values).returning(entries))).one()
    await rows.execute(sa.insert(revisions).values(_revision(entry_id, 1, draft, by)))
    return made


async def add_published(rows: Rows, made: Sequence[tuple[UUID, Draft, Lesson]]) -> None:
    """Adds lessons that are published with their first revision, in three statements however many they are."""
    if not made:
        return
    out = {"status": "published", "published_revision": 1}
    await rows.execute(sa.insert(entries), [_entry(id, draft, None) | out for id, draft, _ in made])
    stored = [_revision(id, 1, draft, None) for id, draft, _ in made]
    await rows.execute(sa.insert(revisions).values(published_at=sa.func.now()), stored)
    shown = [_shown(lesson) | {"id": id, "revision": 1} for id, _, lesson in made]
    await rows.execute(sa.insert(lessons), shown)


async def revise(rows: Rows, before: Row[Any], draft: Draft, by: UUID | None) -> Row[Any]:
    """Adds a revision, which is the draft from now on."""
    number = before.revision + 1
    await rows.execute(sa.insert(revisions).values(_revision(before.id, number, draft, by)))
    kept = {} if before.published_revision is None else {"key": before.key}
    values = _head(draft, by) | kept | {"revision": number} | NEXT_VERSION
    statement = sa.update(entries).where(entries.c.id == before.id).values(values).returning(entries)
    return (await rows.execute(statement)).one()


def _head(draft: Draft, by: UUID | None) -> dict[str, Any]:
    return {
        "key": draft.key,
        "title": draft.title,
        "description": draft.description,
        "topic": draft.topic,
        "updated_by": by,
    }


def _entry(entry_id: UUID, draft: Draft, by: UUID | None) -> dict[str, Any]:
    return {"id": entry_id, "kind": draft.kind, "revision": 1, "created_by": by, **_head(draft, by)}


def _revision(entry_id: UUID, number: int, draft: Draft, by: UUID | None) -> dict[str, Any]:
    return {
        "entry_id": entry_id,
        "revision": number,
        "source": draft.source,
        "content": draft.content,
        "html": draft.html,
        "pictures": [picture.model_dump(mode="json") for picture in draft.pictures],
        "made_by": by,
    }


async def publish_lesson(rows: Rows, before: Row[Any], lesson: Lesson, *, fixes: int | None) -> None:
    """Makes the newest revision of an entry the one that newcomers see.

    `fixes`: the revision in which only texts differ; who is in it sees the new one at once.
    """
    number = before.revision
    mine = sa.and_(revisions.c.entry_id == before.id, revisions.c.revision == number)
    await rows.execute(
        sa.update(revisions).where(mine).values(published_at=sa.func.now(), content=lesson.model_dump(mode="json"))
    )
    if fixes is not None:
        fixed = sa.or_(revisions.c.revision == fixes, revisions.c.fixed_by == fixes)
        await rows.execute(sa.update(revisions).where(revisions.c.entry_id == before.id, fixed).values(fixed_by=number))
    await _keep_unlocked(rows, before.id, lesson.requires)
    values = _shown(lesson) | {"revision": number, "retired": False}
    made = insert(lessons).values(id=before.id, **values)
    updated = values | {"published_at": sa.func.now()}
    await rows.execute(made.on_conflict_do_update(index_elements=["id"], set_=updated))


async def publish_article(rows: Rows, entry: Row[Any], article: Article) -> None:
    """Makes the newest revision of an article the one that everybody reads."""
    mine = sa.and_(revisions.c.entry_id == entry.id, revisions.c.revision == entry.revision)
    content = article.model_dump(mode="json")
    await rows.execute(sa.update(revisions).where(mine).values(published_at=sa.func.now(), content=content))


def _shown(lesson: Lesson) -> dict[str, Any]:
    return {
        "key": lesson.key,
        "topic": lesson.topic,
        "position": position(lesson.topic, lesson.sequence),
        "sequence": lesson.sequence,
        "title": lesson.title,
        "summary": lesson.summary,
        "difficulty": lesson.difficulty,
        "minutes": lesson.minutes,
        "language": lesson.language,
        "requires": list(lesson.requires),
        "exercises": len(lesson.exercises),
        "exercise_ids": [exercise.id for exercise in lesson.exercises],
    }


async def mark(rows: Rows, entry_id: UUID, by: UUID | None, **values: Any) -> Row[Any]:
    """Changes an entry's status or published revision."""
    changed = sa.update(entries).where(entries.c.id == entry_id).values(**values, updated_by=by, **NEXT_VERSION)
    return (await rows.execute(changed.returning(entries))).one()


async def retire(rows: Rows, entry_id: UUID) -> None:
    """Shows a lesson only to those who are inside."""
    await rows.execute(sa.update(lessons).where(lessons.c.id == entry_id).values(retired=True))


async def _keep_unlocked(rows: Rows, lesson_id: UUID, requires: Sequence[str]) -> None:
    """Notes for whom a lesson was open, before it requires something else. Of what is retired nothing is needed."""
    before = (await rows.execute(sa.select(lessons.c.requires).where(lessons.c.id == lesson_id))).scalar()
    if before is None or set(requires) <= set(before):
        return
    needed = sa.select(lessons.c.key).where(lessons.c.key.in_(before), sa.not_(lessons.c.retired))
    before = (await rows.execute(needed)).scalars().all()
    passed = (
        sa.select(lesson_places.c.person_id, lesson_places.c.lesson_id)
        .join(lessons, lessons.c.id == lesson_places.c.lesson_id)
        .where(lesson_places.c.completed_at.is_not(None), lesson_places.c.score >= PASSES, lessons.c.key.in_(before))
    ).subquery()
    if before:
        people = sa.select(passed.c.person_id).group_by(passed.c.person_id).having(sa.func.count() == len(set(before)))
    else:
        people = sa.select(lesson_places.c.person_id).distinct()
    who = people.subquery()
    made = insert(lesson_places).from_select(
        ["person_id", "lesson_id"], sa.select(who.c.person_id, sa.literal(lesson_id))
    )
    await rows.execute(made.on_conflict_do_nothing())


async def known(rows: Rows, keys: Collection[str]) -> list[Known]:
    """Reads what the rules need of the lessons that were ever published, to judge files with some keys.

    Only of lessons with these keys it reads which types their exercises ever had.
    """
    judged = sa.select(lessons.c.id).where(lessons.c.key.in_(keys))
    exercise = sa.func.jsonb_array_elements(revisions.c.content["exercises"]).table_valued("value").render_derived()
    types = (
        sa.select(
            revisions.c.entry_id,
            sa.func.jsonb_object_agg(exercise.c.value.op("->>")("id"), exercise.c.value.op("->>")("type")).label(
                "types"
            ),
        )
        .select_from(revisions.join(exercise, sa.true()))
        .where(revisions.c.published_at.is_not(None), revisions.c.entry_id.in_(judged))
        .group_by(revisions.c.entry_id)
        .subquery()
    )
    select = sa.select(lessons, types.c.types).outerjoin(types, types.c.entry_id == lessons.c.id)
    return [
        Known(row.key, row.topic, row.sequence, tuple(row.requires), row.types or {}, row.retired)
        for row in await rows.execute(select)
    ]


async def by_keys(rows: Rows, kind: str, keys: Collection[str]) -> Mapping[str, Row[Any]]:
    """Reads entries by their keys, and locks them."""
    select = sa.select(entries).where(entries.c.kind == kind, entries.c.key.in_([*keys])).order_by(entries.c.id)
    return {row.key: row for row in await rows.execute(select.with_for_update())}


async def keep_answer(rows: Rows, import_id: UUID, person: UUID, answer: Any) -> None:
    """Keeps what an import was answered."""
    await rows.execute(sa.insert(imports).values(id=import_id, person_id=person, answer=answer))


async def kept_answer(rows: Rows, import_id: UUID, person: UUID) -> Any:
    """Reads what an import was answered; None if it is not kept any more."""
    kept = sa.select(imports.c.answer).where(imports.c.id == import_id, imports.c.person_id == person)
    return (await rows.execute(kept)).scalar()
