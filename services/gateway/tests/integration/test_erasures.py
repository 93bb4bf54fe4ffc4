"""Tests erasures from `DELETE /me` to the certificate: who may, what the receipt shows, what a crash leaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import jwt
import pytest
from httpx2 import AsyncClient, Response

from chassis.message.envelope import Envelope, new_id
from chassis.observe import metrics
from contracts.common import OutsideRecipient, PersonErased, PersonErasureConfirmed
from gateway.edge.auth import roles
from gateway.edge.auth.roles import ADMIN, BY_OPERATOR
from gateway.edge.certificates import CertificateKey, read_keys
from gateway.jobs.erase_person import apply_ledger
from gateway.jobs.erasures import ENDED, confirm_erasure
from gateway.settings import GatewaySettings
from services.gateway.tests.integration.fixtures import SECRET, Bench
from services.gateway.tests.integration.test_door import KEY, opened
from services.gateway.tests.integration.test_security_events import PASSWORD, Someone

SERVICES = ["content", "feedback", "gateway", "notify", "speech"]
#: in their order
POINTS = ("received", "intended", "recorded", "worked", "committed")


class Crash(BaseException):
    """Stands for the end of the process."""


@pytest.fixture
async def door(bench: Bench, tmp_path: Path) -> AsyncIterator[AsyncClient]:
    async with opened(bench, tmp_path, GatewaySettings(secret_key=KEY)) as client:
        yield client


@pytest.fixture
async def robin(door: AsyncClient) -> Someone:
    return await Someone.signed_up(door)


async def delete(someone: Someone, body: object = None) -> Response:
    if body is None:
        return await someone.door.delete("/me", headers=someone.headers)
    return await someone.door.request("DELETE", "/me", headers=someone.headers, json=body)


async def confirm(bench: Bench, erasure: UUID, services: Sequence[str] = SERVICES, **fields: object) -> None:
    """Confirms as services do."""
    events = [
        PersonErasureConfirmed.model_validate({"erasure_id": erasure, "service": each, "rows": 2, "media": 1, **fields})
        for each in services
    ]
    async with bench.database.transaction() as tx:
        await confirm_erasure.function(events, None, tx)  # type: ignore[arg-type]


async def shown(door: AsyncClient, taken: Response) -> dict[str, Any]:
    erasure = taken.json()["erasure"]
    read = await door.get(taken.headers["location"], headers={"Authorization": f"Bearer {erasure['receipt']}"})
    assert read.status_code == 200, read.text
    found: dict[str, Any] = read.json()
    return found


async def rows_with(bench: Bench, person: UUID) -> set[str]:
    """Returns the gateway's tables that hold a person's id anywhere."""
    tables = await bench.database.fetch(
        "SELECT relname FROM pg_class WHERE relnamespace = 'gateway'::regnamespace AND relkind = 'r'"
    )
    found = set()
    for [table] in tables:
        query = f"SELECT EXISTS (SELECT FROM {table} AS t WHERE strpos(t::text, $1) > 0)"
        [[has]] = await bench.database.fetch(query, str(person))
        if has:
            found.add(table.partition("_default")[0].rstrip("0123456789").rstrip("_"))
    return found


async def test_from_the_word_to_the_certificate(bench: Bench, door: AsyncClient, robin: Someone) -> None:
    listener = await bench.bus.listen(ENDED)
    taken = await delete(robin, {"password": PASSWORD})
    assert taken.status_code == 202, taken.text
    assert (await listener.next()) == (ENDED, robin.id.bytes)
    for again in (await delete(robin, {"password": PASSWORD}), await door.get("/me", headers=robin.headers)):
        assert (again.status_code, again.json()["type"]) == (401, "/problems/unauthorized")
    assert bench.store.keys[robin.id] is None

    before = await shown(door, taken)
    assert (before["state"], before["certificate"], before["completed_at"]) == ("running", None, None)
    assert before["services"] == [
        {"service": each, "state": "pending", "rows": None, "media": None, "at": None} for each in SERVICES
    ]
    anew = {"email": robin.email, "password": PASSWORD, "username": "Robin"}
    assert (await door.post("/auth/signup", json=anew)).json()["type"] == "/problems/email-taken"

    erasure = UUID(taken.json()["erasure"]["id"])
    told = OutsideRecipient(recipient="webhook", state="done", detail="1 webhook was deleted.")
    await confirm(bench, erasure, SERVICES[:4], outside=[told])
    erasures = bench.new_erasures()
    await erasures.once()
    assert (await shown(door, taken))["state"] == "running"
    await confirm(bench, erasure, [SERVICES[0]], rows=0)  # once more: nothing changes
    await confirm(bench, erasure, SERVICES[4:])
    await erasures.once()
    after = await shown(door, taken)
    assert after["state"] == "completed"
    assert [(each["state"], each["rows"], each["media"]) for each in after["services"]] == [("confirmed", 2, 1)] * 5
    [outside] = after["outside"]
    assert (outside["recipient"], outside["state"]) == ("webhook", "done")
    await CertificateKey(SECRET).publish(bench.database)
    keys = jwt.PyJWKSet.from_dict({"keys": await read_keys(bench.database)})
    certificate = str(after["certificate"])
    key = keys[jwt.get_unverified_header(certificate)["kid"]]
    payload = jwt.decode(certificate, key, algorithms=["EdDSA"], issuer="http://gateway")
    assert payload.keys() == {"iss", "iat", "erasure_id", "requested_at", "completed_at", "services", "outside"}
    assert {name: payload[name] for name in ("services", "outside", "requested_at", "completed_at")} == {
        name: after[name] for name in ("services", "outside", "requested_at", "completed_at")
    }
    assert await rows_with(bench, robin.id) <= {"jobs", "log", "erased_people", "erasure_work", "outbox"}
    assert (await door.post("/auth/signup", json=anew)).status_code == 201


async def is_there(robin: Someone) -> bool:
    return (await robin.door.get("/me", headers=robin.headers)).status_code == 200


async def test_it_takes_the_password_or_a_sign_in_of_the_last_minutes(bench: Bench, robin: Someone) -> None:
    wrong = await delete(robin, {"password": "wrong horse battery"})
    assert (wrong.status_code, wrong.json()["type"]) == (403, "/problems/wrong-credentials")
    assert (await delete(robin, {"passwort": PASSWORD})).status_code == 422
    await bench.database.fetch(
        "UPDATE sessions SET created_at = now() - interval '301 seconds' WHERE person_id = $1", robin.id
    )
    bodies: tuple[object, ...] = (None, {})
    for body in bodies:
        stale = await delete(robin, body)
        assert (stale.status_code, stale.json()["type"]) == (403, "/problems/sign-in-again")
    assert await is_there(robin)
    await bench.database.fetch(
        "UPDATE sessions SET created_at = now() - interval '290 seconds' WHERE person_id = $1", robin.id
    )
    assert (await delete(robin)).status_code == 202


async def test_nothing_is_done_where_it_cannot_be_written_down(bench: Bench, robin: Someone) -> None:
    bench.ledger.away = True
    refused = await delete(robin, {"password": PASSWORD})
    assert (refused.status_code, refused.json()["type"]) == (503, "/problems/unavailable")
    await bench.new_erasures().once()
    assert await is_there(robin)
    assert bench.store.keys[robin.id] is not None


async def test_the_last_admin_stays(bench: Bench, robin: Someone) -> None:
    await bench.database.fetch("UPDATE people SET roles = '{learner}'")
    await roles.grant(bench.database, robin.id, ADMIN, BY_OPERATOR)
    refused = await delete(robin, {"password": PASSWORD})
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/last-admin")
    assert await is_there(robin)
    assert robin.id not in bench.ledger.erased


async def test_only_the_receipt_shows_an_erasure(bench: Bench, door: AsyncClient, robin: Someone) -> None:
    stranger = await Someone.signed_up(door)
    taken = await delete(robin, {"password": PASSWORD})
    path, receipt = taken.headers["location"], taken.json()["erasure"]["receipt"]
    for headers in ({}, stranger.headers, {"Authorization": f"Bearer {receipt}x"}, {"Authorization": receipt}):
        assert (await door.get(path, headers=headers)).status_code == 401, headers
    mine = {"Authorization": f"Bearer {receipt}"}
    assert (await door.get(f"/erasures/{new_id()}", headers=mine)).status_code == 401
    assert (await door.get("/erasures/none", headers=mine)).status_code == 404
    assert (await door.get("/me", headers=mine)).status_code == 401
    assert (await door.get(path, headers=mine)).headers["cache-control"] == "no-store"
    erasure = UUID(taken.json()["erasure"]["id"])
    await bench.database.fetch("UPDATE erasures SET requested_at = now() - interval '401 days' WHERE id = $1", erasure)
    assert (await door.get(path, headers=mine)).status_code == 401


@pytest.mark.parametrize("point", POINTS)
async def test_what_a_crash_leaves_another_gateway_brings_to_its_end(bench: Bench, tmp_path: Path, point: str) -> None:
    def crash(reached: str) -> None:
        if reached == point:
            raise Crash

    dying = bench.new_erasures(failpoint=crash)
    async with opened(bench, tmp_path, GatewaySettings(secret_key=KEY), erasures=dying) as door:
        robin = await Someone.signed_up(door)
        with pytest.raises(Crash):
            await dying.erase(robin.id)
        if point == "received":  # only the ledger knows of it, to which the next start listens
            await apply_ledger(bench.database, bench.keys, bench.ledger)
        again = bench.new_erasures()
        await again.once()
        await again.once()
        assert not await is_there(robin)
        assert bench.store.keys[robin.id] is None
        rows = await bench.database.fetch("SELECT id FROM erasures WHERE person_id = $1", robin.id)
        assert len(rows) == 1
        sent = await bench.database.fetch("SELECT headers FROM outbox WHERE key = $1", PersonErased.type)
        assert [Envelope.parse(row.headers).person_id for row in sent].count(robin.id) == 1
        await confirm(bench, rows[0].id)
        await again.once()
        [[state]] = await bench.database.fetch(
            "SELECT completed_at IS NOT NULL FROM erasures WHERE id = $1", rows[0].id
        )
        assert state


async def test_two_gateways_erase_once_and_give_one_receipt(bench: Bench, robin: Someone) -> None:
    one, other = await asyncio.gather(*(bench.new_erasures().erase(robin.id) for _ in range(2)))
    assert one == other
    sent = await bench.database.fetch("SELECT headers FROM outbox WHERE key = $1", PersonErased.type)
    assert [Envelope.parse(row.headers).person_id for row in sent].count(robin.id) == 1


async def test_metrics_say_how_many_are_open_and_since_when(bench: Bench, robin: Someone) -> None:
    await bench.database.fetch("UPDATE erasures SET completed_at = now(), person_id = NULL")
    erasures = bench.new_erasures()
    taken = await erasures.erase(robin.id)
    await bench.database.fetch("UPDATE erasures SET requested_at = now() - interval '2 hours' WHERE id = $1", taken.id)
    await erasures.once()
    assert read("voxbus_erasures_open") == 1
    assert 7200 <= read("voxbus_erasure_oldest_seconds") < 7300
    await confirm(bench, taken.id)
    await erasures.once()
    await erasures.once()
    assert (read("voxbus_erasures_open"), read("voxbus_erasure_oldest_seconds")) == (0, 0)


def read(metric: str) -> float:
    value = metrics.REGISTRY.get_sample_value(metric)
    assert value is not None
    return value
