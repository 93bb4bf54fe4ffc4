"""Tests what is written about accounts, who may read it, and how long it is kept."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, get_args
from uuid import UUID, uuid4

import pytest
from httpx2 import AsyncClient

from chassis.handler import Deps
from chassis.message.envelope import new_id
from contracts.learning import ContentAct, ContentAdministered
from gateway.edge.auth import roles
from gateway.edge.auth.roles import BY_OPERATOR
from gateway.edge.content_acts import PREFIX, note_content_acts
from gateway.edge.security_events import Event, SecurityEvent, note_secret_key, read_events, record
from gateway.jobs.erase_person import erase_person
from gateway.settings import GatewaySettings
from services.gateway.tests.integration.fixtures import Bench
from services.gateway.tests.integration.test_door import KEY, opened

PASSWORD = "correct horse"
#: of the test's client
NETWORK = "127.0.0.0/24"


@pytest.fixture
async def door(bench: Bench, tmp_path: Path) -> AsyncIterator[AsyncClient]:
    async with opened(bench, tmp_path, GatewaySettings(secret_key=KEY)) as client:
        yield client


class Someone:
    """Is a person with an account and a session."""

    def __init__(self, door: AsyncClient, session: dict[str, Any], email: str) -> None:
        self.door, self.session, self.email = door, session, email
        self.id = UUID(session["user"]["id"])
        self.use(session)

    def use(self, session: dict[str, Any]) -> None:
        """Goes on with another session."""
        self.headers = {"Authorization": f"Bearer {session['access_token']}"}

    @classmethod
    async def signed_up(cls, door: AsyncClient) -> Someone:
        email = f"{uuid4()}@b.example"
        made = await door.post("/auth/signup", json={"email": email, "password": PASSWORD, "username": "Robin"})
        assert made.status_code == 201, made.text
        return cls(door, made.json(), email)

    async def get(self, path: str, **query: Any) -> list[dict[str, Any]]:
        answer = await self.door.get(path, headers=self.headers, params=query)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def own_events(self) -> list[str]:
        """Returns what happened, the oldest first."""
        return [each["event"] for each in reversed(await self.get("/me/security-events"))]


@pytest.fixture
async def robin(door: AsyncClient) -> Someone:
    return await Someone.signed_up(door)


@pytest.fixture
async def admin(door: AsyncClient, bench: Bench) -> Someone:
    made = await Someone.signed_up(door)
    await roles.grant(bench.database, made.id, "admin", BY_OPERATOR)
    return made


async def test_sign_ins_and_sign_outs_are_noted(door: AsyncClient, robin: Someone) -> None:
    account = {"email": robin.email, "password": PASSWORD}
    assert (await door.post("/auth/login", json={**account, "password": "wrong horse"})).status_code == 401
    sessions = [(await door.post("/auth/login", json=account)).json() for _ in range(2)]
    for ends in ({}, {"everywhere": True}):
        headers = {"Authorization": f"Bearer {sessions.pop()['access_token']}"}
        assert (await door.post("/auth/logout", json=ends, headers=headers)).status_code == 204
    robin.use((await door.post("/auth/login", json=account)).json())
    events = await robin.get("/me/security-events")
    happened = ["signed_up", "signed_in", "sign_in_failed", "signed_in", "signed_in", "signed_out", "signed_out"]
    assert await robin.own_events() == [*happened, "signed_in"]
    assert [each["detail"].get("sessions") for each in events if each["event"] == "signed_out"] == [2, None]
    assert {(each["address"], each["issuer"]) for each in events} == {(NETWORK, "voxbus"), (NETWORK, None)}
    assert not any("actor_id" in each or "person_id" in each for each in events)
    assert robin.email not in str(events)


async def test_a_reused_refresh_token_is_noted_once(bench: Bench, tmp_path: Path) -> None:
    own = GatewaySettings(secret_key=KEY, refresh_grace=0)
    async with opened(bench, tmp_path, own) as door:
        robin = await Someone.signed_up(door)
        first = {"refresh_token": robin.session["refresh_token"]}
        second = (await door.post("/auth/refresh", json=first)).json()
        used = {"Authorization": f"Bearer {second['access_token']}"}
        assert (await door.get("/me/sessions", headers=used)).status_code == 200
        for _ in range(2):
            assert (await door.post("/auth/refresh", json=first)).status_code == 401
        rows = await bench.database.fetch(
            "SELECT * FROM security_events WHERE person_id = $1 AND event = 'refresh_reused'", robin.id
        )
    assert [(row.network, row.issuer) for row in rows] == [(NETWORK, "voxbus")]
    assert [row.detail["session"] for row in rows] and first["refresh_token"] not in str(rows)


async def test_a_log_in_to_no_account_is_noted_without_its_address(door: AsyncClient, admin: Someone) -> None:
    email = f"{uuid4()}@nobody.example"
    await door.post("/auth/login", json={"email": email, "password": PASSWORD})
    newest = (await admin.get("/admin/security-events", event="sign_in_failed", limit=1))[0]
    assert (newest["person_id"], newest["address"], newest["detail"]) == (None, NETWORK, {})


async def test_a_missing_role_is_noted_once_a_minute(door: AsyncClient, robin: Someone) -> None:
    for _ in range(3):
        assert (await door.get("/admin/people", headers=robin.headers)).status_code == 403
        assert (await door.post("/twisters", json={}, headers=robin.headers)).status_code == 403
    noted = [each for each in await robin.get("/me/security-events") if each["event"] == "role_refused"]
    assert sorted(each["detail"]["operation"] for each in noted) == ["listPeople", "makeTwister"]


async def test_a_limit_is_noted_once_a_minute_for_whom_it_holds(bench: Bench, tmp_path: Path) -> None:
    own = GatewaySettings(secret_key=KEY, rate_limits='{"person": "2/60"}')
    async with opened(bench, tmp_path, own) as door:
        robin = await Someone.signed_up(door)
        statuses = [(await door.get("/jobs", headers=robin.headers)).status_code for _ in range(5)]
    assert statuses == [200, 200, 429, 429, 429]
    rows = await bench.database.fetch(
        "SELECT person_id, detail FROM security_events WHERE event = 'limit_reached' AND person_id = $1", robin.id
    )
    assert [dict(row.detail) for row in rows] == [{"limit": "person"}]


async def test_admins_read_who_did_what(admin: Someone, robin: Someone) -> None:
    answer = await admin.door.put(f"/admin/people/{robin.id}/roles/author", headers=admin.headers)
    assert answer.status_code == 200, answer.text
    [event] = await admin.get("/admin/security-events", person=str(robin.id), event="role_granted")
    assert (event["person_id"], event["actor_id"]) == (str(robin.id), str(admin.id))
    assert (event["detail"], event["address"], event["issuer"]) == ({"role": "author"}, NETWORK, "voxbus")
    # who looked is noted for admins, and not shown to the person
    read = await admin.get("/admin/security-events", person=str(robin.id), event="events_read")
    assert [each["actor_id"] for each in read] == [str(admin.id)]
    assert await robin.own_events() == ["signed_up", "signed_in", "role_granted"]


async def test_events_are_read_in_pages_and_from_a_moment_on(admin: Someone, bench: Bench) -> None:
    person = new_id()
    for number in range(5):
        await record(bench.database, SecurityEvent(event="signed_in", person=person, detail={"number": number}))

    def numbers(events: list[dict[str, Any]]) -> list[int]:
        return [each["detail"]["number"] for each in events if each["event"] == "signed_in"]

    path, of = "/admin/security-events", {"person": str(person), "event": "signed_in"}
    assert numbers(await admin.get(path, **of)) == [4, 3, 2, 1, 0]
    first = (await admin.door.get(path, headers=admin.headers, params={**of, "limit": 2})).json()
    assert numbers(first["items"]) == [4, 3]
    assert numbers(await admin.get(path, **of, limit=2, cursor=first["next_cursor"])) == [2, 1]
    assert numbers(await admin.get(path, **of, after=first["items"][1]["id"])) == [4]
    assert numbers(await admin.get(path, **of, after=first["items"][1]["time"])) == [4]
    for wrong in ({"after": "yesterday"}, {"event": "nothing"}, {"who": "x"}, {"limit": 0}, {"person": "robin"}):
        answer = await admin.door.get(path, headers=admin.headers, params=wrong)
        assert answer.status_code == 422, wrong
        assert answer.json()["errors"][0]["field"] == next(iter(wrong))


async def test_what_is_about_an_erased_person_and_what_they_did_stays_under_the_erasure(
    bench: Bench, admin: Someone, robin: Someone
) -> None:
    await admin.door.put(f"/admin/people/{robin.id}/roles/author", headers=admin.headers)
    await erase_person(bench.database, bench.keys, bench.ledger, admin.id)
    assert await bench.database.fetch("SELECT 1 FROM security_events WHERE $1 IN (person_id, actor_id)", admin.id) == []
    assert "role_granted" in await robin.own_events()
    erasure = await erase_person(bench.database, bench.keys, bench.ledger, robin.id)
    assert await bench.database.fetch("SELECT 1 FROM security_events WHERE person_id = $1", robin.id) == []
    kept = await bench.database.fetch("SELECT event, network FROM security_events WHERE person_id = $1", erasure)
    assert {row.event for row in kept} >= {"signed_up", "role_granted"}
    assert {row.network for row in kept} == {None}


async def test_networks_are_kept_for_30_days_and_events_for_400(bench: Bench) -> None:
    person = new_id()
    for days in (29, 31, 401):
        await bench.database.fetch(
            "INSERT INTO security_events (id, time, event, person_id, network)"
            " VALUES ($1, now() - make_interval(days => $2), 'signed_in', $3, '192.0.2.0/24')",
            new_id(),
            days,
            person,
        )
    await bench.retire()
    rows = await bench.database.fetch("SELECT network FROM security_events WHERE person_id = $1 ORDER BY id", person)
    assert [row.network for row in rows] == ["192.0.2.0/24", None]


async def test_another_secret_key_is_noted_and_the_same_is_not(bench: Bench) -> None:
    async def taken() -> list[str]:
        rows = await bench.database.fetch(
            "SELECT detail FROM security_events WHERE event = 'secret_key_taken' ORDER BY id"
        )
        return [row.detail["key"] for row in rows]

    before = len(await taken())
    for key in ("a" * 40, "a" * 40, "b" * 40):
        await note_secret_key(bench.database, key)
    marks = (await taken())[before:]
    assert len(marks) == len(set(marks)) == 2
    await bench.database.fetch("UPDATE security_events SET time = '2020-01-01' WHERE event = 'secret_key_taken'")
    await bench.retire()
    assert await taken() == marks[-1:]


async def test_accounts_are_found_by_their_address(admin: Someone, robin: Someone) -> None:
    [found] = await admin.get("/admin/people", email=f" {robin.email.upper()}")
    assert found == robin.session["user"]
    assert await admin.get("/admin/people", email="nobody@b.example") == []
    first = (await admin.door.get("/admin/people?limit=1", headers=admin.headers)).json()
    assert first["next_cursor"]
    looked = await admin.get("/admin/security-events", event="people_read", person=str(robin.id))
    assert [each["actor_id"] for each in looked] == [str(admin.id)]


async def test_what_authors_do_to_content_is_kept_once(bench: Bench) -> None:
    author, content = new_id(), new_id()
    common: dict[str, Any] = {"person_id": author, "at": "2026-11-20T18:00:00Z"}
    acts = [
        ContentAdministered(**common, act_id=new_id(), act="published", content_id=content, revision=3),
        ContentAdministered(**common, act_id=new_id(), act="imported", count=2),
    ]
    for events in (acts[:1], acts):
        async with bench.database.transaction() as tx:
            await note_content_acts.function(events, Deps(), tx)  # type: ignore[arg-type]
    found = await read_events(bench.database, person=author, limit=9)
    assert [(row.event, row.detail) for row in found] == [
        ("content.imported", {"count": 2}),
        ("content.published", {"content": str(content), "revision": 3}),
    ]


def test_each_act_has_its_event() -> None:
    names = {f"{PREFIX}{act}" for act in get_args(ContentAct)} | {"content.exported"}
    assert {each for each in get_args(Event) if each.startswith(PREFIX)} == names
