"""Gathers what decisions about people are made by, at one moment."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.handler import Rows
from chassis.privacy.consents import Consents
from chassis.storage.person_lock import lock_people
from notify.notifications import log
from notify.notifications.channels.store import ChannelRef
from notify.notifications.decide import History, Notice, Verdict, decide
from notify.notifications.log import Today
from notify.notifications.people import Person, now_of, read_people
from notify.notifications.reminders import already_of
from notify.notifications.ways import Ways, ways_of


@dataclass(frozen=True, slots=True)
class Ground:
    """Holds what decisions about some people are made by, at one moment."""

    now: datetime
    people: Mapping[UUID, Person]
    ways: Mapping[UUID, Ways]
    today: dict[UUID, Today]

    def decide(
        self,
        person_id: UUID,
        notification_id: UUID,
        notice: Notice,
        *,
        read: bool = False,
        together: bool = False,
        **known: Any,
    ) -> Verdict:
        """Decides on a notification of a person; `together`: as part of one, which is decided on by itself."""
        person, today, own = self.people[person_id], self.today[person_id], {notification_id}
        wanted = replace(person.wanted, digest=None, quiet=None) if together else person.wanted
        history = History(
            already="already-done" if read else already_of(notice.type, person.learner, self.now),
            pushes=len(today.pushes - own),
            urgent=len(today.urgent - own),
            ways=self.ways[person_id].kinds,
            **known,
        )
        return decide(self.now, notice, wanted, history)

    def count(self, person_id: UUID, notification_id: UUID, verdict: Verdict) -> None:
        """Counts what goes out now."""
        today, own = self.today[person_id], frozenset({notification_id})
        pushes = today.pushes | own if log.is_push(verdict) else today.pushes
        self.today[person_id] = Today(pushes, today.urgent | own if log.is_urgent(verdict) else today.urgent)

    def channels(self, person_id: UUID, type_: str, verdict: Verdict) -> Sequence[ChannelRef]:
        """Returns the channels on which something goes out now, in the order that the person wants."""
        kinds = {each.channel for each in verdict.outside if each.choice == "send"}
        return self.ways[person_id].to(kinds, self.people[person_id].wanted.of(type_).channels)


async def ground_of(rows: Rows, consents: Consents, ids: Collection[UUID]) -> Ground:
    """Locks people and reads all that is decided by."""
    await lock_people(rows, ids)
    now = await now_of(rows)
    people = await read_people(rows, ids)
    today = await log.today_of(rows, {id: person.wanted.today(now) for id, person in people.items()})
    ways = await ways_of(rows, consents, ids)
    return Ground(now, people, ways, dict(today))
