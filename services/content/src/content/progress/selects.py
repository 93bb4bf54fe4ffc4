"""Holds the statements of progress that each hand-in runs: they are made once, and compiled once."""

from __future__ import annotations

from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, Insert
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from chassis.storage.statement import constant, insert_of
from content.exercises.lessons import Lessons
from content.progress.tables import events_taken, handed_in, learning_events, lesson_progress, review_cards

_EVENT = learning_events.c
#: what the folds read of an event
_FOLDED = (
    _EVENT.at,
    _EVENT.client_id,
    _EVENT.type,
    _EVENT.lesson_id,
    _EVENT.exercise_id,
    _EVENT.revision,
    _EVENT.correct,
    (_EVENT.answer == {"give_up": True}).label("give_up"),
    _EVENT.rating,
    _EVENT.hint,
    _EVENT.received_at,
    _EVENT.duration_ms,
)
#: and what a fold of all that a person did needs besides
REPLAYED = (_EVENT.id, *_FOLDED, _EVENT.day, _EVENT.time_zone)
_STATE = lesson_progress.c.exercises[review_cards.c.exercise_id]
#: of a card whose exercise is solved or given up: before that a review would be a free try at it
_IS_DONE = sa.exists().where(
    lesson_progress.c.person_id == review_cards.c.person_id,
    lesson_progress.c.lesson_id == review_cards.c.lesson_id,
    sa.or_(_STATE["solved"].as_boolean(), _STATE["gave_up"].as_boolean()),
)
_PERSON = sa.bindparam("person", type_=PG_UUID())


def _any_of(column: sa.ColumnElement[Any], name: str) -> sa.ColumnElement[bool]:
    """Selects the rows with one of the values of a parameter, which is an array."""
    return column == sa.any_(sa.bindparam(name, type_=ARRAY(column.type)))


def _folds_of() -> sa.Select[Any]:
    """Selects of each lesson its fold, and when the newest of its events was handed in."""
    lessons = sa.func.unnest(sa.bindparam("lessons", type_=ARRAY(PG_UUID())))
    asked = lessons.table_valued("lesson_id").render_derived(name="asked")
    newest = (
        sa.select(_EVENT.received_at)
        .where(_EVENT.person_id == _PERSON, _EVENT.lesson_id == asked.c.lesson_id)
        .order_by(_EVENT.received_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    mine = sa.and_(lesson_progress.c.person_id == _PERSON, lesson_progress.c.lesson_id == asked.c.lesson_id)
    return (
        sa.select(asked.c.lesson_id.label("asked"), newest.label("newest"), lesson_progress)
        .select_from(asked)
        .outerjoin(lesson_progress, mine)
    )


def _taken() -> sa.Select[Any]:
    """Selects the database's time, how many events were taken on which day last, and the first answers to some.

    The answers are one document, by the client's id; null where none of the events is known.
    """
    one = sa.select(sa.literal_column("1")).subquery("one")
    mine = events_taken.c.person_id == _PERSON
    answers = sa.func.jsonb_object_agg(sa.cast(_EVENT.client_id, sa.Text), _EVENT.result, type_=JSONB)
    known = sa.select(answers).where(_EVENT.person_id == _PERSON, _any_of(_EVENT.client_id, "clients"))
    taken = (events_taken.c.day, events_taken.c.events)
    columns = (sa.func.clock_timestamp().label("now"), *taken, known.scalar_subquery().label("known"))
    return sa.select(*columns).select_from(one.outerjoin(events_taken, mine))


def _count_taken() -> Insert:
    added = insert_of(events_taken, ("person_id", "day", "events"))
    new = added.excluded
    more = sa.case((events_taken.c.day == new.day, events_taken.c.events), else_=0) + new.events
    return added.on_conflict_do_update(index_elements=["person_id"], set_={"day": new.day, "events": more})


NOW = constant(sa.select(sa.func.clock_timestamp()))
FIRST_RESULTS = constant(
    sa.select(_EVENT.client_id, _EVENT.result).where(_EVENT.person_id == _PERSON, _any_of(_EVENT.client_id, "clients"))
)
EVENTS_OF = constant(sa.select(*_FOLDED).where(_EVENT.person_id == _PERSON, _any_of(_EVENT.lesson_id, "lessons")))
FOLDS_OF = constant(_folds_of())
TAKEN = constant(_taken())
COUNT_TAKEN = constant(_count_taken())
CARDS_OF = constant(
    sa.select(review_cards).where(review_cards.c.person_id == _PERSON, _any_of(review_cards.c.lesson_id, "lessons"))
)
KEEP_ANSWER = constant(insert_of(handed_in, ("id", "person_id", "answer")))


@cache
def saves(table: sa.Table, names: tuple[str, ...]) -> Insert:
    """Writes rows of columns with these names, each in place of the one with the same key."""
    added = insert_of(table, names)
    key = [column.name for column in table.primary_key]
    new = {name: added.excluded[name] for name in names if name not in key}
    return constant(added.on_conflict_do_update(index_elements=key, set_=new))


@cache
def insert_into(table: sa.Table, names: tuple[str, ...]) -> Insert:
    return constant(insert_of(table, names))


@cache
def due_at(lessons: Lessons) -> sa.Select[int, Any, Any]:
    due, is_due = review_cards.c.due, review_cards.c.due <= sa.bindparam("now")
    found = sa.select(
        sa.func.count().filter(is_due).label("cards"),
        sa.func.min(due).filter(is_due).label("since"),
        sa.func.min(due).filter(sa.not_(is_due)).label("next"),
    )
    return constant(found.where(open_cards(lessons, _PERSON)))


def open_cards(lessons: Lessons, person: UUID | sa.BindParameter[UUID]) -> sa.ColumnElement[bool]:
    """Returns the condition of a person's open cards: a revision without its exercise has closed a card."""
    there = lessons.has_exercise(review_cards.c.lesson_id, review_cards.c.exercise_id)
    return sa.and_(review_cards.c.person_id == person, _IS_DONE, there)
