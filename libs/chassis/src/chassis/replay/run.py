"""Runs one handler on messages that are given to it alone: for real, in its batches or slots, or dry, one by one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from chassis.delivery import inbox
from chassis.delivery.consumer import Consumer
from chassis.delivery.inbox import Received
from chassis.delivery.message_spans import replaying
from chassis.delivery.middleware import Run, around, ask_consent, limit_time
from chassis.delivery.settlement import refs_of
from chassis.errors import ConsentRevoked, Erased, Fenced, Permanent
from chassis.handler import FastHandler, Handler
from chassis.message.envelope import Envelope
from chassis.observe.logs import own_places
from chassis.replay.dry_database import DryDatabase
from chassis.replay.effects import NotPerformed, RecordedEffects
from chassis.replay.rows import Changes, changes
from chassis.replay.unit import Emitted, ReplayUnit
from chassis.storage.database import Database, Transaction
from chassis.storage.errors import is_outage
from chassis.storage.media import Gone
from contracts.base import Message

Mode = Literal["repair", "reprocess"]
#: characters of why a message has failed
_WHY_MAX = 1000
#: why a message is skipped that the inbox knows
HANDLED_BEFORE = "it was handled before"
#: of `cancelled_jobs`, the failures of jobs that hold up no replay: all of them
_RETRY = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Item:
    """Holds a message as it was logged, and the envelope under which it is handled now."""

    logged: Received
    envelope: Envelope

    @property
    def claimed(self) -> Received:
        """Returns what the inbox knows the message by. Only that its job was cancelled, not failed, stops it."""
        return Received(replace(self.envelope, retry=_RETRY), self.logged.body)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Says how a message ended: `skipped` means that it was handled before, or must not be. `why` names no value."""

    kind: Literal["done", "skipped", "failed"]
    why: str = ""


@dataclass(frozen=True, slots=True)
class DryOutcome:
    """Holds what a run would have done."""

    outcome: Outcome
    emitted: Sequence[Emitted] = ()
    changes: Changes = field(default_factory=Changes)
    effects: Sequence[str] = ()
    began: datetime = field(default_factory=lambda: datetime.now(UTC))


class Replayer:
    """Runs the handler of a `consumer`, whose database is that of real runs."""

    def __init__(self, consumer: Consumer, handler: Handler, mode: Mode) -> None:
        self._consumer = consumer
        self._handler = handler
        self._mode = mode

    async def run(self, items: Sequence[Item]) -> list[Outcome]:
        """Runs messages and commits what they do; nothing of one that fails remains. Raises outages."""
        if isinstance(self._handler, FastHandler):
            with replaying(self._consumer.name, [item.logged for item in items]):
                return await self._run_batch(self._handler, items)
        return await asyncio.gather(*(self._run_one(item) for item in items))

    async def run_dry(self, item: Item, database: DryDatabase, tables: Any, outside: Database) -> DryOutcome:
        """Runs a message and returns what it has done, of which nothing remains. `outside` still sees what was."""
        began, effects = datetime.now(UTC), self._effects(item, database, dry=True)
        unit: ReplayUnit | None = None

        @asynccontextmanager
        async def opened(message: Message) -> AsyncIterator[ReplayUnit]:
            nonlocal unit
            async with database.transaction() as tx:
                unit = self._unit(tx, {id(message): (message, item.envelope, 1)})
                yield unit

        async with database.run():
            try:
                with replaying(self._consumer.name, [item.logged], dry=True):
                    await self._handle(item, opened, effects)
            except Exception as error:
                if is_outage(error):
                    raise
                return DryOutcome(judged(error), effects=effects.reached, began=began)
            tx = await database.tx()
            found = await changes(tx, tx.written, outside, tables, began)
            emitted = unit.emitted() if unit is not None else []
            return DryOutcome(Outcome("done"), emitted, found, effects.reached, began)

    async def _run_batch(self, handler: FastHandler[Any, Any], items: Sequence[Item]) -> list[Outcome]:
        """Runs all in one transaction; after an error each alone."""

        async def work(tx: Transaction) -> list[Outcome]:
            settled = await inbox.insert_done(tx, self._consumer.name, [item.claimed for item in items])
            todo = [item for item in items if settled.get(item.envelope.id) == "ok"]
            if todo:
                messages = await self._consumer.read(handler.message, [item.logged for item in todo])
                pairs = list(zip(messages, todo, strict=True))
                unit = self._unit(tx, {id(message): (message, item.envelope, 1) for message, item in pairs})
                await self._within(messages, todo, lambda: handler.function(messages, self._consumer.deps, unit))
                await self._close(tx, unit, pairs)
            return [_settled(settled.get(item.envelope.id)) for item in items]

        try:
            return await self._consumer.database.redoing(work)
        except Exception as error:
            if is_outage(error):
                raise
            if len(items) == 1:
                return [judged(error)]
            return [outcome for item in items for outcome in await self._run_batch(handler, [item])]

    async def _run_one(self, item: Item) -> Outcome:
        settled: dict[UUID, str] = {}

        @asynccontextmanager
        async def opened(message: Message) -> AsyncIterator[ReplayUnit]:
            async with self._consumer.database.transaction() as tx:
                settled.update(await inbox.insert_done(tx, self._consumer.name, [item.claimed]))
                if settled.get(item.envelope.id) != "ok":
                    raise Fenced(self._consumer.name)
                unit = self._unit(tx, {id(message): (message, item.envelope, 1)})
                yield unit
                await self._close(tx, unit, [(message, item)])

        try:
            with replaying(self._consumer.name, [item.logged]):
                await self._handle(item, opened, self._effects(item, self._consumer.database, dry=False))
        except Fenced:
            return _settled(settled.get(item.envelope.id))
        except Exception as error:
            if is_outage(error):
                raise
            return judged(error)
        return Outcome("done")

    async def _handle(self, item: Item, opened: Callable[[Message], Any], effects: RecordedEffects) -> None:
        """Calls the function with one message, whose unit `opened` makes."""
        [message] = await self._consumer.read(self._handler.message, [item.logged])
        was_opened = False

        @asynccontextmanager
        async def unit() -> AsyncIterator[ReplayUnit]:
            nonlocal was_opened
            was_opened = True
            async with opened(message) as found:
                yield found
                effects.require()  # before anything is committed

        deps = replace(self._consumer.deps, unit=unit, effects=effects)

        async def work() -> None:
            if isinstance(self._handler, FastHandler):
                async with unit() as found:
                    await self._handler.function([message], deps, found)
                return
            await self._handler.function(message, deps)
            if not was_opened:
                async with unit():
                    pass

        await self._within([message], [item], work)

    async def _within(
        self, messages: Sequence[Message], items: Sequence[Item], work: Callable[[], Awaitable[None]]
    ) -> None:
        run = Run(self._consumer, self._handler, [item.logged for item in items], list(messages))
        await around((ask_consent, limit_time), run, work)

    async def _close(self, tx: Transaction, unit: ReplayUnit, pairs: Sequence[tuple[Message, Item]]) -> None:
        """Publishes what was emitted in mode `reprocess`; in mode `repair` deletes recordings, as a first run does."""
        if self._mode == "reprocess":
            await unit.flush()
            return
        for message, item in pairs:
            await inbox.delete_media(tx, refs_of(message), item.envelope.job_id)

    def _unit(self, tx: Transaction, causes: dict[int, tuple[Message, Envelope, int]]) -> ReplayUnit:
        return ReplayUnit(
            tx,
            source=self._consumer.source,
            handler=self._handler.name,
            causes=causes,
            keys=self._consumer.keys,
        )

    def _effects(self, item: Item, database: Database, *, dry: bool) -> RecordedEffects:
        return RecordedEffects(database, self._consumer.name, item.logged.envelope.id, dry=dry)


def judged(error: BaseException) -> Outcome:
    """Says how an error ends a message, naming its kind and never its text, which may hold a person's words."""
    match error:
        case Erased():
            return Outcome("skipped", "the person was erased")
        case ConsentRevoked():
            return Outcome("skipped", "the consent was taken back")
        case Gone():
            return Outcome("skipped", "a recording is gone")
        case NotPerformed():
            return Outcome("failed", str(error))
        case Permanent():
            return Outcome("failed", f"{error.problem.type}: {error.problem.detail or error.problem.title}")
        case _:
            return Outcome("failed", own_places(error)[:_WHY_MAX])


def _settled(outcome: str | None) -> Outcome:
    if outcome == "ok":
        return Outcome("done")
    return Outcome("skipped", "its job was cancelled" if outcome == "cancelled" else HANDLED_BEFORE)
