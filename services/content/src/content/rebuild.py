"""Folds what learners did from nothing, and compares the result with the rows that were folded event by event."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Row

from chassis.handler import Rows
from chassis.storage.database import Database
from chassis.storage.person_lock import lock_people
from content.days import Calendar
from content.earned import BACK_AGAIN, FIRST_LESSON, PERFECT_LESSON, Ledger, came_back, counted_badges, topic_badge
from content.gamification import store as earned_store
from content.gamification.streak import streak_of
from content.gamification.tables import badges, learned_days, standings, xp_awards
from content.gamification.totals import Totals, forget_totals, read_totals
from content.gamification.xp import award_rows, rank
from content.lessons.places import StoredLessons
from content.progress.fold import Points
from content.progress.replay import Replayed, replay
from content.progress.store import REPLAYED, saves
from content.progress.tables import learning_events, lesson_progress, review_cards

_PAGE = 200
_LONGEST = 80


@dataclass(slots=True)
class Found:
    """Counts people, events and differences. `kept`: what was given and no fold gives any more; it stays."""

    people: int = 0
    events: int = 0
    differences: int = 0
    kept: int = 0


@dataclass(slots=True)
class Rebuild:
    """Compares and, with `applies`, mends. It holds the events of one person at a time."""

    database: Database
    say: Callable[[str], None]
    applies: bool = False
    found: Found = field(default_factory=Found)
    _points: dict[UUID, dict[int, Points]] = field(default_factory=dict)
    _lessons: StoredLessons = field(default_factory=StoredLessons)

    async def run(self, person: UUID | None = None) -> Found:
        """Goes through all people, or one; each in a transaction of its own, in which they hand in nothing."""
        async for each in self._people() if person is None else _one(person):
            async with self.database.transaction() as tx:
                await lock_people(tx, [each])
                await self._person(tx, each)
            self.found.people += 1
        return self.found

    async def _people(self) -> AsyncIterator[UUID]:
        after = UUID(int=0)
        column = learning_events.c.person_id
        while True:
            page = sa.select(column).where(column > after).distinct().order_by(column).limit(_PAGE)
            async with self.database.transaction() as tx:
                found = (await tx.execute(page)).scalars().all()
            for each in found:
                yield each
            if not found:
                return
            after = found[-1]

    async def _person(self, rows: Rows, person: UUID) -> None:
        events = (await rows.execute(sa.select(*REPLAYED).where(learning_events.c.person_id == person))).all()
        self.found.events += len(events)
        replayed = replay(person, events, await self._outlines(rows, events))
        await self._compare(rows, person, lesson_progress, replayed.lessons)
        await self._compare(rows, person, review_cards, replayed.cards)
        await self._compare(rows, person, learned_days, earned_store.day_rows(person, replayed.deeds))
        xp = await self._awards(rows, person, replayed)
        await self._places(rows, person, replayed)
        await self._badges(rows, person, replayed)
        await self._totals(rows, person, replayed, xp)

    async def _compare(self, rows: Rows, person: UUID, table: sa.Table, folded: Iterable[Mapping[str, Any]]) -> None:
        """Compares the rows of a person with what they should be."""
        key = [column.name for column in table.primary_key]
        stored = {tuple(row[name] for name in key): row for row in await _stored(rows, table, person)}
        wanted = {tuple(row[name] for name in key): row for row in folded}
        for each in sorted(stored.keys() - wanted.keys(), key=str):
            self._differs(table, each, "has nothing that it is the fold of")
            if self.applies:
                here = [table.c[name] == value for name, value in zip(key, each, strict=True)]
                await rows.execute(sa.delete(table).where(*here))
        changed = []
        for each, row in wanted.items():
            before = stored.get(each)
            if before is None:
                self._differs(table, each, "is missing")
            else:
                names = [name for name, value in row.items() if before[name] != value and not _unknown(before, name)]
                for name in names:
                    self._differs(table, each, f"{name}: {_short(before[name])} is stored, {_short(row[name])} follows")
                if not names:
                    continue
            changed.append(row)
        if self.applies and changed:
            await rows.execute(saves(table, changed[0]), [dict(each) for each in changed])

    async def _awards(self, rows: Rows, person: UUID, replayed: Replayed) -> int:
        """Compares what was given with what follows: too little is raised, too much stays. Returns how much that is."""
        stored = {row["key"]: row for row in await _stored(rows, xp_awards, person)}
        rows_of_all = award_rows(person, replayed.deeds, Ledger(set(), {}))
        rank(rows_of_all)
        folded = {row["key"]: row for row in rows_of_all}
        changed = []
        for key, row in folded.items():
            had = stored[key]["xp"] if key in stored else None
            if had is None or had < row["xp"]:
                self._differs(xp_awards, (person, key), f"xp: {had} is stored, {row['xp']} follows")
                changed.append(row)
        self.found.kept += sum(key not in folded or row["xp"] > folded[key]["xp"] for key, row in stored.items())
        if self.applies and changed:
            await rows.execute(saves(xp_awards, changed[0]), changed)
        given = {key: row["xp"] for key, row in stored.items()} | {row["key"]: row["xp"] for row in changed}
        return sum(given.values())

    async def _places(self, rows: Rows, person: UUID, replayed: Replayed) -> None:
        """Compares where the person is in the lessons with the runs that are completed."""
        completed = {lesson: state for lesson, state in replayed.states.items() if state.completions}
        places = await self._lessons.places(rows, person, completed)
        for lesson, state in completed.items():
            place = places.get(lesson)
            if place is None:  # of a lesson that is gone
                continue
            first, best = state.completions[0], state.best or 0
            if place.completed_at is not None and place.completed_at <= first and (place.score or 0) >= best:
                continue
            self.found.differences += 1
            self.say(
                f"{person} place in {lesson}: completed at {place.completed_at}, score {place.score}; {best} follows"
            )
            if self.applies:
                for at in state.completions:
                    await self._lessons.complete(rows, person, lesson, best, at)

    async def _badges(self, rows: Rows, person: UUID, replayed: Replayed) -> None:
        """Adds badges that are missing; none is taken back."""
        if not replayed.deeds:
            return
        wanted = await self._earned(rows, person, replayed)
        missing = sorted(wanted - {row["badge"] for row in await _stored(rows, badges, person)})
        for badge in missing:
            self._differs(badges, (person, badge), "is missing")
        if self.applies and missing:
            last = replayed.deeds[-1].event_id
            values = [{"person_id": person, "badge": badge, "event_id": last} for badge in missing]
            await rows.execute(sa.insert(badges).values(values))

    async def _totals(self, rows: Rows, person: UUID, replayed: Replayed, xp: int) -> None:
        """Compares the totals with which the next hand-in goes on; what differs is added up anew then."""
        noted = await read_totals(rows, person)
        counted = Totals(xp, sum(deed.review for deed in replayed.deeds))
        if noted.kept is not None:
            days = {deed.day for deed in replayed.deeds}
            calendar, now = Calendar(await earned_store.clocks(rows, person)), await earned_store.received(rows)
            counted = replace(counted, kept=streak_of(days, calendar, now, final=noted.kept.until).kept)
        if noted != counted:
            self._differs(standings, (person,), f"{noted} is noted, {counted} follows")
            if self.applies:
                await forget_totals(rows, person)

    async def _earned(self, rows: Rows, person: UUID, replayed: Replayed) -> set[str]:
        days = {deed.day for deed in replayed.deeds}
        calendar = Calendar(await earned_store.clocks(rows, person))
        streak = streak_of(days, calendar, await earned_store.received(rows))
        stored = await _stored(rows, xp_awards, person)
        found = counted_badges(
            longest=streak.longest,
            xp=sum(row["xp"] for row in stored),
            reviews=sum(deed.review for deed in replayed.deeds),
        )
        completed = {lesson for lesson, state in replayed.states.items() if state.completions}
        found |= {FIRST_LESSON} if completed else set()
        found |= {PERFECT_LESSON} if any(state.flawless for state in replayed.states.values()) else set()
        found |= {BACK_AGAIN} if came_back(days) else set()
        topics: dict[str, set[UUID]] = {}
        for card in await self._lessons.cards(rows) if completed else ():
            if not card.retired:
                topics.setdefault(card.topic, set()).add(card.id)
        return found | {topic_badge(topic) for topic, lessons in topics.items() if lessons <= completed}

    async def _outlines(self, rows: Rows, events: Collection[Row[Any]]) -> dict[UUID, dict[int, Points]]:
        """Returns the points of each exercise of the revisions that events name, which it remembers."""
        named = {(row.lesson_id, row.revision) for row in events if row.revision}
        unknown = {(lesson, number) for lesson, number in named if number not in self._points.get(lesson, {})}
        for (lesson, number), revision in (await self._lessons.revisions(rows, unknown)).items():
            self._points.setdefault(lesson, {})[number] = {each.id: each.points for each in revision.exercises}
        return self._points

    def _differs(self, table: sa.Table, key: Sequence[object], how: str) -> None:
        self.found.differences += 1
        self.say(f"{' '.join(map(str, key))} {table.name} {how}")


async def _one(person: UUID) -> AsyncIterator[UUID]:
    yield person


async def _stored(rows: Rows, table: sa.Table, person: UUID) -> Sequence[Mapping[str, Any]]:
    return [dict(row) for row in (await rows.execute(sa.select(table).where(table.c.person_id == person))).mappings()]


def _unknown(stored: Mapping[str, Any], name: str) -> bool:
    """Tells whether a row of the release before has nothing in a column; the next event fills it."""
    return name == "snapshot" and stored[name] is None


def _short(value: object) -> str:
    written = str(value)
    return written if len(written) <= _LONGEST else f"{written[:_LONGEST]}…"
