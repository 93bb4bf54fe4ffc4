"""Processes of two releases run side by side: readers of older and of newer messages do their work."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

import pytest

from chassis.testing import until
from contracts.speech import AttemptAssessed
from tests.faults.client import Client
from tests.faults.conftest import Hold, Make
from tests.faults.processes import Running
from tests.faults.system import System

pytestmark = [pytest.mark.timeout(600), pytest.mark.in_full]

JOBS = 4
TEXT = "She sells seashells by the seashore."
READERS = ("feedback", "content")
MINOR, MAJOR = ("tests.faults.other_release", "minor"), ("tests.faults.other_release", "major")
_MAJOR, _MINOR = AttemptAssessed.version
THIS, NEXT_MINOR, NEXT_MAJOR = f"{_MAJOR}.{_MINOR}", f"{_MAJOR}.{_MINOR + 1}", f"{_MAJOR + 1}.0"
_PARKED = "done_at IS NULL AND tries = 0 AND problem->>'type' = '/problems/unknown-version'"


class Releases:
    """Represents one system, and attempts whose assessment one release publishes and another reads."""

    def __init__(self, system: System, client: Client, recording: bytes) -> None:
        self._system = system
        self._client = client
        self._recording = recording
        self.speech: Running | None = None
        self.readers: list[Running] = []

    async def run(self, release: Sequence[str], services: Sequence[str]) -> list[Running]:
        """Starts services of a release."""
        return [await self._system.serve(name, replica=True, through=release) for name in services]

    async def say(self, release: Sequence[str], version: str) -> list[UUID]:
        """Runs speech of a release; returns attempts that it has assessed."""
        if self.speech is not None:
            await self.speech.stop()
        self.speech = await self._system.fake_speech(through=release)
        jobs = await self._client.submit_many(JOBS, self._recording, TEXT)

        async def assessed() -> bool:
            return (await self.versions(jobs)) == {version: JOBS}

        await until(assessed, within=120, what=f"assessments in version {version}")
        return jobs

    async def versions(self, jobs: Sequence[UUID]) -> Counter[str]:
        """Returns the versions of the messages in which speech has told of some jobs."""
        rows = await self._system.fetch(
            "SELECT version FROM gateway.log WHERE type = 'attempt.assessed' AND stream_id = ANY($1)", jobs
        )
        return Counter(row["version"] for row in rows)

    async def parked(self, jobs: Sequence[UUID]) -> Counter[str]:
        """Returns how many messages wait, by the service that cannot read them."""
        found = Counter[str]()
        for name in READERS:
            [[found[name]]] = await self._system.fetch(
                f"SELECT count(*) FROM {name}.inbox WHERE {_PARKED} AND job_id = ANY($1)", jobs
            )
        return found

    async def look_again(self) -> None:
        """Lets two minutes pass, after which parked messages are looked at again."""
        await self._system.execute(
            *(f"UPDATE {name}.inbox SET due_at = now() WHERE {_PARKED} AND due_at > now()" for name in READERS)
        )

    async def end(self, jobs: Sequence[UUID]) -> None:
        """Follows attempts to their end."""
        for job in jobs:
            await self._client.follow(job)


async def test_versions_side_by_side(make_system: Make, hold: Hold, recording: bytes) -> None:
    async with make_system() as system:
        await system.serve("gateway", "notify")
        async with Client(system.address) as client:
            releases = Releases(system, client, recording)
            old = await releases.run((), READERS)
            await releases.end(await releases.say(MINOR, NEXT_MINOR))  # an old release reads what a newer one says
            ours = await releases.say(MAJOR, NEXT_MAJOR)

            async def all_parked() -> bool:
                return await releases.parked(ours) == dict.fromkeys(READERS, JOBS)

            await until(all_parked, within=120, what="messages that wait for who can read them")
            await releases.look_again()
            await until(all_parked, within=120, what="the same again: nobody can read them yet")
            await releases.run(MAJOR, READERS)  # beside the old ones

            async def taken() -> bool:
                await releases.look_again()
                return (await releases.parked(ours)).total() == 0

            await until(taken, within=120, what="a release that reads them")
            await releases.end(ours)
            for process in old:
                await process.stop()
            await releases.end(await releases.say((), THIS))  # a newer release reads what an old one says
            hold("versions of a message side by side", await system.report(client.observed, under_way=ours))
