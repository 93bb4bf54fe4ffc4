"""Tests copies of everything through all five services: against the tables by count, and with a service that is down.

`make faults` does it with 1,000 attempts, and kills the services at each point of an export.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from typing import Any
from uuid import UUID

import pytest

from chassis.bus.memory import MemoryBus
from chassis.bus.topology import Topology
from chassis.message.envelope import new_id
from chassis.testing import Harness, until
from tests.faults.client import Client
from tests.faults.conftest import all_faults
from tests.faults.test_erased import ALL, TEXT, WITHOUT_SPEECH, Machine, bus, machine, person_of
from voxbus.services import SERVICES

__all__ = ["bus", "machine"]

WITHIN_S = 60.0
#: makes more attempts as if one had been made so often: $1 the attempt $2 ids
MORE = {
    "speech": "INSERT INTO assessments SELECT (jsonb_populate_record(a, jsonb_build_object('attempt_id', n))).*"
    " FROM assessments AS a, unnest($2::uuid[]) AS more(n) WHERE attempt_id = $1",
    "feedback": "INSERT INTO feedback SELECT (jsonb_populate_record(f, jsonb_build_object('attempt_id', n))).*"
    " FROM feedback AS f, unnest($2::uuid[]) AS more(n) WHERE attempt_id = $1",
    "content": "INSERT INTO folded_attempts SELECT (jsonb_populate_record(f, jsonb_build_object('attempt_id', n))).*"
    " FROM folded_attempts AS f, unnest($2::uuid[]) AS more(n) WHERE attempt_id = $1",
    "gateway": "WITH more AS (INSERT INTO jobs SELECT (jsonb_populate_record(j, jsonb_build_object('id', n))).*"
    " FROM jobs AS j, unnest($2::uuid[]) AS more(n) WHERE j.id = $1)"
    " INSERT INTO log SELECT n, l.seq, l.event_id, l.type, l.version, l.time, l.person_id, l.headers, l.body,"
    " l.terminal, l.late FROM log AS l, unnest($2::uuid[]) AS more(n) WHERE l.stream_id = $1",
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "attempts" in metafunc.fixturenames:
        metafunc.parametrize("attempts", [1000 if all_faults(metafunc.config) else 3])


async def ask(client: Client) -> str:
    asked = await client.http.post("/me/export")
    assert asked.status_code == 202, asked.text
    return str(asked.json()["export"]["id"])


async def state(client: Client, export: str) -> str:
    items = (await client.http.get("/me/export")).json()["items"]
    return str(next(each["state"] for each in items if each["id"] == export))


async def fetched(client: Client, export: str) -> dict[str, bytes]:
    """Returns the files of an archive once it is made, each as its manifest says it is."""

    async def is_made() -> bool:
        return await state(client, export) != "pending"

    await until(is_made, within=WITHIN_S, what="the archive")
    archive = await client.http.get(f"/me/export/{export}")
    assert archive.status_code == 200, archive.text
    with zipfile.ZipFile(io.BytesIO(archive.content)) as file:
        files = {name: file.read(name) for name in file.namelist()}
    manifest = json.loads(files["manifest.json"])
    assert {each["name"]: each["sha256"] for each in manifest["files"]} == {
        name: hashlib.sha256(content).hexdigest() for name, content in files.items() if name != "manifest.json"
    }
    return files


async def counts(harness: Harness, person: UUID) -> dict[str, int]:
    """Counts the rows about a person in every table of every service, but those of the export itself."""
    found = {}
    for service in SERVICES:
        for table in service.metadata.sorted_tables:
            if "person_id" in table.c:
                query = f"SELECT count(*) FROM {table.name} WHERE person_id = $1"
                [[number]] = await harness.rows(service.name, query, person)
                found[f"{service.name}.{table.name}"] = int(number)
    return found


#: what no job waits for, so that it may arrive after everything of one: facts of the account, when somebody was there,
#: and what is told of a job
LATE = {
    **dict.fromkeys(("speech", "feedback"), ("person_activity",)),
    "content": ("person_activity", "clock_settings"),
    "notify": ("person_activity", "people", "decisions", "notifications"),
}


async def late_rows_are_there(harness: Harness, person: UUID) -> None:
    """Waits for the rows about a person that no job waits for."""

    async def are_there() -> bool:
        found = [
            await harness.rows(service, f"SELECT 1 FROM {table} WHERE person_id = $1", person)
            for service, tables in LATE.items()
            for table in tables
        ]
        return all(found)

    await until(are_there, within=WITHIN_S, what=f"rows in {LATE}")


async def test_a_copy_has_every_row_of_every_table(
    machine: Machine, bus: MemoryBus, recording: bytes, attempts: int
) -> None:
    async with machine.run(ALL, bus) as harness, Client(harness.address) as client:
        job = await client.submit(recording, TEXT)
        await client.follow(job)
        person = await person_of(harness, job)
        await late_rows_are_there(harness, person)
        for service in ("content", "feedback", "notify"):
            await harness.until_settled(service)
        for service, statement in MORE.items():
            await harness.rows(service, statement, job, [new_id() for _ in range(attempts - 1)])
        files = await fetched(client, export := await ask(client))
        manifest = json.loads(files["manifest.json"])
        in_file = {each["name"]: each["items"] for each in manifest["files"]}
        assert {name: files[name].count(b"\n") for name in in_file if name.endswith(".jsonl")} == {
            name: items for name, items in in_file.items() if name.endswith(".jsonl")
        }
        left_out = {each["table"] for each in manifest["excluded"]}
        rows = await counts(harness, person)
        for table, number in rows.items():
            name = f"{table.replace('.', '/')}.jsonl"
            assert (name in in_file) != (table in left_out), table
            assert in_file.get(name, number) == number, table
        assert rows["speech.assessments"] == rows["feedback.feedback"] == in_file["xapi.jsonl"] == attempts
        assert rows["gateway.jobs"] == attempts + 1
        shown = "SELECT count(*) FROM log WHERE stream_id = $1 AND NOT late"
        [[one]] = await harness.rows("gateway", shown, job)
        of_attempts = [line for line in files["jobs.jsonl"].splitlines() if export.encode() not in line]
        assert len(of_attempts) == one * attempts
        assert TEXT.encode() in files["jobs.jsonl"]
        assert in_file["content/progress.csv"] == files["content/progress.csv"].count(b"\r\n") - 1 > 0
        [[password]] = await harness.rows("gateway", "SELECT password_hash FROM people WHERE id = $1", person)
        whole = b"".join(files.values())
        token = client.http.headers["Authorization"].removeprefix("Bearer ")
        assert [secret for secret in (password, token) if secret.encode() in whole] == []


@pytest.mark.landing
async def test_a_service_that_is_down_gives_its_part_when_it_is_back(
    machine: Machine, bus: MemoryBus, recording: bytes
) -> None:
    another = MemoryBus()
    await another.declare(sum((service.topology() for service in ALL), Topology(())))  # also what nobody consumes
    async with machine.run(WITHOUT_SPEECH, another) as harness, Client(harness.address) as client:
        token = client.http.headers["Authorization"]
        export = await ask(client)

        async def others() -> bool:
            [row] = await harness.rows("gateway", "SELECT parts FROM exports WHERE id = $1", UUID(export))
            return len(row.parts) == len(ALL) - 1

        await until(others, within=WITHIN_S, what="the parts of the others")
        assert await state(client, export) == "pending"
        refused = await client.http.get(f"/me/export/{export}")
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/export-not-ready")
    async with machine.run(ALL, another) as harness, Client(harness.address) as client:
        client.http.headers["Authorization"] = token
        files = await fetched(client, export)
        assert files["speech/assessments.jsonl"] == b""
    await another.close()


async def test_a_copy_that_lacks_a_part_for_an_hour_fails_and_is_handed_out_to_nobody(
    machine: Machine, bus: MemoryBus
) -> None:
    async with machine.run(WITHOUT_SPEECH, bus) as harness, Client(harness.address) as client:
        export = await ask(client)
        await harness.rows("gateway", "UPDATE jobs SET deadline = now() WHERE id = $1", UUID(export))

        async def failed() -> bool:
            return await state(client, export) == "failed"

        await until(failed, within=WITHIN_S, what="the end of the job")
        job: dict[str, Any] = (await client.http.get(f"/jobs/{export}")).json()
        assert (job["status"], job["problem"]["type"]) == ("failed", "/problems/deadline-passed")
        assert (await client.http.get(f"/me/export/{export}")).status_code == 404
        assert (await client.http.post("/me/export")).status_code == 202  # nothing is open any more
