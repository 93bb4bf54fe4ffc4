"""Tests late deliveries about an erased person, on the memory bus: whole services in one process, restarted."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from chassis.bus.memory import MemoryBus
from chassis.delivery.outbox import OutboxMessage
from chassis.fresh_databases import fresh_database
from chassis.message.codec import decode
from chassis.message.envelope import Envelope
from chassis.service import Service
from chassis.settings import Settings
from chassis.storage.database import open_database
from chassis.storage.erasure_ledger import FILE_NAME, LedgerFile
from chassis.storage.keys import Keys
from chassis.storage.media import open_media
from chassis.stores_in_memory import KeysInMemory
from chassis.testing import LOOK_EVERY_S, Harness, running, until
from contracts.common import PersonErased
from contracts.speech import AttemptAssessed
from gateway.jobs.erase_person import erase_person
from gateway.jobs.recordings import recording_key
from speech.service import SERVICE as SPEECH
from tests.faults.client import Client
from tests.faults.fake_speech import assess_attempt, open_fake_speech
from voxbus.services import SERVICES

TEXT = "Red lorry, yellow lorry"
STAND_IN = replace(SPEECH, open=open_fake_speech, handlers=(assess_attempt,))
ALL = [STAND_IN if service.name == "speech" else service for service in SERVICES]
WITHOUT_SPEECH = [service for service in SERVICES if service.name != "speech"]


class Machine:
    """Holds what outlives a process: database, media, key store."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.database_url = database_url
        self.folder = folder
        self.media = open_media(None, folder)
        self.store = KeysInMemory()
        self.ledger = LedgerFile(folder / FILE_NAME)

    def run(self, services: Sequence[Service], bus: MemoryBus) -> AbstractAsyncContextManager[Harness]:
        """Returns a process of these services, with an empty cache of keys."""
        settings = Settings(port=0, data_dir=self.folder, look_every=LOOK_EVERY_S)
        return running(services, self.database_url, bus, self.media, settings, keys=Keys(self.store))

    async def erase(self, person: UUID) -> None:
        """Erases a person as the command does."""
        database = open_database(self.database_url, "gateway", size=1)
        await erase_person(database, Keys(self.store), self.ledger, person)
        await database.close()


@pytest.fixture
async def machine(postgres_url: str, tmp_path: Path) -> AsyncIterator[Machine]:
    async with fresh_database(postgres_url, SERVICES, filled=True) as url:
        yield Machine(url, tmp_path)


@pytest.fixture
async def bus() -> AsyncIterator[MemoryBus]:
    bus = MemoryBus()
    yield bus
    await bus.close()


async def person_of(harness: Harness, job: UUID) -> UUID:
    [[person]] = await harness.rows("gateway", "SELECT person_id FROM jobs WHERE id = $1", job)
    return UUID(str(person))


async def outcomes(harness: Harness, consumer: str, job: UUID) -> list[str | None]:
    return [row.outcome for row in await harness.inbox(consumer) if row.job_id == job]


@pytest.mark.landing
async def test_what_comes_again_about_an_erased_person_is_settled_unread(
    machine: Machine, bus: MemoryBus, recording: bytes
) -> None:
    async with machine.run(ALL, bus) as harness, Client(harness.address) as one, Client(harness.address) as other:
        job, kept = await one.submit(recording, TEXT), await other.submit(recording, TEXT)
        await one.follow(job)
        await other.follow(kept)
        person = await person_of(harness, job)
        for service in ("content", "feedback"):
            await harness.until_settled(service)
        [assessed] = await harness.rows(
            "gateway", "SELECT * FROM log WHERE stream_id = $1 AND type = $2", job, AttemptAssessed.type
        )
        envelope = Envelope.parse(assessed.headers)
        assert decode(AttemptAssessed, envelope, assessed.body, machine.store.keys[person]).text == TEXT

        await machine.erase(person)
        await harness.until_emitted(PersonErased)

        async def rows_left() -> bool:
            counts = [
                await harness.rows(table.partition(".")[0], f"SELECT FROM {table} WHERE person_id = $1", person)
                for table in (
                    "speech.assessments",
                    "feedback.feedback",
                    "content.twister_progress",
                    "content.folded_attempts",
                )
            ]
            return not any(counts)

        await until(rows_left)
        for consumer in ("content.project_progress", "feedback.give_feedback"):
            service = consumer.partition(".")[0]
            await harness.rows(service, "DELETE FROM inbox WHERE consumer = $1 AND job_id = $2", consumer, job)
        await harness.send(OutboxMessage(envelope, "events", bytes(assessed.body)))
        for consumer in ("content.project_progress", "feedback.give_feedback"):

            async def settled(consumer: str = consumer) -> bool:
                return await outcomes(harness, consumer, job) == ["erased"]

            await until(settled, what=f"{consumer} to settle what nobody can read")
        assert await rows_left()
        assert (await one.http.get(f"/attempts/{job}")).status_code == 401
        assert (await other.http.get(f"/attempts/{kept}")).json()["feedback"]["summary"]
        assert await outcomes(harness, "content.project_progress", kept) == ["ok"]


async def test_a_job_that_waits_when_its_person_is_erased_is_cancelled_and_its_recording_deleted(
    machine: Machine, bus: MemoryBus, recording: bytes
) -> None:
    async with machine.run(WITHOUT_SPEECH, MemoryBus()) as harness, Client(harness.address) as client:
        job = await client.submit(recording, TEXT)
        await machine.erase(await person_of(harness, job))

        async def deleted() -> bool:
            return not (machine.folder / "media" / recording_key(job)).exists()

        await until(deleted)
    async with machine.run(ALL, bus) as harness:

        async def settled() -> bool:
            return await outcomes(harness, "speech.assess_attempt", job) in (["cancelled"], ["erased"])

        await until(settled)
        [[status]] = await harness.rows("gateway", "SELECT status FROM jobs WHERE id = $1", job)
        assert status == "cancelled"
        assert not await harness.rows("speech", "SELECT FROM assessments")


async def test_a_job_whose_key_is_lost_fails(machine: Machine, bus: MemoryBus, recording: bytes) -> None:
    async with (
        machine.run(WITHOUT_SPEECH, MemoryBus()) as harness,
        Client(harness.address) as client,
        Client(harness.address) as other,
    ):
        job, _ = await client.submit(recording, TEXT), await other.submit(recording, TEXT)
        # the other key stays: without any of those it knows of, a gateway does not start
        del machine.store.keys[await person_of(harness, job)]
    async with machine.run(ALL, bus) as harness:

        async def failed() -> bool:
            rows = await harness.rows("gateway", "SELECT body FROM log WHERE stream_id = $1 AND terminal", job)
            return [json.loads(row.body)["problem"]["type"] for row in rows] == ["/problems/person-erased"]

        await until(failed)
        assert await outcomes(harness, "speech.assess_attempt", job) == ["erased"]
