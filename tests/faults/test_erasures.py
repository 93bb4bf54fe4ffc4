"""Tests erasures through all five services: what each confirms, one that is down, what is left in tables and files."""

from __future__ import annotations

import json
import random
from pathlib import Path
from string import ascii_lowercase
from typing import Any

import asyncpg
import pytest
import sqlalchemy as sa
from httpx2 import Response
from sqlalchemy.dialects.postgresql import JSONB

from chassis.bus.memory import MemoryBus
from chassis.bus.topology import Topology
from chassis.storage.migrations import migrate
from chassis.storage.tables import is_ours
from chassis.testing import until
from tests.faults.client import Client
from tests.faults.invariants import SCHEMAS
from tests.faults.test_erased import ALL, TEXT, WITHOUT_SPEECH, Machine, bus, machine, person_of
from voxbus.services import SERVICES

__all__ = ["bus", "machine"]

#: where a person's id stays
KEPT = {"gateway.jobs", "gateway.log"} | {f"{schema}.erased_people" for schema in SCHEMAS}
WITHIN_S = 60.0
#: $1 schemas: the columns of whose texts, documents and bytes the server would keep values
COUNTED = """
SELECT n.nspname, c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = ANY($1::text[]) AND c.relkind = 'r' AND NOT c.relispartition AND a.attnum > 0
   AND a.atttypid IN ('text'::regtype, 'text[]'::regtype, 'jsonb'::regtype, 'bytea'::regtype)
   AND coalesce(a.attstattarget, -1) <> 0
"""


async def delete(client: Client) -> Response:
    taken = await client.http.request("DELETE", "/me")
    assert taken.status_code == 202, taken.text
    return taken


async def shown(client: Client, taken: Response) -> dict[str, Any]:
    receipt = taken.json()["erasure"]["receipt"]
    read = await client.http.get(taken.headers["location"], headers={"Authorization": f"Bearer {receipt}"})
    assert read.status_code == 200, read.text
    found: dict[str, Any] = read.json()
    return found


async def completed(client: Client, taken: Response) -> dict[str, Any]:
    async def is_completed() -> dict[str, Any] | None:
        found = await shown(client, taken)
        return found if found["state"] == "completed" else None

    found: dict[str, Any] = await until(is_completed, within=WITHIN_S, what="the end of the erasure")
    return found


async def tables_with(machine: Machine, text: str) -> set[str]:
    """Returns every table of every service that has a text anywhere, also as bytes; partitions count as their table."""
    connection = await asyncpg.connect(machine.database_url)
    try:
        tables = await connection.fetch(
            "SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relkind = 'r' AND n.nspname = ANY($1::text[])",
            SCHEMAS,
        )
        found = set()
        for [name] in tables:
            query = f"SELECT EXISTS (SELECT FROM {name} t WHERE strpos(t::text, $1) > 0 OR strpos(t::text, $2) > 0)"
            if await connection.fetchval(query, text, text.encode().hex()):
                found.add(name.removesuffix("_default").rstrip("0123456789").rstrip("_"))
        return found
    finally:
        await connection.close()


async def files_with(machine: Machine, text: str) -> list[str]:
    """Returns the files of the database, as they are on disk, that have a text; dead rows are in them too."""
    connection = await asyncpg.connect(machine.database_url)
    try:
        await connection.execute("CHECKPOINT")
        [[folder, database]] = await connection.fetch(
            "SELECT current_setting('data_directory'), oid FROM pg_database WHERE datname = current_database()"
        )
    finally:
        await connection.close()
    files = (Path(folder) / "base" / str(database)).iterdir()
    return [path.name for path in files if path.is_file() and text.encode() in path.read_bytes()]


async def test_every_service_confirms_and_nothing_names_the_person_any_more(
    machine: Machine, bus: MemoryBus, recording: bytes
) -> None:
    async with machine.run(ALL, bus) as harness, Client(harness.address) as client:
        job = await client.submit(recording, TEXT)
        await client.follow(job)
        person = await person_of(harness, job)
        for service in ("content", "feedback", "notify"):
            await harness.until_settled(service)
        taken = await delete(client)
        assert (await client.http.get("/me")).status_code == 401
        found = await completed(client, taken)
        counts = {each["service"]: (each["state"], each["rows"] > 0) for each in found["services"]}
        assert counts == dict.fromkeys(SCHEMAS, ("confirmed", True))
        for service in SCHEMAS:
            await harness.until_settled(service)
        assert await tables_with(machine, str(person)) <= KEPT


async def test_the_server_gathers_nothing_about_what_people_wrote_and_knows_the_values_that_are_ours(
    machine: Machine,
) -> None:
    connection = await asyncpg.connect(machine.database_url)
    await connection.execute(
        # as a release before left them
        "ALTER TABLE gateway.people ALTER username SET STATISTICS -1;"
        "ALTER TABLE gateway.consents ALTER state SET STATISTICS 0;"
        "INSERT INTO gateway.people (id, email, username) VALUES (gen_random_uuid(), 'a@b.c', 'A');"
        "INSERT INTO gateway.consents (id, person_id, purpose, recipient, number, state, notice_version, reason)"
        " SELECT gen_random_uuid(), gen_random_uuid(), 'notify', 'email', 1, 'granted', 1, 'asked'"
        "   FROM generate_series(1, 500);"
        "ANALYZE gateway.people; ANALYZE gateway.consents;"
    )
    known = "SELECT tablename || '.' || attname FROM pg_stats WHERE schemaname = 'gateway'"
    guessed = await connection.fetchval("EXPLAIN (FORMAT JSON) SELECT FROM gateway.consents WHERE state = 'granted'")
    assert json.loads(guessed)[0]["Plan"]["Plan Rows"] < 10
    assert "people.username" in {name for [name] in await connection.fetch(known)}
    await migrate(machine.database_url, SERVICES)
    planned = await connection.fetchval("EXPLAIN (FORMAT JSON) SELECT FROM gateway.consents WHERE state = 'granted'")
    assert json.loads(planned)[0]["Plan"]["Plan Rows"] == 500
    await connection.execute("ANALYZE gateway.people")
    told = {name for [name] in await connection.fetch(known)}
    assert {each for each in told if each.startswith("people.")} >= {"people.id", "people.created_at", "people.roles"}
    assert not told & {"people.username", "people.email"}
    counted = {tuple(row) for row in await connection.fetch(COUNTED, SCHEMAS)}
    await connection.close()
    wrong = {
        (service.name, table, column.name)
        for service in SERVICES
        for table in (service.erase.tables if service.erase is not None else ())
        for column in service.metadata.tables[table].c
        if is_ours(column) is ((service.name, table, column.name) not in counted)
        and (is_ours(column) or isinstance(column.type, (sa.Text, sa.ARRAY, sa.LargeBinary, JSONB)))
    }
    assert wrong == set()


# A vacuum keeps the rows that any open transaction of the database may still see, so this depends on what others do.
@pytest.mark.in_full
async def test_no_file_of_the_database_has_what_a_person_wrote(
    machine: Machine, bus: MemoryBus, recording: bytes
) -> None:
    canary = "".join(random.choices(ascii_lowercase, k=14))
    async with machine.run(ALL, bus) as harness, Client(harness.address) as client:
        job = await client.submit(recording, f"{TEXT} {canary}")
        await client.follow(job)
        for service in ("content", "feedback", "notify"):
            await harness.until_settled(service)
        me, attempt = (await client.http.get("/me")).json(), (await client.http.get(f"/attempts/{job}")).json()
        words = [me["email"], canary, attempt["feedback"]["summary"][:24]]
        assert [word for word in words if not await files_with(machine, word)] == []  # so they can be found
        await completed(client, await delete(client))
        assert [word for word in words if await files_with(machine, word)] == []


async def test_the_recordings_of_open_jobs_are_gone_before_the_gateway_confirms(
    machine: Machine, bus: MemoryBus, recording: bytes
) -> None:
    async with machine.run(WITHOUT_SPEECH, bus) as harness, Client(harness.address) as client:
        await client.submit(recording, TEXT)
        taken = await delete(client)

        async def gateway() -> dict[str, Any] | None:
            [found] = [each for each in (await shown(client, taken))["services"] if each["service"] == "gateway"]
            return found if found["state"] == "confirmed" else None

        assert (await until(gateway, within=WITHIN_S, what="the gateway to confirm"))["media"] == 1
        files = [path for path in (machine.folder / "media").rglob("*") if path.is_file()]
        assert not [path for path in files if "lessons" not in path.parts]  # their pictures are nobody's


@pytest.mark.landing
async def test_a_service_that_is_down_is_pending_and_confirms_when_it_is_back(
    machine: Machine, bus: MemoryBus, recording: bytes
) -> None:
    async with machine.run(ALL, bus) as harness, Client(harness.address) as client:
        job = await client.submit(recording, TEXT)
        await client.follow(job)
        person, token = await person_of(harness, job), client.http.headers["Authorization"]
    another = MemoryBus()
    await another.declare(sum((service.topology() for service in ALL), Topology(())))  # also what nobody consumes
    async with machine.run(WITHOUT_SPEECH, another) as harness, Client(harness.address) as client:
        client.http.headers["Authorization"] = token
        taken = await delete(client)

        async def others() -> bool:
            states = {each["service"]: each["state"] for each in (await shown(client, taken))["services"]}
            return states == {service: "pending" if service == "speech" else "confirmed" for service in SCHEMAS}

        await until(others, within=WITHIN_S, what="the other services to confirm")
        assert (await shown(client, taken))["state"] == "running"
    async with machine.run(ALL, another) as harness, Client(harness.address) as client:
        found = await completed(client, taken)
        assert {each["service"]: each["rows"] for each in found["services"]}["speech"] == 1
        for service in SCHEMAS:
            await harness.until_settled(service)
        assert await tables_with(machine, str(person)) <= KEPT
    await another.close()
