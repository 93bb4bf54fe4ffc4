"""Tests outbox rows as a state machine: two relays publish, sweep and delete, and the broker answers as it likes."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import rule
from sqlalchemy import Row

from chassis.bus.base import Outcome, Outgoing
from chassis.bus.memory import MemoryBus
from chassis.delivery import statements
from chassis.delivery.key_backoff import KeyBackoff
from chassis.delivery.outbox import OutboxMessage, insert_outbox, to_outbox_uncaused
from chassis.delivery.relay import Relay
from chassis.observe.health import Watchdog
from chassis.storage.database import Database, open_database
from libs.chassis.tests.integration.demo import Noted, Work
from libs.chassis.tests.integration.model_outbox import BUDGET, KEYS, Answered, Outbox, State, Swept
from tests.machines import TIMEOUT_S, Machine, play
from tests.stepped import Stepped

#: how many of those that have not gone are worked on at a time
AT_A_TIME = 4

READ = "SELECT id, claimed_until <= now() AS due, claimed_until = 'infinity' AS waits FROM outbox"
TO_WAIT = "UPDATE outbox SET claimed_until = 'infinity' WHERE id = ANY($1::uuid[]) AND xmin = pg_current_xact_id()::xid"
#: a row becomes old where the machine lets time pass, not while the machine is slow
_YOUNG, _OLD = "ready_at = now() + interval '1 h'", "ready_at = now() - interval '10 s'"
NEW = f"UPDATE outbox SET {_YOUNG} WHERE id = ANY($1::uuid[]) AND xmin = pg_current_xact_id()::xid"
RELEASE = f"""
UPDATE outbox SET claimed_until = now() + interval '10 s', {_YOUNG}
 WHERE id = $1 AND claimed_until = 'infinity' RETURNING id
"""
PASS = f"UPDATE outbox SET claimed_until = now(), {_OLD} WHERE id = $1 AND claimed_until < 'infinity'"


class Silent(MemoryBus):
    """Implements a bus that answers when the machine says so. With `keeps` it holds what it has not answered."""

    def __init__(self, *, keeps: bool) -> None:
        super().__init__()
        self._keeps = keeps
        self.asked: list[tuple[UUID, asyncio.Future[Outcome]]] = []

    def in_memory_ids(self) -> Collection[UUID]:
        return {identity for identity, _ in self.asked} if self._keeps else set()

    def publish(self, outgoing: Outgoing) -> asyncio.Future[Outcome]:
        answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        asked = outgoing.id, answer
        self.asked.append(asked)
        answer.add_done_callback(lambda _: self.asked.remove(asked))
        return answer


class Sender:
    """Runs one process's relay, without its loops."""

    def __init__(self, number: int, database: Database, ids: Sequence[UUID]) -> None:
        self.number = number
        self.database = Stepped(database)
        self._ids = ids
        self._clock = 0.0
        self.start()

    def start(self) -> None:
        """Starts as after a crash: the process knows nothing of what was under way."""
        self.bus = Silent(keeps=self.number == 0)
        pulse = Watchdog().pulse("relay")
        self._relay = Relay("demo", self.database, self.bus, pulse, BUDGET, lambda _: None)
        self._relay._key_backoff = KeyBackoff(lambda: self._clock)

    async def emit(self, messages: Sequence[OutboxMessage], *, waits: bool, dies: bool) -> None:
        async with self.database.transaction() as tx:
            await insert_outbox(tx, messages)
            await tx.fetch(NEW, [message.envelope.id for message in messages])
            if waits:
                await tx.fetch(TO_WAIT, [message.envelope.id for message in messages])
        if not waits and not dies:
            self._relay.publish(messages)

    async def release(self, message: OutboxMessage) -> bool:
        done = bool(await self.database.fetch(RELEASE, message.envelope.id))
        if done:
            self._relay.forward([message.outgoing()])
        return done

    async def sweep(self) -> Swept:
        held = self._numbers([*self.bus.in_memory_ids(), *self.confirmed])
        before = len(self.bus.asked)
        await self._relay._sweep()
        published = self._numbers(identity for identity, _ in self.bus.asked[before:])
        return Swept(self.number, published, held, self._relay.due)

    async def answer(self, number: int, outcome: Outcome) -> Answered | None:
        """Answers the oldest open publish of a message."""
        for identity, answer in self.bus.asked:
            if identity == self._ids[number]:
                answer.set_result(outcome)
                await asyncio.sleep(0)  # the waiting task is told
                return Answered(self.number, number, outcome)
        return None

    @property
    def confirmed(self) -> set[UUID]:
        """Returns the ids of the rows that the relay may delete."""
        return set(self._relay._confirmed)

    async def delete(self) -> set[int]:
        """Deletes confirmed rows and returns which; those of a failed delete are kept for the next one."""
        before = self.confirmed
        await self._relay._delete_confirmed()
        return self._numbers(before - self.confirmed)

    async def crash(self) -> int:
        for publish in list(self._relay._in_flight):
            publish.cancel()
        await asyncio.sleep(0)  # they end
        self.start()
        return self.number

    async def rest(self) -> int:
        """Ends every pause of a key."""
        self._clock += 1000
        return self.number

    def _numbers(self, ids: Iterable[UUID]) -> set[int]:
        return {self._ids.index(identity) for identity in ids}


class OutboxMachine(Machine[Sender, Outbox]):
    """Runs two relays, one on a bus in memory and one on a broker, with four messages of two keys."""

    def __init__(self, loop: asyncio.AbstractEventLoop, database: Database) -> None:
        super().__init__(loop, database)
        messages = [Work(key="k") if key == Work.type else Noted(key="k") for key in KEYS]
        self.outbox_messages = [
            to_outbox_uncaused(message, source="voxbus/test", job_id=None, person_id=None) for message in messages
        ]
        self.ids = [message.envelope.id for message in self.outbox_messages]
        self.model = Outbox()
        self.found = self.model.picture()
        self.processes = Sender(0, database, self.ids), Sender(1, database, self.ids)

    @rule(waits=st.sampled_from((False, False, True)), dies=st.booleans())
    def emit(self, waits: bool, dies: bool) -> None:
        """Emits a message in a transaction and publishes it at once, unless it waits or its process dies in between."""
        left = [number for number in range(len(KEYS)) if number not in self.model.gone][:AT_A_TIME]
        if not left:  # a deleted row is never published again
            return
        emitted = sorted(self.draw(st.sets(st.sampled_from(left), min_size=1, max_size=2), "messages"))
        messages = [self.outbox_messages[number] for number in emitted]
        self.act(
            lambda r: r.emit(messages, waits=waits, dies=dies), lambda model, _: model.emitted(emitted, waits=waits)
        )

    @rule()
    def sweep(self) -> None:
        if self.nothing_held and "due" not in self.model.rows:
            self.time_passes(start_again=False)
        self.act(lambda r: r.sweep(), lambda model, found: model.swept(found))

    @rule(outcome=st.sampled_from((Outcome.CONFIRMED, *Outcome)))
    def answer(self, outcome: Outcome) -> None:
        """Lets the broker answer a publish of the process whose turn it is."""
        asked = {self.ids.index(identity) for identity, _ in self.processes[0].bus.asked}
        if not asked:
            self.emit(waits=False, dies=False)
            return
        number = self.draw(st.sampled_from(sorted(asked)), "message")
        self.act(lambda r: r.answer(number, outcome), lambda model, found: model.answered(found))

    @rule()
    def delete(self) -> None:
        if self.nothing_held and not self.processes[0].confirmed:
            self.answer(outcome=Outcome.CONFIRMED)
        self.act(lambda r: r.delete(), lambda model, found: model.deleted(found))

    @rule()
    def release(self) -> None:
        """Gives a waiting message its turn."""
        waiting = [number for number, state in enumerate(self.model.rows) if state == "waits"]
        if not waiting:
            self.emit(waits=True, dies=False)
            return
        number = self.draw(st.sampled_from(waiting), "message")
        self.act(lambda r: r.release(self.outbox_messages[number]), lambda model, done: model.released(number, done))

    @rule(start_again=st.booleans())
    def time_passes(self, start_again: bool) -> None:
        """Lets a claim run out; or restarts a process that owns its database alone, which ends all claims."""
        if start_again:
            clear = statements.CLEAR_OUTBOX_CLAIMS
            self.act(lambda r: r.database.fetch(clear), lambda model, _: model.cleared())
            return
        claimed = [number for number, state in enumerate(self.model.rows) if state == "claimed"]
        if not claimed:
            self.emit(waits=False, dies=False)
            return
        number = self.draw(st.sampled_from(claimed), "message")
        identity = self.ids[number]
        self.act(lambda r: r.database.fetch(PASS, identity), lambda model, _: model.expired([number]))

    @rule(what=st.sampled_from(("crash", "rest", None, None)))
    def forget(self, what: str | None) -> None:
        """Ends a process with all that it knows, or the pauses of its keys."""
        if what is not None:
            self.act(lambda r: r.crash() if what == "crash" else r.rest(), lambda model, relay: model.rested(relay))

    async def read(self) -> list[State]:
        rows = {row.id: row for row in await self.database.fetch(READ)}
        return [_state(rows.get(identity)) for identity in self.ids]

    def hold_true(self, before: list[State]) -> None:
        for number, (old, new) in enumerate(zip(before, self.found, strict=True)):
            assert old == "absent" or new != "absent" or number in self.model.confirmed, "lost: nobody has it"

    async def end(self) -> None:
        """Checks that every committed message is published at last, and its row deleted."""
        survivor, other = self.processes
        await other.crash()
        await survivor.crash()
        await survivor.rest()
        for message in self.outbox_messages:
            await survivor.release(message)
        await survivor.database.fetch(statements.CLEAR_OUTBOX_CLAIMS)
        await survivor.crash()
        for number in (await survivor.sweep()).published:
            await survivor.answer(number, Outcome.CONFIRMED)
        await survivor.delete()
        assert set(await self.read()) == {"absent"}, "left behind"

    async def clean(self) -> None:
        for process in self.processes:
            await process.crash()
        await self.database.fetch("DELETE FROM outbox")


def _state(row: Row[Any] | None) -> State:
    if row is None:
        return "absent"
    if row.waits:
        return "waits"
    return "due" if row.due else "claimed"


@pytest.mark.timeout(TIMEOUT_S)
def test_outbox_rows(database_url: str) -> None:
    play(OutboxMachine, open_database(database_url, "demo", size=4))
