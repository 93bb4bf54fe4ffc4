"""Folds what learners did from nothing, and compares the result with the rows that were folded event by event."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Row

from chassis.handler import Rows
from chassis.storage.database import Database
from chassis.storage.person_lock import lock_people
from content.days import Calendar, Setting
from content.earned import BACK_AGAIN, FIRST_LESSON, PERFECT_LESSON, Ledger, came_back, counted_badges, topic_badge
from content.gamification import store as earned_store
from content.gamification.streak import streak_of
from content.gamification.tables import badges, learned_days, standings, xp_awards
from content.gamification.totals import Totals, forget_totals, totals_of
from content.gamification.xp import award_rows, rank
from content.lessons.places import StoredLessons
from content.lessons.tables import lesson_places
from content.progress.fold import Points
from content.progress.replay import Replayed, replay
from content.progress.selects import REPLAYED, saves
from content.progress.tables import learning_events, lesson_progress, review_cards

#: people who are read, compared and mended together, and whose hand-ins wait meanwhile
_TOGETHER = 10
_PAGE = 200
_LONGEST = 80
_COMPARED = (lesson_progress, review_cards, learned_days, xp_awards, badges, standings, lesson_places)
#: the rows of a table by person
_Stored = Mapping[UUID, Sequence[Mapping[Any, Any]]]


@dataclass(slots=True)
class Found:
    """Counts people, events and differences. `kept`: what was given and no fold gives any more; it stays."""

    people: int = 0
    events: int = 0
    differences: int = 0
    kept: int = 0

    def add(self, other: Found) -> None:
        """Counts what another part of a rebuild has found as well."""
        self.people += other.people
        self.events += other.events
        self.differences += other.differences
        self.kept += other.kept


@dataclass(slots=True)
class _Known:
    """Holds what is stored about some people, and what is to be written."""

    now: datetime
    stored: Mapping[str, _Stored]
    clocks: Mapping[UUID, Sequence[Setting]]
    topics: Mapping[str, Collection[UUID]]
    lessons: Collection[UUID]
    changed: dict[str, list[Mapping[str, Any]]] = field(default_factory=lambda: defaultdict(list))

    def of(self, table: sa.Table, person: UUID) -> Sequence[Mapping[Any, Any]]:
        """Returns the rows of a person."""
        return self.stored[table.name].get(person, ())


@dataclass(slots=True)
class Rebuild:
    """Compares and, with `applies`, mends. It holds the events of a few people at a time."""

    database: Database
    say: Callable[[str], None]
    applies: bool = False
    found: Found = field(default_factory=Found)
    _points: dict[UUID, dict[int, Points]] = field(default_factory=dict)
    _lessons: StoredLessons = field(default_factory=StoredLessons)

    async def run(self, person: UUID | None = None, *, part: int = 0, of: int = 1) -> Found:
        """Goes through all people, one, or a part of all; some in a transaction, in which they hand in nothing."""
        async for some in self._people(part, of) if person is None else _one(person):
            async with self.database.transaction() as tx:
                await lock_people(tx, some)
                await self.fold(tx, some)
            self.found.people += len(some)
        return self.found

    async def _people(self, part: int, of: int) -> AsyncIterator[Sequence[UUID]]:
        after = UUID(int=0)
        column = learning_events.c.person_id
        while True:
            page = sa.select(column).where(column > after).distinct().order_by(column).limit(_PAGE)
            async with self.database.transaction() as tx:
                found = (await tx.execute(page)).scalars().all()
            if not found:
                return
            mine = [person for person in found if person.int % of == part]
            for at in range(0, len(mine), _TOGETHER):
                yield mine[at : at + _TOGETHER]
            after = found[-1]

    async def fold(self, rows: Rows, people: Sequence[UUID]) -> None:
        """Folds some people, whose locks the caller holds."""
        select = sa.select(learning_events.c.person_id, *REPLAYED).where(learning_events.c.person_id.in_(people))
        events: dict[UUID, list[Row[Any]]] = {person: [] for person in people}
        for row in await rows.execute(select):
            events[row.person_id].append(row)
        outlines = await self._outlines(rows, [row for found in events.values() for row in found])
        known = await self._known(rows, people)
        for person, found in events.items():
            self.found.events += len(found)
            await self._person(rows, person, replay(person, found, outlines), known)
        for table in _COMPARED:
            if self.applies and known.changed[table.name]:
                values = [dict(each) for each in known.changed[table.name]]
                await rows.execute(saves(table, tuple(values[0])), values)

    async def _known(self, rows: Rows, people: Sequence[UUID]) -> _Known:
        stored: dict[str, dict[UUID, list[Mapping[Any, Any]]]] = {}
        for table in _COMPARED:
            of = stored[table.name] = defaultdict(list)
            for row in (await rows.execute(sa.select(table).where(table.c.person_id.in_(people)))).mappings():
                of[row["person_id"]].append(row)
        topics: dict[str, set[UUID]] = defaultdict(set)
        cards = await self._lessons.cards(rows)
        for card in cards:
            if not card.retired:
                topics[card.topic].add(card.id)
        clocks = await earned_store.clocks_of(rows, people)
        return _Known(await earned_store.received(rows), stored, clocks, topics, {card.id for card in cards})

    async def _person(self, rows: Rows, person: UUID, replayed: Replayed, known: _Known) -> None:
        await self._compare(rows, person, lesson_progress, replayed.lessons, known)
        await self._compare(rows, person, review_cards, replayed.cards, known)
        await self._compare(rows, person, learned_days, earned_store.day_rows(person, replayed.deeds), known)
        xp = self._awards(person, replayed, known)
        await self._places(rows, person, replayed, known)
        if replayed.deeds:
            await self._earned(rows, person, replayed, known, xp)

    async def _compare(
        self, rows: Rows, person: UUID, table: sa.Table, folded: Iterable[Mapping[str, Any]], known: _Known
    ) -> None:
        """Compares the rows of a person with what they should be."""
        key = [column.name for column in table.primary_key]
        stored = {tuple(row[name] for name in key): row for row in known.of(table, person)}
        wanted = {tuple(row[name] for name in key): row for row in folded}
        for each in sorted(stored.keys() - wanted.keys(), key=str):
            self._differs(table, each, "has nothing that it is the fold of")
            if self.applies:
                here = [table.c[name] == value for name, value in zip(key, each, strict=True)]
                await rows.execute(sa.delete(table).where(*here))
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
            known.changed[table.name].append(row)

    def _awards(self, person: UUID, replayed: Replayed, known: _Known) -> int:
        """Compares what was given with what follows: too little is raised, too much stays. Returns how much that is."""
        stored = {row["key"]: row for row in known.of(xp_awards, person)}
        rows_of_all = award_rows(person, replayed.deeds, Ledger(set(), {}))
        rank(rows_of_all)
        given = {key: row["xp"] for key, row in stored.items()}
        for row in rows_of_all:
            had = given.get(row["key"])
            if had is None or had < row["xp"]:
                self._differs(xp_awards, (person, row["key"]), f"xp: {had} is stored, {row['xp']} follows")
                known.changed[xp_awards.name].append(row)
                given[row["key"]] = row["xp"]
        folded = {row["key"]: row["xp"] for row in rows_of_all}
        self.found.kept += sum(key not in folded or row["xp"] > folded[key] for key, row in stored.items())
        return sum(given.values())

    async def _places(self, rows: Rows, person: UUID, replayed: Replayed, known: _Known) -> None:
        """Compares where the person is in the lessons with the runs that are completed."""
        places = {row["lesson_id"]: row for row in known.of(lesson_places, person)}
        for lesson, state in replayed.states.items():
            if not state.completions or lesson not in known.lessons:
                continue
            place = places.get(lesson, {"completed_at": None, "score": None})
            first, best = state.completions[0], state.best or 0
            if place["completed_at"] is not None and place["completed_at"] <= first and (place["score"] or 0) >= best:
                continue
            self.found.differences += 1
            told = f"completed at {place['completed_at']}, score {place['score']}; {best} follows"
            self.say(f"{person} place in {lesson}: {told}")
            if self.applies:
                for at in state.completions:
                    await self._lessons.complete(rows, person, lesson, best, at)

    async def _earned(self, rows: Rows, person: UUID, replayed: Replayed, known: _Known, xp: int) -> None:
        """Adds badges that are missing, none is taken back; and compares the totals, which are else added up anew."""
        days, calendar = {deed.day for deed in replayed.deeds}, Calendar(known.clocks[person])
        noted = next((totals_of(row) for row in known.of(standings, person)), None)
        kept = None if noted is None else noted.kept
        streak = streak_of(days, calendar, known.now, final=None if kept is None else kept.until)
        counted = Totals(xp, sum(deed.review for deed in replayed.deeds))
        wanted = counted_badges(longest=streak.longest, xp=xp, reviews=counted.reviews)
        wanted |= _of_lessons(replayed, known) | ({BACK_AGAIN} if came_back(days) else set())
        for badge in sorted(wanted - {row["badge"] for row in known.of(badges, person)}):
            self._differs(badges, (person, badge), "is missing")
            last = replayed.deeds[-1].event_id
            known.changed[badges.name].append({"person_id": person, "badge": badge, "event_id": last})
        if noted is not None and noted != replace(counted, kept=None if kept is None else streak.kept):
            self._differs(standings, (person,), f"{noted} is noted, {counted} follows")
            if self.applies:
                await forget_totals(rows, person)

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


def _of_lessons(replayed: Replayed, known: _Known) -> set[str]:
    """Returns the badges that completed lessons earn."""
    completed = {lesson for lesson, state in replayed.states.items() if state.completions}
    found = {FIRST_LESSON} if completed else set()
    found |= {PERFECT_LESSON} if any(state.flawless for state in replayed.states.values()) else set()
    return found | {topic_badge(topic) for topic, lessons in known.topics.items() if completed.issuperset(lessons)}


async def _one(person: UUID) -> AsyncIterator[Sequence[UUID]]:
    yield [person]


def _unknown(stored: Mapping[Any, Any], name: str) -> bool:
    """Tells whether the release before has written a column, or nothing in it; the next event fills it."""
    return name == "snapshot" and (stored[name] is None or not {"received", "spent_ms"} <= stored[name].keys())


def _short(value: object) -> str:
    written = str(value)
    return written if len(written) <= _LONGEST else f"{written[:_LONGEST]}…"
