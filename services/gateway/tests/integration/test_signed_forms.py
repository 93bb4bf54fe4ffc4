"""Tests that a signed form opens third parties once an admin has approved it, and that its file goes then."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx2 import AsyncClient, Response

from gateway.consents.notices import Notices
from gateway.edge.auth import roles
from gateway.edge.consent_upkeep import ConsentUpkeep
from gateway.edge.reconcile import reconcile
from gateway.jobs.erase_person import erase_person
from gateway.settings import GatewaySettings
from services.gateway.tests.integration.fixtures import Bench
from services.gateway.tests.integration.house import House, Robin, fields, problem, sign_up
from services.gateway.tests.integration.test_coming_of_age import coming_of_age
from services.gateway.tests.integration.test_door import KEY, opened
from services.gateway.tests.integration.test_guardians import YES, Family, accept, guardian, invited

PDF = b"%PDF-1.7\nI, the mother of Sam, agree. " + bytes(2_000)
OPENAI = "ai_text/openai"


@pytest.fixture
async def family(bench: Bench, tmp_path: Path) -> AsyncIterator[Family]:
    own = GatewaySettings(secret_key=KEY)
    async with opened(bench, tmp_path, own, zero_retention=["openai"]) as door:
        house = House(door, door, bench)
        child = await sign_up(door, birth_date="2018-04-05")
        parent = await guardian(house)
        assert (await accept(house, await invited(house, child), parent)).status_code == 201
        yield Family(house, child, parent)


async def admin(house: House) -> Robin:
    who = await guardian(house)
    await roles.grant(house.bench.database, UUID(who.id), "admin", roles.BY_OPERATOR)
    return who


async def send_form(family: Family, content: bytes = PDF, who: Robin | None = None, **others: Any) -> Response:
    return await family.house.one.post(
        "/guardian/evidence",
        files={"form": ("form.pdf", content)},
        data={"child_id": family.child.id} | others,
        headers=(who or family.guardian).headers,
    )


async def sent(family: Family) -> str:
    answer = await send_form(family)
    assert answer.status_code == 201, answer.text
    assert answer.json() == {"id": answer.json()["id"], "state": "pending"}
    return str(answer.json()["id"])


async def ask(family: Family, form: str, pair: str = OPENAI) -> Response:
    return await family.give(pair, method="signed_form", evidence_id=form)


async def decide(door: AsyncClient, who: Robin, form: str, approve: bool) -> Response:
    body = {"approve": approve, "reason": "Looked at it."}
    return await door.post(f"/admin/evidence/{form}", json=body, headers=who.headers)


async def waiting(door: AsyncClient, who: Robin) -> list[Any]:
    items: list[Any] = (await door.get("/admin/evidence", headers=who.headers)).json()["items"]
    return items


async def kept_of(house: House, form: str) -> Any:
    [row] = await house.bench.database.fetch("SELECT * FROM consent_forms WHERE id = $1", UUID(form))
    return row


async def holds(family: Family, pair: str = OPENAI) -> bool:
    return (await family.house.bench.keys.read_consent(UUID(family.child.id), *pair.split("/"))).holds


async def test_a_form_waits_for_an_admin_and_its_file_goes_with_the_answer(family: Family) -> None:
    house, door = family.house, family.house.one
    who, form = await admin(house), await sent(family)
    waits = await ask(family, form)
    assert (waits.status_code, waits.json()["state"], waits.json()["method"]) == (200, "pending", "signed_form")
    assert waits.json()["granted_at"] is None
    assert (await ask(family, form)).json() == waits.json(), "asked twice"
    assert not await holds(family)

    [listed] = [each for each in await waiting(door, who) if each["id"] == form]
    assert listed["sha256"] == hashlib.sha256(PDF).hexdigest()
    assert listed["waiting"] == [{"purpose": "ai_text", "recipient": "openai"}]
    shown = await door.get(f"/admin/evidence/{form}/form", headers=who.headers)
    assert (shown.content, shown.headers["content-type"]) == (PDF, "application/pdf")
    assert (shown.headers["cache-control"], shown.headers["x-content-type-options"]) == ("no-store", "nosniff")
    [[kept]] = await house.bench.database.fetch("SELECT content FROM consent_forms WHERE id = $1", UUID(form))
    assert b"mother" not in bytes(kept), "it waits encrypted"

    approved = await decide(door, who, form, approve=True)
    assert (approved.status_code, approved.json()["state"], approved.json()["decided_by"]) == (200, "approved", who.id)
    assert (await family.ask("GET", "")).json()["consents"][0]["state"] == "granted"
    assert await holds(family)
    until = house.bench.store.decided[UUID(family.child.id), "ai_text", "openai"].until
    assert until is not None and until.year == 2031
    assert problem(await door.get(f"/admin/evidence/{form}/form", headers=who.headers)) == (404, "not-found")
    row = await kept_of(house, form)
    assert (row.content, row.sha256, row.reason) == (None, listed["sha256"], "Looked at it.")
    assert (await decide(door, who, form, approve=True)).json() == approved.json(), "decided twice"
    assert problem(await decide(door, who, form, approve=False)) == (409, "already-decided")
    assert form not in [each["id"] for each in await waiting(door, who)]
    query = f"event=form_decided&person={family.child.id}"
    events = (await door.get(f"/admin/security-events?{query}", headers=who.headers)).json()["items"]
    assert [(each["person_id"], each["actor_id"], each["detail"]["approved"]) for each in events] == [
        (family.child.id, who.id, True)
    ]
    own = (await door.get("/me/security-events", headers=family.child.headers)).json()["items"]
    assert "form_read" not in [each["event"] for each in own]
    history = (await family.ask("GET", "/consents")).json()["items"]
    assert [(each["state"], each["by"]) for each in history] == [
        ("granted", family.guardian.id),
        ("pending", family.guardian.id),
    ]
    assert (await ask(family, form, "ai_voice/openai")).json()["state"] == "granted", "the form shows who agrees"
    assert (await family.take_back(OPENAI)).json()["state"] == "revoked"
    assert not await holds(family)


async def test_a_form_is_sent_once_under_a_key(family: Family) -> None:
    headers = family.guardian.headers | {"Idempotency-Key": str(uuid4())}
    made = []
    for content in (PDF, PDF, PDF + b"x"):
        made.append(
            await family.house.one.post(
                "/guardian/evidence",
                files={"form": ("form.pdf", content)},
                data={"child_id": family.child.id},
                headers=headers,
            )
        )
    assert [each.status_code for each in made] == [201, 201, 422]
    assert made[0].json() == made[1].json()


async def test_a_form_that_is_refused_grants_nothing(family: Family) -> None:
    who, form = await admin(family.house), await sent(family)
    await ask(family, form)
    refused = await decide(family.house.one, who, form, approve=False)
    assert (refused.status_code, refused.json()["state"]) == (200, "refused")
    assert (await family.ask("GET", "")).json()["consents"][0]["state"] == "revoked"
    assert fields(await ask(family, form)) == {"evidence_id"}
    assert not await holds(family)


async def test_what_is_given_already_does_not_wait_for_a_form(family: Family) -> None:
    given = await family.give("publish/voxbus")
    assert (await ask(family, await sent(family), "publish/voxbus")).json() == given.json()
    assert await holds(family, "publish/voxbus")


async def test_only_a_form_of_ones_own_for_this_child_counts(family: Family) -> None:
    form = await sent(family)
    other = await guardian(family.house)
    assert (await accept(family.house, await invited(family.house, family.child), other)).status_code == 201
    body = YES | {"method": "signed_form", "evidence_id": form}
    assert fields(await family.ask("PUT", f"/consents/{OPENAI}", body, other)) == {"evidence_id"}
    for wrong in (None, str(uuid4()), "x"):
        assert fields(await family.give(OPENAI, method="signed_form", evidence_id=wrong)) == {"evidence_id"}, wrong
    assert fields(await family.give("publish/voxbus", evidence_id=form)) == {"evidence_id"}
    assert problem(await family.give("ai_text/gemini", method="signed_form", evidence_id=form)) == (
        409,
        "recipient-not-ready",
    )


async def test_what_is_no_form_is_not_taken(family: Family) -> None:
    for content in (b"", b"<html>", b"\x1a\x45\xdf\xa3" + bytes(60), b"GIF89a" + bytes(60)):
        assert fields(await send_form(family, content)) == {"form"}, content[:8]
    for content in (b"\xff\xd8\xff\xe0" + bytes(9), b"\x89PNG\r\n\x1a\n" + bytes(9)):
        assert (await send_form(family, content)).status_code == 201
    assert problem(await send_form(family, PDF + bytes(5 * 1024 * 1024))) == (413, "too-large")
    assert fields(await send_form(family, child_id="x")) == {"child_id"}
    assert problem(await send_form(family, child_id=str(uuid4()))) == (404, "not-found")
    for stranger in (await guardian(family.house), family.child):
        assert problem(await send_form(family, who=stranger)) == (404, "not-found")
    for _ in range(3):
        await sent(family)
    assert problem(await send_form(family)) == (429, "rate-limited"), "five of them wait"


async def test_who_decides_about_forms(family: Family) -> None:
    form, door = await sent(family), family.house.one
    for method, path, body in (
        ("GET", "", None),
        ("GET", f"/{form}", None),
        ("GET", f"/{form}/form", None),
        ("POST", f"/{form}", {"approve": True, "reason": "I say so."}),
    ):
        answer = await door.request(method, f"/admin/evidence{path}", json=body, headers=family.guardian.headers)
        assert problem(answer) == (403, "forbidden"), path
    await roles.grant(family.house.bench.database, UUID(family.guardian.id), "admin", roles.BY_OPERATOR)
    assert problem(await decide(door, family.guardian, form, approve=True)) == (403, "forbidden"), "their own form"
    who = await admin(family.house)
    assert problem(await decide(door, who, str(uuid4()), approve=True)) == (404, "not-found")
    empty = await door.post(f"/admin/evidence/{form}", json={"approve": True, "reason": ""}, headers=who.headers)
    assert fields(empty) == {"reason"}


@pytest.mark.parametrize("erased", ["child", "guardian"])
async def test_a_form_dies_with_the_child_and_with_the_guardian(family: Family, erased: str) -> None:
    bench, form = family.house.bench, await sent(family)
    await ask(family, form)
    person = UUID(getattr(family, erased).id)
    erasure = await erase_person(bench.database, bench.keys, bench.ledger, person)
    row = await kept_of(family.house, form)
    assert (row.content, row.state) == (None, "expired")
    assert (row.person_id, row.by_id)[erased == "guardian"] == erasure
    assert not await holds(family)
    who = await admin(family.house)
    assert problem(await decide(family.house.one, who, form, approve=True))[0] in (404, 409)


async def test_a_form_that_nobody_decides_about_is_deleted(family: Family) -> None:
    bench, form = family.house.bench, await sent(family)
    # other tests in this database leave consents that never reach the store
    await reconcile(bench.database, bench.keys, Notices(None), on_its_way=timedelta())
    await ask(family, form)
    upkeep = ConsentUpkeep(bench.database, bench.keys, Notices(None), coming_of_age(bench))
    aged = "UPDATE consent_forms SET at = now() - $2::text::interval WHERE id = $1"
    await bench.database.fetch(aged, UUID(form), "29 days 23 hours")
    await upkeep.keep()
    assert (await family.ask("GET", "")).json()["consents"][0]["state"] == "pending"
    await bench.database.fetch(aged, UUID(form), "30 days")
    for _ in range(2):
        await upkeep.keep()
    row = await kept_of(family.house, form)
    assert (row.content, row.state) == (None, "expired")
    assert (await family.ask("GET", "")).json()["consents"][0]["state"] == "revoked"
    assert fields(await ask(family, form)) == {"evidence_id"}
