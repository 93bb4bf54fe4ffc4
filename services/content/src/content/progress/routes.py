"""Serves each person's own progress, and takes what they did."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field

from chassis.storage.person_lock import lock_people
from chassis.web.call import Call
from chassis.web.cursor import read_cursor, refused
from chassis.web.fields import Moment
from chassis.web.listing import Filters, Listed, ListQuery, PageQuery, Sorts, listing, page_of, read_page
from chassis.web.problems import not_found
from chassis.web.routes import Routes
from content.day_timer import set_day_timer
from content.deps import ContentDeps
from content.progress import statements, store, xapi
from content.progress.accept import count, hand_in
from content.progress.event import EventsIn
from content.progress.facts import facts_of, progressed
from content.progress.problems import EACH
from content.progress.reading import read_learner, read_path, read_reviews
from content.progress.recommend import recommend
from content.progress.schemas import (
    EventOut,
    HandedIn,
    LessonDetailOut,
    LessonProgressOut,
    MilestoneOut,
    NextOut,
    ProgressSummary,
    RecommendationOut,
    RecommendationsOut,
    ReviewsOut,
    Status,
    Totals,
    written,
)
from content.progress.tables import learning_events
from content.progress.xapi import StatementOut

routes = Routes("progress")

MOST_BODY = 512 * 1024
SORTS: Sorts = {"id": learning_events.c.id, "at": learning_events.c.at}
FILTERS: Filters = {
    "from_": lambda moment: learning_events.c.at >= moment,
    "to": lambda moment: learning_events.c.at < moment,
}


class HistoryQuery(ListQuery):
    """Asks for a page of events that happened from one moment on and before another."""

    sort: Annotated[Literal["at", "-at"], Field(description="`-at`: newest first.")] = "-at"
    from_: Annotated[Moment | None, Field(alias="from")] = None
    to: Moment | None = None


class StatementsQuery(ListQuery):
    """Asks for a page of statements of what happened from one moment on and before another."""

    sort: Annotated[Literal["at", "-at"], Field(description="`at`: oldest first.")] = "at"
    from_: Annotated[Moment | None, Field(alias="from")] = None
    to: Moment | None = None


class LessonsQuery(PageQuery):
    """Asks for a page of one's progress in lessons."""

    status: Status | None = None


async def read_handed_in(id: UUID, call: Call[ContentDeps]) -> HandedIn:
    """Reads what a hand-in was answered."""
    kept = await store.kept_answer(call.rows, id, call.caller)
    if kept is None:
        raise not_found()
    return HandedIn.model_validate({**kept, "id": id})


@routes.post(
    "/progress",
    access=("own",),
    status=200,
    replay=read_handed_in,
    problems=EACH,
    max_body=MOST_BODY,
)
async def hand_in_progress(body: EventsIn, call: Call[ContentDeps]) -> HandedIn:
    """Takes what a person did, in any order and late: each event once for ever, by its `client_id`.

    An event that is not taken says why and leaves the others alone: `not-found`, `lesson-locked`, `bad-answer`,
    `too-old` (7 days), `too-early` (a solution before three wrong tries), `invalid`, `rate-limited` (the 5,001st of a
    day of UTC). When it happened follows from the client's own clock, and is never later than it was received. An
    answer without `happened_at` happened now. It is judged by the `revision` that the client has shown, if the person
    was in it or newcomers saw it within the last days; else by that which the person is in.
    """
    async with call.unit() as unit:
        await lock_people(unit, [call.caller])
        taken = await hand_in(unit, call.deps, call.caller, body.events, body.sent_at)
        now, earned = taken.received, taken.earned
        standing = await call.deps.earnings.standing(unit, call.caller, now) if earned is None else earned.standing
        if taken.changed:
            unit.emit(await progressed(unit, call.deps.lessons, call.caller, standing, now))
            for fact in () if earned is None else facts_of(call.caller, earned, now):
                unit.emit(fact)
            set_day_timer(unit, call.caller, standing.streak.day_ends_at)
            if call.deps.pushes:
                statements.set_timer(unit, call.caller)
        answer = HandedIn(id=call.id, results=taken.results, streak=standing.streak, xp=standing.xp)
        await store.keep_answer(unit, call.id, call.caller, answer.model_dump(mode="json"))
    count(taken.results)
    return answer


@routes.get("/progress", access=("own",))
async def read_progress_summary(call: Call[ContentDeps]) -> ProgressSummary:
    """Shows how far one is: totals, topics, milestones, what comes next and how much is due for review."""
    now = await store.received(call.rows)
    path = await read_path(call.rows, call.deps, call.caller)
    shown, learner = path.shown(), await read_learner(call.rows, call.deps, call.caller, now)
    found = recommend(learner, path.candidates())
    calendar = (await call.deps.earnings.calendar(call.rows, call.caller)).in_force(now)
    standing = await call.deps.earnings.standing(call.rows, call.caller, now)
    reached = await call.deps.earnings.milestones(call.rows, call.caller)
    spent = await store.time_spent(call.rows, call.caller, path.folds)
    return ProgressSummary(
        time_zone=calendar.time_zone,
        day_start=written(calendar.day_start),
        totals=Totals(
            lessons=len(shown),
            completed=sum(each.completion_status for each in shown),
            in_progress=sum(each.status == "started" for each in shown),
            xp=standing.xp.total,
            minutes=int(spent.total_seconds() // 60),
        ),
        topics=path.topics(),
        milestones=[MilestoneOut(name=name, reached_at=at) for name, at in reached],
        next=NextOut(lesson_id=found[0].lesson_id, reason=found[0].reason) if found else None,
        reviews_due=(await store.due_at(call.rows, call.deps.lessons, call.caller, now)).cards,
    )


@routes.get("/progress/lessons", access=("own",))
async def list_lesson_progress(query: LessonsQuery, call: Call[ContentDeps]) -> Listed[LessonProgressOut]:
    """Lists one's progress in each lesson, in the order of the path; a retired lesson only if one is inside."""
    path = await read_path(call.rows, call.deps, call.caller)
    shown = [each for each in path.shown() if query.status in (None, each.status)]
    if query.cursor is not None:
        last = read_cursor(query.cursor, UUID, UUID, query.bound())
        if last[0] is None:
            raise refused()
        order = [card.id for card in path.cards]
        behind = set(order[order.index(last[1]) + 1 :] if last[1] in order else ())
        shown = [each for each in shown if each.lesson_id in behind]
    return page_of(shown[: query.limit + 1], query, lambda each: each, lambda each: (each.lesson_id, each.lesson_id))


@routes.get("/progress/lessons/{lesson_id}", access=("own",))
async def read_lesson_progress(lesson_id: UUID, call: Call[ContentDeps]) -> LessonDetailOut:
    """Shows one's progress in a lesson and in each of its exercises that one has begun."""
    found = (await read_path(call.rows, call.deps, call.caller)).one(lesson_id)
    if found is None:
        raise not_found()
    return found


@routes.get("/progress/history", access=("own",))
async def list_progress_history(query: HistoryQuery, call: Call[ContentDeps]) -> Listed[EventOut]:
    """Lists what one did, newest first."""
    events = sa.select(learning_events).where(
        learning_events.c.person_id == call.caller, learning_events.c.type.in_(("attempt", "review", "opened"))
    )
    page = listing(events, query, filters=FILTERS, sorts=SORTS)
    return await read_page(call.rows, page, query, _event)


@routes.get("/progress/xapi", access=("own",))
async def list_statements(query: StatementsQuery, call: Call[ContentDeps]) -> Listed[StatementOut]:
    """Lists what one did as xAPI 1.0.3 statements, oldest first: a learning record store takes them as they are.

    The actor is an account with one's id, and no name or address. Ids are the same each time.
    """
    facts = xapi.facts_of(call.caller)
    filters: Filters = {"from_": lambda moment: facts.c.at >= moment, "to": lambda moment: facts.c.at < moment}
    page = listing(sa.select(facts), query, filters=filters, sorts={"id": facts.c.id, "at": facts.c.at})
    return await read_page(call.rows, page, query, lambda row: xapi.statement(call.caller, row))


@routes.get("/progress/reviews", access=("own",))
async def read_due_reviews(call: Call[ContentDeps]) -> ReviewsOut:
    """Shows the exercises that are due for review, nearest to being forgotten first: hand in `type: review`."""
    return await read_reviews(call.rows, call.deps, call.caller, await store.received(call.rows))


@routes.get("/progress/recommendations", access=("own",))
async def read_recommendations(call: Call[ContentDeps]) -> RecommendationsOut:
    """Recommends up to five lessons, with the reason in words."""
    now: datetime = await store.received(call.rows)
    path = await read_path(call.rows, call.deps, call.caller)
    found = recommend(await read_learner(call.rows, call.deps, call.caller, now), path.candidates())
    return RecommendationsOut(items=[RecommendationOut(**each._asdict()) for each in found])


def _event(row: sa.Row[tuple[object, ...]]) -> EventOut:
    return EventOut.model_validate({**row._mapping, "day": row.day.isoformat()})
