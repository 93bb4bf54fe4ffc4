"""Takes what there is to tell through the decision into the tables: tells at once, later, or not at all.

Whoever calls holds the locks of the people, so that what is counted and what waits stays so until the commit.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from chassis.storage.person_lock import lock_people
from contracts.notify import NotificationDue
from notify.notifications import log, store
from notify.notifications.acts import Acts
from notify.notifications.decide import History, Notice, Verdict, decide
from notify.notifications.deps import NoticeDeps
from notify.notifications.log import Today
from notify.notifications.notification import Telling
from notify.notifications.people import Person, now_of, read_people
from notify.notifications.ways import Ways, ways_of

WAITING_TIMER = "waiting/{person}"


@dataclass(frozen=True, slots=True)
class Ground:
    """Holds what decisions about some people are made by, at one moment."""

    now: datetime
    people: Mapping[UUID, Person]
    ways: Mapping[UUID, Ways]
    today: dict[UUID, Today]

    def history(self, person_id: UUID, **known: Any) -> History:
        """Returns the history of a person, with what is known of the notification."""
        today = self.today[person_id]
        return History(pushes=today.pushes, urgent=today.urgent, ways=self.ways[person_id].kinds, **known)

    def count(self, person_id: UUID, verdict: Verdict) -> None:
        """Counts what goes out now."""
        before, pushed, urgent = self.today[person_id], log.is_push(verdict), log.is_urgent(verdict)
        self.today[person_id] = Today(before.pushes + pushed, before.urgent + urgent)


async def ground_of(acts: Acts, deps: NoticeDeps, ids: Collection[UUID]) -> Ground:
    """Locks people and reads all that is decided by."""
    await lock_people(acts, ids)
    now = await now_of(acts)
    people = await read_people(acts, ids)
    today = await log.today_of(acts, {id: person.wanted.today(now) for id, person in people.items()})
    ways = await ways_of(acts, deps.consents, ids)
    return Ground(now, people, ways, dict(today))


async def tell(
    acts: Acts, ground: Ground, tellings: Sequence[Telling], already: Mapping[UUID, Any] | None = None
) -> None:
    """Tells people; `already` says by the id of a notification why there is nothing to tell any more."""
    taken = await store.taken_keys(acts, tellings)
    entries: list[log.Entry] = []
    made: list[tuple[Telling, Mapping[str, Any]]] = []
    for each in tellings:
        known = {"duplicate": (each.person_id, each.key) in taken, "already": (already or {}).get(each.id)}
        verdict = _decide(ground, each.person_id, each.notice, **known)
        is_made = verdict.in_app.choice == "send"
        entries += log.entries_of(each.person_id, each.id if is_made else None, each.notice.type, verdict)
        if is_made:
            made.append((each, _state(ground.now, verdict)))
            if each.key is not None:
                taken.add((each.person_id, each.key))
    await store.add(acts, made)
    await log.record(acts, entries)
    await plan(acts, {each.person_id for each, state in made if state["state"] == "deferred"})


async def tell_due(acts: Acts, ground: Ground) -> None:
    """Tells what has waited for this moment."""
    entries: list[log.Entry] = []
    changes: dict[UUID, Mapping[str, Any]] = {}
    for row in await store.waiting(acts, ground.people, ground.now):
        again = row.state == "deferred"
        verdict = _decide(ground, row.person_id, _notice(row), **_known(row))
        entries += log.entries_of(row.person_id, row.id, row.type, verdict, again=again)
        changes[row.id] = _moved(ground.now, row, verdict)
    await store.put(acts, changes)
    await log.record(acts, entries)
    await plan(acts, ground.people)


async def move(acts: Acts, ground: Ground) -> None:
    """Decides anew on what is deferred, because what its people want, or their time zone, has changed."""
    entries: list[log.Entry] = []
    changes: dict[UUID, Mapping[str, Any]] = {}
    for row in await store.waiting(acts, ground.people):
        notice = _notice(row)
        verdict = decide(
            ground.now, notice, ground.people[row.person_id].wanted, ground.history(row.person_id, **_known(row))
        )
        if verdict.choice == "send":  # its timer does that in a moment, with whatever else is due then
            changes[row.id] = {**row._mapping, "deliver_at": ground.now}
            continue
        entries += log.entries_of(row.person_id, row.id, row.type, verdict, again=True)
        changes[row.id] = _moved(ground.now, row, verdict, ended="cancelled")
    await store.put(acts, changes)
    await log.record(acts, entries)
    await plan(acts, ground.people)


async def plan(acts: Acts, people: Collection[UUID]) -> None:
    """Sets the timer of each person to the next of what waits, or removes it."""
    if not people:
        return
    due = await store.next_due(acts, people)
    for person in people:
        key = WAITING_TIMER.format(person=person)
        if person in due:
            acts.of(person).schedule(key, due[person], NotificationDue(person_id=person))
        else:
            acts.of(person).unschedule(key)


def _decide(ground: Ground, person_id: UUID, notice: Notice, **known: Any) -> Verdict:
    verdict = decide(ground.now, notice, ground.people[person_id].wanted, ground.history(person_id, **known))
    ground.count(person_id, verdict)
    return verdict


def _notice(row: Row[Any]) -> Notice:
    return Notice(row.type, row.urgent, row.stale_at, None if row.kinds is None else frozenset(row.kinds))


def _known(row: Row[Any]) -> dict[str, Any]:
    return {"in_app": row.state == "deferred", "already": "already-done" if row.read_at is not None else None}


def _state(now: datetime, verdict: Verdict) -> dict[str, Any]:
    """Returns the state of what is shown in the application now."""
    until = verdict.deferred_to
    held = next((each.reason for each in verdict.outside if each.choice == "defer"), None)
    state = "delivered" if until is None else "deferred"
    return {"state": state, "held": held, "deliver_at": until or now, "delivered": True, "told_in": None}


def _moved(now: datetime, row: Row[Any], verdict: Verdict, *, ended: str = "delivered") -> Mapping[str, Any]:
    """Returns the state of what has waited."""
    if row.state == "scheduled" and verdict.in_app.choice != "send":
        return {"state": "dropped", "held": None, "deliver_at": None, "delivered": False, "told_in": None}
    after = _state(now, verdict)
    gone = all(each.choice == "drop" for each in verdict.outside)
    return {**after, "state": ended} if row.state == "deferred" and gone else after
