"""Tests how consents end: taken back, with a link, a guardian, an age; and that nothing begins that they allowed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from gateway.consents import guardians
from gateway.jobs.erase_person import erase_person
from gateway.settings import GatewaySettings
from services.gateway.tests.integration.fixtures import Bench
from services.gateway.tests.integration.house import PASSWORD, House, problem, sign_up
from services.gateway.tests.integration.test_door import KEY, opened, send
from services.gateway.tests.integration.test_erasures import confirm
from services.gateway.tests.integration.test_guardians import (
    CURRENT,
    VOICE,
    YES,
    Family,
    accept,
    family,
    guardian,
    invited,
)

__all__ = ["family"]


async def test_what_is_taken_back_is_refused_at_once_and_its_jobs_end(family: Family) -> None:
    await family.give()
    job = (await send(family.house.one, family.child.headers)).json()["job"]["id"]
    taken = await family.take_back()
    assert (taken.status_code, taken.json()["state"]) == (200, "revoked")
    assert taken.json()["revoked_at"] > taken.json()["granted_at"]
    assert (await send(family.house.other, family.child.headers)).status_code == 403
    ended = (await family.house.one.get(f"/jobs/{job}", headers=family.child.headers)).json()
    assert (ended["status"], ended["problem"]["type"]) == ("cancelled", "/problems/consent-revoked")
    assert (await family.take_back()).json() == taken.json()
    assert (await family.give()).json()["state"] == "granted"
    history = (await family.ask("GET", "/consents")).json()["items"]
    assert [(each["state"], each["by"]) for each in history] == [
        ("granted", family.guardian.id),
        ("revoked", family.guardian.id),
        ("granted", family.guardian.id),
    ]
    assert (await send(family.house.one, family.child.headers)).status_code == 202


async def test_a_revocation_is_not_answered_while_a_call_that_was_allowed_may_begin(family: Family) -> None:
    await family.give()
    async with family.house.bench.keys.hold_consent(UUID(family.child.id), "assess_voice", "voxbus") as held:
        assert held.holds
        refused = await family.take_back()
        assert problem(refused) == (503, "unavailable")
        assert refused.json()["detail"].startswith("It is taken back.")
        assert (await family.ask("GET", "")).json()["consents"][0]["state"] == "revoked"
        assert (await send(family.house.one, family.child.headers)).status_code == 403
    taken = await family.take_back()
    assert (taken.status_code, taken.json()["state"]) == (200, "revoked")
    assert len((await family.ask("GET", "/consents")).json()["items"]) == 2


async def test_a_link_ends_once_no_call_may_begin_that_rests_on_it(family: Family) -> None:
    await family.give()
    async with family.house.bench.keys.hold_consent(UUID(family.child.id), "assess_voice", "voxbus"):
        for _ in range(2):
            refused = await family.ask("DELETE", "/link")
            assert problem(refused) == (503, "unavailable")
        assert (await family.ask("GET", "")).json()["consents"][0]["state"] == "revoked"
    assert (await family.ask("DELETE", "/link")).status_code == 204
    assert problem(await family.ask("GET", "")) == (404, "not-found")


async def test_a_guardian_s_erasure_is_not_completed_while_a_call_that_they_allowed_may_begin(family: Family) -> None:
    bench = family.house.bench
    await family.give()
    async with bench.keys.hold_consent(UUID(family.child.id), "assess_voice", "voxbus"):
        password = {"password": PASSWORD}
        erased = await family.house.one.request("DELETE", "/me", headers=family.guardian.headers, json=password)
        assert erased.status_code == 202
        erasure = UUID(erased.json()["erasure"]["id"])
        await confirm(bench, erasure)
        assert await bench.new_erasures().once() >= 1
        assert not await completed(bench, erasure)
    await bench.new_erasures().once()
    assert await completed(bench, erasure)


async def completed(bench: Bench, erasure: UUID) -> bool:
    [row] = await bench.database.fetch("SELECT completed_at IS NOT NULL AS is_so FROM erasures WHERE id = $1", erasure)
    return bool(row.is_so)


async def test_a_change_that_makes_a_child_is_not_answered_while_a_call_may_begin(house: House) -> None:
    robin = await sign_up(house.one, birth_date=f"{datetime.now(UTC).year - 14}-01-01", country="GB")
    agreed = {"notice_version": CURRENT}
    assert (await house.one.put("/me/consents/notify/webhook", headers=robin.headers, json=agreed)).status_code == 200
    german = {"country": "DE"}
    async with house.bench.keys.hold_consent(UUID(robin.id), "notify", "webhook") as held:
        assert held.holds
        for _ in range(2):
            refused = await house.one.patch("/me", headers=robin.headers, json=german)
            assert problem(refused) == (503, "unavailable")
    changed = await house.one.patch("/me", headers=robin.headers, json=german)
    assert (changed.status_code, changed.json()["country"]) == (200, "DE")


async def test_consents_end_with_the_link_of_who_gave_them(family: Family) -> None:
    other = await guardian(family.house)
    assert (await accept(family.house, await invited(family.house, family.child), other)).status_code == 201
    await family.give()
    await family.ask("PUT", "/consents/publish/voxbus", YES, other)
    assert (await family.ask("DELETE", "/link", who=other)).status_code == 204
    assert (await family.ask("GET", "", who=other)).status_code == 404
    states = {each["purpose"]: each["state"] for each in (await family.ask("GET", "")).json()["consents"]}
    assert states == {"assess_voice": "granted", "publish": "revoked"}
    assert (await send(family.house.one, family.child.headers)).status_code == 202
    assert (await family.ask("DELETE", "/link")).status_code == 204
    assert (await send(family.house.one, family.child.headers)).status_code == 403
    asked = await family.house.one.get("/me/guardian", headers=family.child.headers)
    assert asked.json()["status"] == "none"


async def test_any_guardian_may_take_back(family: Family) -> None:
    other = await guardian(family.house)
    assert (await accept(family.house, await invited(family.house, family.child), other)).status_code == 201
    await family.give()
    taken = await family.ask("DELETE", f"/consents/{VOICE}", who=other)
    assert taken.json()["state"] == "revoked"
    assert (await send(family.house.one, family.child.headers)).status_code == 403


async def test_consents_end_when_a_guardian_is_erased(family: Family) -> None:
    await family.give()
    job = (await send(family.house.one, family.child.headers)).json()["job"]["id"]
    await erase_person(
        family.house.bench.database, family.house.bench.keys, family.house.bench.ledger, UUID(family.guardian.id)
    )
    assert (await send(family.house.one, family.child.headers)).status_code == 403
    ended = (await family.house.one.get(f"/jobs/{job}", headers=family.child.headers)).json()
    assert ended["problem"]["type"] == "/problems/consent-revoked"
    rows = await family.house.bench.database.fetch(
        "SELECT by_id, state FROM consents WHERE person_id = $1 ORDER BY number", UUID(family.child.id)
    )
    assert [row.state for row in rows] == ["granted", "revoked"]
    assert rows[0].by_id not in (None, UUID(family.guardian.id)), "it stands under the id of the erasure"
    assert await guardians.of_child(family.house.bench.database, UUID(family.child.id)) == []


async def test_consents_follow_a_country_that_changes(house: House) -> None:
    born = f"{datetime.now(UTC).year - 14}-01-01"
    who = await sign_up(house.one, birth_date=born, country="GB")
    assert (await send(house.one, who.headers)).status_code == 202
    path = "/me/consents/notify/webhook"
    assert (await house.one.put(path, json={"notice_version": CURRENT}, headers=who.headers)).status_code == 200
    changed = await house.one.patch("/me", json={"country": "DE"}, headers=who.headers)
    assert changed.json()["age_band"] == "under_consent_age"
    assert not house.bench.store.decided[UUID(who.id), "notify", "webhook"].granted
    assert (await send(house.one, who.headers)).status_code == 403
    family = Family(house, who, await guardian(house))
    assert (await accept(house, await invited(house, who), family.guardian)).status_code == 201
    await family.give()
    kept = house.bench.store.decided[UUID(who.id), "assess_voice", "voxbus"]
    assert kept.until is not None and kept.until.year == datetime.now(UTC).year + 2
    assert (await house.one.patch("/me", json={"country": "FR"}, headers=who.headers)).status_code == 200
    kept = house.bench.store.decided[UUID(who.id), "assess_voice", "voxbus"]
    assert kept.granted and kept.until is not None and kept.until.year == datetime.now(UTC).year + 1


async def test_a_child_who_turns_of_age_is_nobodys_child(bench: Bench, tmp_path: Path) -> None:
    """Covers the moment itself: nothing has to run for it."""
    clock = [datetime(2026, 11, 20, 12, tzinfo=UTC)]
    own = GatewaySettings(secret_key=KEY)
    async with opened(bench, tmp_path, own, clock=lambda: clock[0]) as door:
        house = House(door, door, bench)
        child = await sign_up(door, birth_date="2013-11-21", time_zone="Europe/Berlin")
        family = Family(house, child, await guardian(house))
        assert (await accept(house, await invited(house, child), family.guardian)).status_code == 201
        await family.give("publish/voxbus")
        assert bench.store.decided[UUID(child.id), "publish", "voxbus"].until == datetime(2026, 11, 20, 23, tzinfo=UTC)
        clock[0] = datetime(2026, 11, 20, 22, 59, tzinfo=UTC)
        assert (await send(door, child.headers)).status_code == 403
        assert (await family.ask("GET", "")).status_code == 200
        clock[0] = datetime(2026, 11, 20, 23, tzinfo=UTC)
        assert (await send(door, child.headers)).status_code == 202
        assert problem(await family.ask("GET", "")) == (404, "not-found")
        assert problem(await family.give()) == (404, "not-found")
        assert (await door.get("/me/guardian", headers=child.headers)).json()["status"] == "none"
