"""Plans a replay: which messages it would run, and why it runs the others not."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
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
    """Counts the messages of a plan. `too_old`: those before the inbox's horizon, which mode `repair` refuses."""

    total: int = 0
    already_handled: int = 0
    to_run: int = 0
    erased: int = 0
    refs_gone: int = 0
    upcast: int = 0
    unknown: int = 0
    too_old: int = 0
    versions: Counter[str] = field(default_factory=Counter)

    def document(self) -> Json:
        """Returns the counts as JSON."""
        names = ("total", "already_handled", "to_run", "erased", "refs_gone", "upcast", "unknown")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, kw_only=True)
class Planner:
    """Decides what becomes of each message.

    `handled` tells which of some ids the handler's inbox has settled; `exists`, whether an object is in the media
    store. In a `dry` run what was handled before runs all the same.
    """

    message: type[Message]
    handler: str
    mode: Mode
    dry: bool
    keys: Keys
    handled: Callable[[Collection[UUID]], Awaitable[set[UUID]]]
    exists: Callable[[str], Awaitable[bool]]
    now: datetime
    plan: Plan = field(default_factory=Plan)

    async def choose(self, pages: AsyncIterator[list[Sourced]]) -> AsyncIterator[list[Planned]]:
        """Yields the messages that are to run, and counts all in `plan`."""
        async for page in pages:
            ids = {each.received.envelope.id: self._id(each.received.envelope.id) for each in page}
            settled = await self.handled(list(ids.values()))
            found = await self._keys(page)
            chosen: list[Planned] = []
            for each in page:
                identity = each.received.envelope.id
                self.plan.total += 1
                if await self._runs(each, found, was_handled=ids[identity] in settled):
                    self.plan.to_run += 1
                    chosen.append(Planned(self.plan.to_run, identity, ids[identity], each.stream_id, each.place))
            yield chosen

    async def _runs(self, each: Sourced, keys: dict[UUID, Key], *, was_handled: bool) -> bool:
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
        if was_handled:
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

    def _id(self, identity: UUID) -> UUID:
        return identity if self.mode == "repair" else reprocessed_id(identity, self.handler, self.now)


def reprocessed_id(identity: UUID, handler: str, now: datetime) -> UUID:
    """Returns the id under which a handler takes an event anew: the same at each replay.

    That of an event beyond the inbox's horizon has the time of this week's beginning: consumers refuse older ids.
    """
    found = derived_id(identity, "replay", handler, 0)
    if id_time(found) > now - RETENTION + _IN_TIME:
        return found
    return UUID(int=first_id(week_of(now)).int | found.int & (1 << 80) - 1)


def refs_of(message: type[Message]) -> list[str]:
    """Returns the names of a message's fields that refer to objects."""
    hints: dict[str, Any] = get_type_hints(message)
    return [name for name in message.model_fields if hints[name] is Ref]
