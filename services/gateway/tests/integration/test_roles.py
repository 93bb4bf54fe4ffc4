"""Tests that roles hold with the next request, who may change them and when, and that an admin is left."""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import UUID

import pytest

from chassis.bus.memory import MemoryBus
from chassis.message.envelope import new_id
from chassis.storage.database import Database, open_database
from gateway.edge.auth import accounts, roles
from gateway.edge.auth.roles import BY_OPERATOR, LastAdmin
from gateway.service import SERVICE
from gateway.settings import GatewaySettings
from services.gateway.tests.integration.fixtures import Bench
from services.gateway.tests.integration.test_door import KEY, opened
from services.gateway.tests.integration.test_security_events import Someone, admin, door, robin

__all__ = ["admin", "door", "robin"]


async def test_a_role_holds_with_the_next_request(admin: Someone, robin: Someone) -> None:
    path = f"/admin/people/{robin.id}/roles/admin"
    assert (await robin.door.get("/admin/people", headers=robin.headers)).status_code == 403
    for _ in range(2):
        given = await admin.door.put(path, headers=admin.headers)
        assert (given.status_code, given.json()["roles"]) == (200, ["admin", "learner"])
    assert (await robin.door.get("/admin/people", headers=robin.headers)).status_code == 200
    for _ in range(2):
        taken = await admin.door.delete(path, headers=admin.headers)
        assert (taken.status_code, taken.json()["roles"]) == (200, ["learner"])
    assert (await robin.door.get("/admin/people", headers=robin.headers)).status_code == 403
    events = [each for each in await robin.own_events() if each.startswith("role_")]
    assert events == ["role_refused", "role_granted", "role_revoked"]  # what changed nothing is no event


@pytest.mark.parametrize("id", ["00000000-0000-4000-8000-000000000000", "x"])
async def test_nobody_gets_no_role(admin: Someone, id: str) -> None:
    for method in ("PUT", "DELETE"):
        answer = await admin.door.request(method, f"/admin/people/{id}/roles/author", headers=admin.headers)
        assert answer.status_code == 404


async def test_there_are_four_roles(admin: Someone, robin: Someone) -> None:
    answer = await admin.door.put(f"/admin/people/{robin.id}/roles/king", headers=admin.headers)
    assert answer.status_code == 404


async def test_to_change_a_role_one_signs_in_again_after_five_minutes(
    admin: Someone, robin: Someone, bench: Bench
) -> None:
    path = f"/admin/people/{robin.id}/roles/author"
    await bench.database.fetch(
        "UPDATE sessions SET created_at = created_at - interval '301 seconds' WHERE person_id = $1", admin.id
    )
    answer = await admin.door.put(path, headers=admin.headers)
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/sign-in-again")
    # to refresh is no sign-in
    refresh = {"refresh_token": admin.session["refresh_token"]}
    admin.use((await admin.door.post("/auth/refresh", json=refresh)).json())
    assert (await admin.door.put(path, headers=admin.headers)).status_code == 403
    assert (await admin.door.get("/admin/people", headers=admin.headers)).status_code == 200
    account = {"email": admin.email, "password": "correct horse"}
    admin.use((await admin.door.post("/auth/login", json=account)).json())
    assert (await admin.door.put(path, headers=admin.headers)).status_code == 200


async def made(database: Database) -> UUID:
    id = new_id()
    async with database.transaction() as tx:
        await accounts.add(tx, id=id, email=f"{id}@b.example", username="Robin", password_hash="-", birth_date=None)
    await roles.grant(database, id, "admin", BY_OPERATOR)
    return id


async def demoted(database: Database, person: UUID) -> bool:
    try:
        return await roles.revoke(database, person, "admin", BY_OPERATOR)
    except LastAdmin:
        return False


async def test_the_last_admin_stays_one_also_when_two_demote_each_other(machine_url: str, tmp_path: Path) -> None:
    database = open_database(machine_url, "gateway")
    try:
        people = [await made(database) for _ in range(4)]
        results = await asyncio.gather(*(demoted(database, person) for person in people))
        assert results.count(False) == 1
        last = people[results.index(False)]
        bus = MemoryBus()
        await bus.declare(SERVICE.topology())
        async with opened(Bench(database, bus), tmp_path, GatewaySettings(secret_key=KEY)) as client:
            robin = await Someone.signed_up(client)
            await roles.grant(database, robin.id, "admin", BY_OPERATOR)
            first = await client.delete(f"/admin/people/{last}/roles/admin", headers=robin.headers)
            assert (first.status_code, first.json()["roles"]) == (200, ["learner"])
            answer = await client.delete(f"/admin/people/{robin.id}/roles/admin", headers=robin.headers)
            assert (answer.status_code, answer.json()["type"]) == (409, "/problems/last-admin")
            assert (await client.get("/admin/people", headers=robin.headers)).status_code == 200
            # of another role nobody has to be left
            other = await client.delete(f"/admin/people/{robin.id}/roles/learner", headers=robin.headers)
            assert other.json()["roles"] == ["admin"]
        await bus.close()
    finally:
        await database.close()
