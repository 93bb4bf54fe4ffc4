"""Tests quick writes as a state machine: two owners of the same rows are asked, cut off, drained and told to erase.

Q1 a request is written at most once, with its fact; Q2 a 2xx implies it; Q3 a 503 marked as not written implies never,
also later; Q4 other content under a key never gets the first's answer; Q5 no row outlives an erasure that has ended; Q6
repeating ends in an answer. `docs/model/m9_quick.pml` has the same.
"""

from __future__ import annotations

import asyncio
import dataclasses
import functools
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import rule
from sqlalchemy.exc import DBAPIError

from chassis.delivery.person_erasure import erase_handler, rows_about
from chassis.delivery.retention_statements import delete
from chassis.fresh_databases import fresh_database
from chassis.handler import Deps
from chassis.message.envelope import new_id
from chassis.privacy.retention import retention
from chassis.storage.database import Database, open_database
from chassis.storage.keys import Keys
from chassis.stores_in_memory import KeysInMemory
from chassis.web.context import OwnerContext
from chassis.web.owner import owner_app
from chassis.web.principal import principal_key
from chassis.web.statements import OF_OWNERS
from chassis.web.testing import Answer, Caller, in_process, signed_in
from contracts.common import PersonErased
from libs.chassis.tests.integration.fixtures import Cut, Fate
from libs.chassis.tests.integration.model_write import Picture, Request, Verb, Writes
from libs.chassis.tests.integration.toys import ROUTES, TOYS
from libs.chassis.tests.integration.toys.tables import METADATA
from libs.chassis.tests.integration.web.room import OutboxInMemory
from tests.machines import PLACES, TIMEOUT_S, Machine, play
from tests.stepped import Stepped

OPERATIONS = [operation for each in ROUTES for operation in each.operations]
KEY = principal_key("toys", secret="a secret of more than thirty-two characters", given=None)
#: a try whose commit gets no answer is held before one of its first statements, or not at all: what dies has written
#: nothing
EARLY = st.sampled_from((None, None, None, 0, 1, 2, 3))
FATES: list[Fate] = ["applied", "lost", "later"]
SELDOM = st.sampled_from((False,) * 3 + (True,))
#: more than an owner ever waits, in seconds
LONG = 60.0

READ = """
SELECT ARRAY(SELECT jsonb_build_array(id, name, age, version) FROM toys) AS toys,
       ARRAY(SELECT jsonb_build_array(id, person_id, text) FROM notes) AS notes,
       ARRAY(SELECT jsonb_build_array(person_id, route, encode(key_hash, 'hex'), status, resource_id)
               FROM idempotency WHERE expires_at > now()) AS records,
       ARRAY(SELECT id FROM outbox) AS facts,
       ARRAY(SELECT person_id FROM erased_people) AS erased
"""
#: as a service does that serves routes
TRIM = next(delete(each) for each in retention().holders("content") if each.table == "idempotency")
EXPIRE = (
    "UPDATE idempotency SET expires_at = now() WHERE person_id = $1 AND route = $2 AND encode(key_hash, 'hex') = $3"
)


@dataclass
class Try:
    """Says what happens to one try: what becomes of its commit, and whether its answer comes."""

    request: Request
    fate: Fate | None = None
    #: no time is left once the commit got no answer
    late: bool = False
    heard: bool = True


class Replica:
    """Runs one owner of the toys, which is drained and replaced, on connections that are cut."""

    def __init__(self, database: Database, url: str, keys: KeysInMemory) -> None:
        self._cut = Cut(url, "toys", database=database)
        self.database = Stepped(self._cut)
        self._keys = Keys(keys)
        self._late = False
        context = OwnerContext(
            service="toys",
            database=self.database,
            keys=self._keys,
            outbox=OutboxInMemory(),
            key=KEY,
            key_wait=LONG,
            clock=self._clock,
        )
        self._start = functools.partial(owner_app, ROUTES, context)
        self._owner = self._start()

    async def attempt(self, it: Try) -> Answer:
        """Sends a try to the end; a commit that comes late comes when somebody waits for it, or after the answer."""
        if it.fate is not None:
            self._cut.cut(OF_OWNERS.claim, it.fate)
        self._late = it.late
        task = asyncio.ensure_future(self._send(it.request))
        try:
            while it.fate == "later" and not (await asyncio.wait({task}, timeout=0.001))[0]:
                if self._cut.was_cut and not it.late and await self._cut.somebody_waits():
                    await self._apply()
            return await task
        finally:
            task.cancel()
            self._late = False
            self._cut.spare()
            await self._apply()

    async def drain(self, request: Request, other: Request, after: int) -> tuple[Answer, Answer]:
        """Drains the owner while it has begun with a request, and sends it another; then there is a new owner."""
        task = asyncio.ensure_future(self._send(request))
        try:
            for _ in range(after):
                await asyncio.sleep(0)
            draining = asyncio.ensure_future(self._owner.drain())
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            refused = await self._send(other)
            answer = await task
            await draining
            return answer, refused
        finally:
            task.cancel()
            self._owner = self._start()

    async def erase(self, person: UUID) -> None:
        handler = erase_handler(rows_about(METADATA), self._keys)
        async with self.database.transaction() as tx:
            await handler.function([PersonErased(person_id=person)], Deps(), tx)  # type: ignore[arg-type]

    async def _apply(self) -> None:
        with suppress(DBAPIError):
            await self._cut.apply_late()

    def _clock(self) -> float:
        return LONG if self._late and self._cut.was_cut else 0.0

    async def _send(self, request: Request) -> Answer:
        principal = dataclasses.replace(signed_in("author"), id=request.person)
        caller = Caller(
            exchange=in_process(self._owner), service="toys", key=KEY, operations=OPERATIONS, principal=principal
        )
        method, target, content = _asked(request)
        headers = {"Idempotency-Key": request.key or "", "If-Match": request.if_match or ""}
        return await caller(method, target, content, headers=headers, operation_id=request.id)


def _asked(request: Request) -> tuple[str, str, Any]:
    content = request.content
    match request.verb:
        case "make":
            return "POST", "/toys", {"name": content, "age": 3}
        case "edit":
            return "PATCH", f"/toys/{request.toy}", {"age": content}
        case "delete":
            return "DELETE", f"/toys/{request.toy}", None
        case "note":
            return "POST", "/notes", {"text": content}


class WriteMachine(Machine[Replica, Writes]):
    """Sends requests of two people at a time; an erased person goes on sending, and a new person comes."""

    def __init__(self, url: str, loop: asyncio.AbstractEventLoop, database: Database) -> None:
        super().__init__(loop, database)
        keys = KeysInMemory()
        self.processes = Replica(database, url, keys), Replica(database, url, keys)
        self.people = [new_id(), new_id()]
        self.sent: list[Request] = []
        self.model = Writes()
        self.found: Picture = self.model.picture()

    def a_request(self) -> Request:
        """Makes a request that mostly is sensible: of toys that are there, under one of few keys."""
        verb: Verb = self.draw(st.sampled_from(("make", "edit", "edit", "delete", "note")), "verb")
        person = self.draw(st.sampled_from(self.people[-3:]), "person")
        key = self.draw(st.sampled_from((None, "one", "other")), "key")
        toys = sorted(self.model.toys)
        if verb in ("make", "note") or not toys:
            names = st.sampled_from("abcdef")
            return Request(new_id(), person, "make" if verb != "note" else verb, self.draw(names, "content"), key)
        toy = self.draw(st.sampled_from([*toys * 3, new_id()]), "toy")
        version = self.model.toys[toy].version if toy in self.model.toys else 1
        if_match = self.draw(st.sampled_from(("*", *[f'"{version}"'] * 3, f'"{version - 1}"')), "If-Match")
        content = self.draw(st.sampled_from((3, 4)), "age") if verb == "edit" else None
        return Request(new_id(), person, verb, content, key, toy, if_match)

    def _try(self, it: Try) -> None:
        self.sent.append(it.request)
        self.act(
            lambda r: r.attempt(it),
            lambda model, answer: model.tried(it.request, answer, it.fate, late=it.late, heard=it.heard),
            PLACES if it.fate is None else EARLY,
        )

    @rule(heard=st.booleans())
    def send(self, heard: bool) -> None:
        self._try(Try(self.a_request(), heard=heard))

    @rule(same_key=st.booleans())
    def send_again(self, same_key: bool) -> None:
        """Sends a request without an answer again, as the gateway does, or a client with its key."""
        if same_key:
            keyed = [request for request in self.sent if request.key is not None][-4:]
            if keyed:
                request = self.draw(st.sampled_from(keyed), "request")
                self._try(Try(Request(**{**vars(request), "id": new_id()})))
            return
        unheard = [request for request in self.sent if self.model.told.get(request.id, "open") == "open"][-4:]
        if unheard:
            self._try(Try(self.draw(st.sampled_from(unheard), "request")))

    @rule(fate=st.sampled_from(FATES), heard=st.booleans())
    def commit_has_no_answer(self, fate: Fate, heard: bool) -> None:
        self._try(Try(self.a_request(), fate, heard=heard))

    @rule(fate=st.sampled_from(FATES))
    def cannot_get_through(self, fate: Fate) -> None:
        self._try(Try(self.a_request(), fate, late=True))

    @rule(after=st.integers(0, 30))
    def drain(self, after: int) -> None:
        request, other = self.a_request(), self.a_request()

        def explain(model: Writes, answers: tuple[Answer, Answer]) -> None:
            answer, refused = answers
            model.refused_in_drain(other, refused)
            if answer.status == 503:
                model.refused_in_drain(request, answer)
            else:
                model.tried(request, answer, None, late=False, heard=True)

        self.act(lambda r: r.drain(request, other, after), explain)

    @rule(really=SELDOM)
    def erase(self, really: bool) -> None:
        if really:
            person = self.draw(st.sampled_from(self.people[-2:]), "person")
            self.people.append(new_id())
            self.act(lambda r: r.erase(person), lambda model, _: model.erase(person))

    @rule(clean_up=st.booleans())
    def expire(self, clean_up: bool) -> None:
        if clean_up:
            self.act(lambda r: r.database.fetch(TRIM, datetime.now(UTC)), lambda model, _: None)
        elif self.model.records and self.nothing_held:
            key = self.draw(st.sampled_from(sorted(self.model.records)), "record")
            self.act(lambda r: r.database.fetch(EXPIRE, *key), lambda model, _: model.expire(key), st.none())

    async def read(self) -> Picture:
        [row] = await self.database.fetch(READ)
        return Picture(
            frozenset((UUID(toy[0]), *toy[1:]) for toy in row.toys),
            frozenset((UUID(note[0]), UUID(note[1]), note[2]) for note in row.notes),
            frozenset((UUID(person), *record, UUID(made) if made else None) for person, *record, made in row.records),
            frozenset(row.facts),
            frozenset(row.erased),
        )

    def hold_true(self, before: Picture) -> None:
        told = self.model.told
        for request in self.sent:
            if told.get(request.id) in ("never", "refused"):
                assert request.fact not in self.found.facts, "what was refused is written"
        assert not self.found.erased & {person for _, person, _ in self.found.notes}, "a row outlives its person"
        assert not self.found.erased & {record[0] for record in self.found.records}
        assert before.facts <= self.found.facts

    async def end(self) -> None:
        for request in self.sent:
            if self.model.told.get(request.id, "open") in ("open", "unknown"):
                answer = await self.processes[0].attempt(Try(request))
                assert answer.status < 500, f"repeating does not end: {request} {answer}"
                self.model.tried(request, answer, None, late=False, heard=True)
        assert await self.read() == self.model.picture()

    async def clean(self) -> None:
        await self.database.fetch("TRUNCATE toys, notes, idempotency, outbox, erased_people")


@pytest.mark.timeout(TIMEOUT_S)
async def test_quick_writes(postgres_url: str) -> None:
    async with fresh_database(postgres_url, [TOYS]) as url:
        machine = functools.partial(WriteMachine, url)
        await asyncio.to_thread(play, machine, open_database(url, "toys", size=6), briefly=5)
