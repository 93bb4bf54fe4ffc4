"""Takes what there is to tell through the decision into the tables: tells at once, later, or not at all.

Whoever calls holds the locks of the people, so that what is counted and what waits stays so until the commit.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from chassis.handler import Acts
from contracts.notify import NotificationDue
from notify.notifications import log, store
from notify.notifications.bundles import Bundle, Judged, bundles_of
from notify.notifications.decide import Notice, Verdict
from notify.notifications.deliveries import Outgoing, hand_over
from notify.notifications.ground import Ground
from notify.notifications.notification import Telling

WAITING_TIMER = "waiting/{person}"


async def tell(acts: Acts, ground: Ground, tellings: Sequence[Telling]) -> None:
    """Tells people."""
    taken = await store.taken_keys(acts, tellings)
    entries: list[log.Entry] = []
    made: list[tuple[Telling, Mapping[str, Any]]] = []
    going: list[tuple[Outgoing, Verdict]] = []
    for each in tellings:
        duplicate = (each.person_id, each.key) in taken
        verdict = _decide(ground, each.person_id, each.id, each.notice, duplicate=duplicate)
        is_made = verdict.in_app.choice == "send"
        entries += log.entries_of(each.person_id, each.id if is_made else None, each.notice.type, verdict)
        if is_made:
            made.append((each, _state(ground.now, verdict)))
            acts.ring(each.person_id)
            going.append((_outgoing(each.id, each.person_id, each.notice, verdict), verdict))
            if each.key is not None:
                taken.add((each.person_id, each.key))
    await store.add(acts, made)
    await log.record(acts, entries)
    await _hand_over(acts, ground, going)
    await plan(acts, {each.person_id for each, state in made if state["state"] == "deferred"})


async def tell_due(acts: Acts, ground: Ground) -> None:
    """Tells what has waited for this moment, some of it together. Where nothing can go out, what was shown waits on."""
    judged = []
    for row in await store.waiting(acts, ground.people, ground.now):
        if row.state == "deferred" and not acts.emits:
            continue
        digest = row.held == "digest" and ground.people[row.person_id].wanted.digest is not None
        apart = ground.decide(row.person_id, row.id, _notice(row), together=digest, **_known(row))
        judged.append(Judged(row, apart))
    bundles = bundles_of(ground, judged)
    told_in = {each.row.id: bundle for bundle in bundles for each in bundle.members}
    entries: list[log.Entry] = []
    changes: dict[UUID, Mapping[str, Any]] = {}
    going: list[tuple[Outgoing, Verdict]] = []
    for row, apart in judged:
        bundle = told_in.get(row.id)
        if bundle is not None:
            entries += _together(row, apart, bundle)
            changes[row.id] = {**_state(ground.now, apart), "told_in": bundle.telling.id}
            continue
        verdict = _decide(ground, row.person_id, row.id, _notice(row), **_known(row))  # counts those before it
        waits = not acts.emits and any(each.choice == "send" for each in verdict.outside)
        shown = Verdict(verdict.decisions[:1]) if waits else verdict
        entries += log.entries_of(row.person_id, row.id, row.type, shown, again=row.state == "deferred")
        changes[row.id] = _moved(ground.now, row, verdict)
        acts.ring(row.person_id)
        if waits:
            changes[row.id] = {**changes[row.id], "state": "deferred"}
        else:
            going.append((_outgoing(row.id, row.person_id, _notice(row), verdict), verdict))
    await store.put(acts, changes)
    await log.record(acts, entries)
    await _hand_over(acts, ground, going)
    await tell(acts, ground, [bundle.telling for bundle in bundles])
    await plan(acts, ground.people)


async def move(acts: Acts, ground: Ground) -> None:
    """Decides anew on what is deferred, because what its people want, or their time zone, has changed."""
    await _decide_anew(acts, ground, await store.waiting(acts, ground.people))


async def put_off(acts: Acts, ground: Ground, notification_id: UUID) -> None:
    """Lets a notification wait whose delivery came too late, into quiet hours as it may be; decides anew until when."""
    await _decide_anew(acts, ground, await store.told(acts, notification_id))


async def _decide_anew(acts: Acts, ground: Ground, rows: Sequence[Row[Any]]) -> None:
    entries: list[log.Entry] = []
    changes: dict[UUID, Mapping[str, Any]] = {}
    for row in rows:
        verdict = ground.decide(row.person_id, row.id, _notice(row), in_app=True, read=row.read_at is not None)
        if verdict.choice == "send":  # its timer does that in a moment, with whatever else is due then
            changes[row.id] = {**row._mapping, "state": "deferred", "deliver_at": ground.now}
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
            acts.schedule(key, due[person], NotificationDue(person_id=person), about=person)
        else:
            acts.unschedule(key)


async def _hand_over(acts: Acts, ground: Ground, going: Sequence[tuple[Outgoing, Verdict]]) -> None:
    for outgoing, verdict in going:
        to = ground.channels(outgoing.person_id, outgoing.type, verdict)
        if to:
            mode = ground.people[outgoing.person_id].wanted.of(outgoing.type).mode
            await hand_over(acts, outgoing, to, mode)


def _outgoing(id_: UUID, person_id: UUID, notice: Notice, verdict: Verdict) -> Outgoing:
    return Outgoing(id_, person_id, notice.type, log.is_urgent(verdict), notice.stale_at)


def _decide(ground: Ground, person_id: UUID, notification_id: UUID, notice: Notice, **known: Any) -> Verdict:
    verdict = ground.decide(person_id, notification_id, notice, **known)
    ground.count(person_id, notification_id, verdict)
    return verdict


def _together(row: Row[Any], verdict: Verdict, bundle: Bundle) -> list[log.Entry]:
    """Returns what the log says of a notification that goes out in another one."""
    return [
        log.Entry(row.person_id, row.id, row.type, each.channel, "drop", bundle.reason, "digest")
        for each in verdict.outside
    ]


def _notice(row: Row[Any]) -> Notice:
    return Notice(row.type, row.urgent, row.stale_at, None if row.kinds is None else frozenset(row.kinds))


def _known(row: Row[Any]) -> dict[str, Any]:
    return {"in_app": row.state == "deferred", "read": row.read_at is not None}


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
