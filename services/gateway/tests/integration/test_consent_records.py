"""Tests the records of consents: where two differ, notices that change, evidence, what was agreed to before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from chassis.privacy.ages import Ages
from chassis.privacy.law import pairs
from chassis.storage.stored_consent import StoredConsent
from gateway.consents.notices import Notices, NoticeVersion
from gateway.edge.reconcile import StillOnTheirWay, reconcile
from gateway.edge.webhooks_before import give_to_webhooks_before
from gateway.settings import GatewaySettings
from services.gateway.tests.integration.fixtures import Bench
from services.gateway.tests.integration.house import House, problem, sign_up
from services.gateway.tests.integration.test_door import KEY, opened, send
from services.gateway.tests.integration.test_guardians import VOICE, Family, accept, family, guardian, invited

__all__ = ["family"]

NEWER = (
    NoticeVersion(1, frozenset(pairs())),
    NoticeVersion(2, frozenset({("assess_voice", "voxbus")})),
    NoticeVersion(3, frozenset({("publish", "voxbus"), ("notify", "webhook")})),
)
TEXTS = {1: "The first, {contact}", 2: "The second, {contact}", 3: "The third, {contact}"}


async def test_where_the_records_differ_the_answer_is_no(family: Family) -> None:
    """Covers a store from an older backup, a database from one, and a process that died between the two."""
    store, person = family.house.bench.store, UUID(family.child.id)

    async def look() -> int:
        bench = family.house.bench
        return await reconcile(bench.database, bench.keys, Notices(None), on_its_way=timedelta())

    await family.give()
    await family.give("publish/voxbus")
    assert await look() == 0
    del store.decided[person, "assess_voice", "voxbus"]
    store.decided[person, "keep_recordings", "voxbus"] = StoredConsent(
        person, "keep_recordings", "voxbus", 7, True, True
    )
    assert await look() == 2
    states = {each["purpose"]: each["state"] for each in (await family.ask("GET", "")).json()["consents"]}
    assert states == {"assess_voice": "revoked", "keep_recordings": "revoked", "publish": "granted"}
    assert not store.decided[person, "keep_recordings", "voxbus"].granted
    assert await look() == 0
    assert (await family.give("keep_recordings/voxbus")).json()["state"] == "granted"
    assert store.decided[person, "keep_recordings", "voxbus"].granted


async def test_a_consent_that_is_given_at_this_moment_is_not_taken_back(family: Family) -> None:
    bench, about = family.house.bench, (UUID(family.child.id), "assess_voice", "voxbus")
    await family.give()
    given = bench.store.decided.pop(about)  # as if it were committed and not stored yet
    with pytest.raises(StillOnTheirWay):
        await reconcile(bench.database, bench.keys, Notices(None))
    assert await bench.keys.write_consent(given), "it is stored then"
    assert await reconcile(bench.database, bench.keys, Notices(None)) == 0
    assert (await send(family.house.one, family.child.headers)).status_code == 202


async def test_everybody_is_looked_at_however_few_at_a_time(house: House) -> None:
    store, people = house.bench.store, [UUID((await sign_up(house.one)).id) for _ in range(5)]
    stored = [(person, "notify", recipient) for person in people for recipient in ("email", "webhook")]
    for about in stored:
        store.decided[about] = StoredConsent(*about, 1, granted=True)
    ended = await reconcile(house.bench.database, house.bench.keys, Notices(None), people=2, on_its_way=timedelta())
    assert ended >= len(stored)
    assert not any(store.decided[about].granted for about in stored)


async def test_a_changed_notice_asks_again_for_what_has_changed(bench: Bench, tmp_path: Path) -> None:
    own, now = GatewaySettings(secret_key=KEY), [Notices("a@b.example", NEWER[:n], TEXTS) for n in (1, 2, 3)]

    async def upgraded(notices: Notices) -> None:
        await reconcile(bench.database, bench.keys, notices, on_its_way=timedelta())
        assert await reconcile(bench.database, bench.keys, notices) == 0

    async with opened(bench, tmp_path, own, notices=now[0]) as door:
        house = House(door, door, bench)
        child = await sign_up(door, birth_date="2018-04-05")
        grown_up = await sign_up(door, birth_date="1990-01-01")
        family = Family(house, child, await guardian(house))
        assert (await accept(house, await invited(house, child), family.guardian)).status_code == 201
        for pair in (VOICE, "publish/voxbus", "notify/email"):
            assert (await family.give(pair, notice_version=1)).json()["state"] == "granted"
        hook = "/me/consents/notify/webhook"
        assert (await door.put(hook, json={"notice_version": 1}, headers=grown_up.headers)).status_code == 200
    await upgraded(now[1])
    async with opened(bench, tmp_path, own, notices=now[1]) as door:
        family.house = house = House(door, door, bench)
        assert await _said(family) == {
            VOICE: ("pending", 1),
            "publish/voxbus": ("granted", 1),
            "notify/email": ("granted", 1),
        }
        assert (await send(door, child.headers)).status_code == 403
        assert not (await bench.keys.read_consent(UUID(child.id), "assess_voice", "voxbus")).holds
        assert problem(await family.give(notice_version=1)) == (409, "notice-outdated")
        assert (await family.give(notice_version=2)).json()["state"] == "granted"
        assert (await send(door, child.headers)).status_code == 202
        assert [(await door.get(f"/notices/{n}")).json()["text"] for n in (1, 2)] == [
            "The first, a@b.example",
            "The second, a@b.example",
        ]
        assert problem(await door.get("/notices/3")) == (404, "not-found")
    await upgraded(now[2])
    async with opened(bench, tmp_path, own, notices=now[2]) as door:
        family.house = house = House(door, door, bench)
        assert await _said(family) == {
            VOICE: ("granted", 2),
            "publish/voxbus": ("pending", 1),
            "notify/email": ("granted", 1),
        }
        [mine] = (await door.get("/me/consents", headers=grown_up.headers)).json()["items"]
        assert (mine["state"], mine["notice_version"]) == ("pending", 1)
        assert problem(await door.put(hook, json={"notice_version": 2}, headers=grown_up.headers)) == (
            409,
            "notice-outdated",
        )
        again = await door.put(hook, json={"notice_version": 3}, headers=grown_up.headers)
        assert (again.json()["state"], again.json()["notice_version"]) == ("granted", 3)
        assert (await family.take_back("publish/voxbus")).json()["state"] == "revoked"
        assert (await door.get("/notices/1")).json()["text"] == "The first, a@b.example"


async def _said(family: Family) -> dict[str, tuple[str, int]]:
    consents = (await family.ask("GET", "")).json()["consents"]
    return {f"{each['purpose']}/{each['recipient']}": (each["state"], each["notice_version"]) for each in consents}


async def test_evidence_is_not_changed(family: Family) -> None:
    await family.give()
    with pytest.raises(Exception, match="not changed"):
        await family.house.bench.database.fetch(
            "UPDATE consents SET state = 'revoked' WHERE person_id = $1", UUID(family.child.id)
        )


async def test_the_second_mail_tells_what_is_still_agreed_to(family: Family) -> None:
    bench = family.house.bench
    await family.give()
    [timer] = await bench.database.fetch(
        "SELECT due_at - now() AS after, message FROM timers WHERE key LIKE $1", f"consent {family.child.id}%"
    )
    assert timedelta(hours=23) < timer.after <= timedelta(hours=24)
    assert family.guardian.email not in str(timer.message)


async def test_webhooks_from_before_are_agreed_to_by_whoever_was_of_age(house: House) -> None:
    bench, made = house.bench, datetime(2026, 1, 1, 12, tzinfo=UTC)
    of_age, child, later, decided = [
        await sign_up(house.one, birth_date=born) for born in ("1990-01-01", "2018-04-05", "2013-06-01", "1990-01-01")
    ]
    hook = "/me/consents/notify/webhook"
    assert (await house.one.delete(hook, headers=decided.headers)).json()["state"] == "revoked"
    for who in (of_age, child, later, decided):
        await bench.database.fetch("INSERT INTO webhooks_before VALUES ($1, $2)", UUID(who.id), made)

    async def upgrade() -> None:
        await give_to_webhooks_before(bench.database, bench.keys, Ages(), Notices(None), lambda: datetime.now(UTC))

    await upgrade()
    holding = [
        await bench.keys.read_consent(UUID(who.id), "notify", "webhook") for who in (of_age, child, later, decided)
    ]
    assert [each.holds for each in holding] == [True, False, False, False]
    [given] = (await house.one.get("/me/consents", headers=of_age.headers)).json()["items"]
    assert (given["state"], given["method"], given["granted_at"]) == ("granted", None, "2026-01-01T12:00:00Z")
    [row] = await bench.database.fetch("SELECT reason, by_id FROM consents WHERE person_id = $1", UUID(of_age.id))
    assert (row.reason, str(row.by_id)) == ("made_before", of_age.id)
    assert await bench.database.fetch("SELECT FROM webhooks_before") == []

    del bench.store.decided[UUID(of_age.id), "notify", "webhook"]  # as if the gateway had died before it was stored
    await bench.database.fetch("INSERT INTO webhooks_before VALUES ($1, $2)", UUID(of_age.id), made)
    await upgrade()
    assert (await bench.keys.read_consent(UUID(of_age.id), "notify", "webhook")).holds
