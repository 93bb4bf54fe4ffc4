"""Plans a replay: which messages it would run, and why it runs the others not."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, get_type_hints
from uuid import UUID

from chassis.delivery.consumer import RETENTION
from chassis.errors import Erased, Permanent
from chassis.message.codec import opened
from chassis.message.crypto import Key
from chassis.message.envelope import derived_id, id_time
from chassis.storage.keys import Keys
from chassis.storage.partitions import first_id, week_of
from contracts.base import Json, Message, Ref
from contracts.upcast import can_read
from gateway.operate.replays import Planned
from gateway.operate.sources import Sourced

Mode = Literal["repair", "reprocess"]
#: an id made anew is at least so much younger than the inbox's horizon, so that what follows from it is in time too
_IN_TIME = timedelta(days=1)


@dataclass(slots=True)
class Plan:
    """Counts the messages of a plan. `too_old`: those before the inbox's horizon, which mode `repair` refuses.

    `dead_letters` were never handled: mode `repair` leaves them to whoever retries them.
    """

    total: int = 0
    already_handled: int = 0
    to_run: int = 0
    erased: int = 0
    refs_gone: int = 0
    upcast: int = 0
    unknown: int = 0
    dead_letters: int = 0
    too_old: int = 0
    versions: Counter[str] = field(default_factory=Counter)

    def document(self) -> Json:
        """Returns the counts as JSON."""
        names = ("total", "already_handled", "to_run", "erased", "refs_gone", "upcast", "unknown", "dead_letters")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, slots=True)
class Before:
    """Says what became of a message: the id under which it runs now, and how its handler's inbox has settled it.

    `settled`: nothing is left to do; `well`: the handler has done its work; `dead`: it is a dead letter.
    """

    message_id: UUID
    settled: bool = False
    well: bool = False
    dead: bool = False
    fence: int | None = None


@dataclass(frozen=True, kw_only=True)
class Planner:
    """Decides what becomes of each message.

    `before` tells what became of some events; `exists`, whether an object is in the media store. In a `dry` run what
    was handled before runs all the same.
    """

    message: type[Message]
    mode: Mode
    dry: bool
    keys: Keys
    before: Callable[[Sequence[UUID]], Awaitable[dict[UUID, Before]]]
    exists: Callable[[str], Awaitable[bool]]
    now: datetime
    plan: Plan = field(default_factory=Plan)

    async def choose(self, pages: AsyncIterator[list[Sourced]]) -> AsyncIterator[list[Planned]]:
        """Yields the messages that are to run, and counts all in `plan`."""
        async for page in pages:
            became = await self.before([each.received.envelope.id for each in page])
            found = await self._keys(page)
            chosen: list[Planned] = []
            for each in page:
                identity = each.received.envelope.id
                self.plan.total += 1
                was = became[identity]
                if await self._runs(each, found, was):
                    self.plan.to_run += 1
                    at = identity, was.message_id, each.stream_id, each.place
                    chosen.append(Planned(self.plan.to_run, *at, was_handled=was.well, fence=was.fence))
            yield chosen

    async def _runs(self, each: Sourced, keys: dict[UUID, Key], was: Before) -> bool:
        envelope, plan = each.received.envelope, self.plan
        plan.versions["{}.{}".format(*envelope.version)] += 1
        if self.mode == "repair" and id_time(envelope.id) <= self.now - RETENTION:
            plan.too_old += 1
            if not self.dry:
                return False
        key = keys.get(envelope.person_id) if envelope.person_id is not None else None
        if each.erased or (envelope.enc is not None and (key is None or key.id != envelope.enc)):
            plan.erased += 1
            return False
        if not can_read(self.message, envelope.version[0]):
            plan.unknown += 1
            return False
        if envelope.version[0] < self.message.version[0]:
            plan.upcast += 1
        if was.dead:
            plan.dead_letters += 1
            if self.mode == "repair" and not self.dry:
                return False
        elif was.settled:
            plan.already_handled += 1
            if not self.dry:
                return False
        if await self._refs_gone(each, key):
            plan.refs_gone += 1
            return False
        return True

    async def _refs_gone(self, each: Sourced, key: Key | None) -> bool:
        names = refs_of(self.message)
        if not names:
            return False
        try:
            data, _ = opened(each.received.body, each.received.envelope, key)
        except (Permanent, Erased):
            return False
        refs = [data[name]["key"] for name in names if isinstance(data.get(name), dict) and "key" in data[name]]
        return not all([await self.exists(ref) for ref in refs])

    async def _keys(self, page: Sequence[Sourced]) -> dict[UUID, Key]:
        envelopes = [each.received.envelope for each in page]
        persons = {each.person_id for each in envelopes if each.enc is not None and each.person_id is not None}
        return await self.keys.find(persons) if persons else {}


def reprocessed_id(identity: UUID, handler: str, now: datetime) -> UUID:
    """Returns the id under which a handler takes an event anew; what was handled once keeps it (`Remembered`).

    That of an event beyond the inbox's horizon has the time of this week's beginning: consumers refuse older ids.
    """
    found = derived_id(identity, "replay", handler, 0)
    if is_in_time(found, now):
        return found
    return UUID(int=first_id(week_of(now)).int | found.int & (1 << 80) - 1)


def is_in_time(identity: UUID, now: datetime) -> bool:
    """Tells whether consumers still take a message with this id, and what follows from it."""
    return id_time(identity) > now - RETENTION + _IN_TIME


def refs_of(message: type[Message]) -> list[str]:
    """Returns the names of a message's fields that refer to objects."""
    hints: dict[str, Any] = get_type_hints(message)
    return [name for name in message.model_fields if hints[name] is Ref]
