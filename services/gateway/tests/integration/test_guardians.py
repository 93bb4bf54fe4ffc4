"""Tests the way from a child's request to a guardian's consents, and what is refused to everybody else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx2 import Response

from chassis.privacy.ages import Ages
from chassis.privacy.law import pairs
from chassis.storage.stored_consent import StoredConsent
from contracts.gateway import MailWanted
from gateway.consents import guardians
from gateway.consents.notices import VERSIONS, Notices, NoticeVersion
from gateway.edge.reconcile import StillOnTheirWay, reconcile
from gateway.edge.webhooks_before import give_to_webhooks_before
from gateway.jobs.erase_person import erase_person
from gateway.settings import GatewaySettings
from services.gateway.tests.integration.fixtures import Bench
from services.gateway.tests.integration.house import PASSWORD, House, Robin, address, fields, log_in, problem, sign_up
from services.gateway.tests.integration.test_door import KEY, opened, send

#: the version of the notice that is to be agreed to
CURRENT = VERSIONS[-1].version
YES = {"notice_version": CURRENT, "method": "email_plus"}
VOICE = "assess_voice/voxbus"


@dataclass
class Family:
    """Holds a child and a guardian who are linked."""

    house: House
    child: Robin
    guardian: Robin

    def path(self, rest: str = "") -> str:
        return f"/guardian/children/{self.child.id}{rest}"

    async def ask(self, method: str, rest: str, body: Any = None, who: Robin | None = None) -> Response:
        headers = (who or self.guardian).headers
        return await self.house.one.request(method, self.path(rest), json=body, headers=headers)

    async def give(self, pair: str = VOICE, **others: object) -> Response:
        return await self.ask("PUT", f"/consents/{pair}", YES | others)

    async def take_back(self, pair: str = VOICE) -> Response:
        return await self.ask("DELETE", f"/consents/{pair}")


async def guardian(house: House, **others: object) -> Robin:
    """Signs up somebody of age whose address is proven."""
    who = await sign_up(house.one, **{"birth_date": "1985-02-03"} | others)
    token = await house.token(who.id, "verify-email")
    assert (await house.one.post("/auth/verify", json={"token": token})).status_code == 200
    return who


async def invited(house: House, child: Robin) -> str:
    """Returns the token that a child has mailed to somebody."""
    asked = await house.one.post("/me/guardian", json={"email": address()}, headers=child.headers)
    assert (asked.status_code, asked.json()) == (202, {"status": "invited"}), asked.text
    return await house.token(child.id, "guardian-invitation")


async def accept(house: House, token: str, who: Robin) -> Response:
    return await house.one.post("/guardian/invitations/accept", json={"token": token}, headers=who.headers)


@pytest.fixture
async def family(house: House) -> Family:
    child = await sign_up(house.one, birth_date="2018-04-05")
    parent = await guardian(house)
    assert (await accept(house, await invited(house, child), parent)).status_code == 201
    return Family(house, child, parent)


async def test_a_child_asks_and_a_guardian_answers(house: House) -> None:
    child = await sign_up(house.one, birth_date="2018-04-05")
    status = await house.one.get("/me/guardian", headers=child.headers)
    assert status.json() == {"status": "none", "invited_at": None, "linked_at": None}
    assert (await send(house.one, child.headers)).status_code == 403
    token = await invited(house, child)
    [mail] = [each for each in await house.said(MailWanted, child.id) if each.template == "guardian-invitation"]
    assert mail.child == "Robin"
    assert "privacy@voxbus.example" in mail.notice
    assert mail.link == f"http://localhost:8000/account/consent#token={token}"
    assert (await house.one.get("/me/guardian", headers=child.headers)).json()["status"] == "invited"

    parent = await guardian(house)
    linked = await accept(house, token, parent)
    assert linked.status_code == 201, linked.text
    assert linked.json() | {"linked_at": "", "stored": []} == {
        "id": child.id,
        "username": "Robin",
        "age_band": "under_consent_age",
        "linked_at": "",
        "consents": [],
        "stored": [],
    }
    assert problem(await accept(house, token, parent)) == (410, "link-expired")
    status = await house.one.get("/me/guardian", headers=child.headers)
    assert status.json()["status"] == "linked"
    assert (await send(house.one, child.headers)).status_code == 403, "nothing is agreed to by the link"

    family = Family(house, child, parent)
    given = await family.give()
    assert given.status_code == 200, given.text
    assert given.json() | {"granted_at": ""} == {
        "purpose": "assess_voice",
        "recipient": "voxbus",
        "state": "granted",
        "method": "email_plus",
        "notice_version": CURRENT,
        "granted_at": "",
        "confirmed_at": None,
        "revoked_at": None,
    }
    assert (await family.give()).json() == given.json(), "a repeated consent is one"
    accepted = await send(house.one, child.headers)
    assert accepted.status_code == 202, accepted.text
    shown = (await family.ask("GET", "")).json()
    assert [each["class"] for each in shown["stored"]][:1] == ["recording"]
    assert shown["consents"] == [given.json()]
    listed = await house.one.get("/guardian/children", headers=parent.headers)
    assert [each["id"] for each in listed.json()["items"]] == [child.id]


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


async def test_what_cannot_be_agreed_to(family: Family) -> None:
    for pair, others, refusal in (
        ("assess_voice/openai", {}, (422, "invalid")),
        ("analytics/voxbus", {}, (422, "invalid")),
        ("ai_text/openai", {}, (409, "method-too-weak")),
        ("ai_text/openai", {"notice_version": 1}, (409, "method-too-weak")),
        ("publish/x", {}, (409, "method-too-weak")),
        ("notify/webhook", {}, (409, "method-too-weak")),
        ("assess_voice/voxbus", {"notice_version": CURRENT + 1}, (422, "invalid")),
        ("assess_voice/voxbus", {"notice_version": "x"}, (422, "invalid")),
        ("assess_voice/voxbus", {"method": "payment_card"}, (501, "not-configured")),
        ("assess_voice/voxbus", {"method": "phone"}, (422, "invalid")),
        ("ai_text/openai", {"method": "signed_form"}, (409, "recipient-not-ready")),
    ):
        assert problem(await family.give(pair, **others)) == refusal, (pair, others)
    for pair in ("keep_recordings/voxbus", "notify/in_app", "notify/email", "publish/voxbus"):
        assert (await family.give(pair)).status_code == 200, pair


async def test_nobody_else_decides(family: Family) -> None:
    stranger = await guardian(family.house)
    for method, rest, body in (
        ("GET", "", None),
        ("GET", "/consents", None),
        ("PUT", f"/consents/{VOICE}", YES),
        ("DELETE", f"/consents/{VOICE}", None),
        ("DELETE", "/link", None),
    ):
        for who in (stranger, family.child):
            assert problem(await family.ask(method, rest, body, who)) == (404, "not-found"), (method, rest)
    bodies: list[tuple[str, Any]] = [
        ("PUT", {"notice_version": CURRENT}),
        ("PUT", {"x": 1}),
        ("DELETE", None),
        ("GET", None),
    ]
    for method, sent in bodies:
        path = "/me/consents" if method == "GET" else f"/me/consents/{VOICE}"
        refused = await family.house.one.request(method, path, json=sent, headers=family.child.headers)
        assert problem(refused) == (403, "guardian-decides"), method


@pytest.mark.parametrize(
    ("others", "refusal"),
    [({"birth_date": None}, "not-of-age"), ({"birth_date": "2010-01-01"}, "not-of-age"), ({}, "verify-email-first")],
)
async def test_a_guardian_is_of_age_with_a_proven_address(house: House, others: Any, refusal: str) -> None:
    child = await sign_up(house.one, birth_date="2018-04-05")
    token = await invited(house, child)
    who = await sign_up(house.one, **{"birth_date": "1985-02-03"} | others)
    assert problem(await accept(house, token, who)) == (403, refusal)
    made = await house.one.post("/guardian/children", json=_child(), headers=who.headers)
    assert problem(made) == (403, refusal)
    assert problem(await accept(house, token, child)) == (410, "link-expired"), "the child's own tablet"
    assert (await accept(house, token, await guardian(house))).status_code == 201, "the link is not used up"


async def test_an_address_that_declines_is_forgotten_at_once(house: House) -> None:
    child = await sign_up(house.one, birth_date="2018-04-05")
    token = await invited(house, child)
    for _ in range(2):
        assert (await house.one.post("/guardian/invitations/decline", json={"token": token})).status_code == 204
    assert await _addresses(house, child) == 0
    assert (await house.one.get("/me/guardian", headers=child.headers)).json()["status"] == "none"
    assert problem(await accept(house, token, await guardian(house))) == (410, "link-expired")


async def test_who_may_ask_whom(house: House) -> None:
    child = await sign_up(house.one, birth_date="2018-04-05")
    own = await house.one.post("/me/guardian", json={"email": child.email.upper()}, headers=child.headers)
    assert fields(own) == {"email"}
    grown_up = await sign_up(house.one, birth_date="2001-05-17")
    refused = await house.one.post("/me/guardian", json={"email": address()}, headers=grown_up.headers)
    assert problem(refused) == (403, "forbidden")
    unknown = await sign_up(house.one, birth_date=None)
    assert await invited(house, unknown), "an unknown age is that of a child"


async def test_a_guardian_makes_an_account_for_a_child(house: House) -> None:
    parent = await guardian(house, time_zone="Europe/Berlin")
    body = _child()
    made = await house.one.post("/guardian/children", json=body, headers=parent.headers)
    assert made.status_code == 201, made.text
    session = await log_in(house.other, body["sign_in_name"].upper(), PASSWORD)
    assert session.status_code == 200, session.text
    me = session.json()["user"]
    assert (me["id"], me["email"], me["age_band"]) == (made.json()["id"], None, "under_consent_age")
    assert me["time_zone"] == "Europe/Berlin"
    again = await house.one.post("/guardian/children", json=body, headers=parent.headers)
    assert problem(again) == (409, "sign-in-name-taken")
    for change, field in (
        ({"sign_in_name": "a@b.example"}, "sign_in_name"),
        ({"sign_in_name": ""}, "sign_in_name"),
        ({"birth_date": "2001-01-01"}, "birth_date"),
        ({"birth_date": "2035-01-01"}, "birth_date"),
        ({"password": "short"}, "password"),
        ({"email": "child@b.example"}, "email"),
    ):
        wrong = await house.one.post("/guardian/children", json=_child() | change, headers=parent.headers)
        assert fields(wrong) == {field}, change


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


async def test_a_person_of_age_decides_alone(house: House) -> None:
    who = await sign_up(house.one, birth_date="2001-05-17")
    path = "/me/consents/ai_text/openai"
    assert (await house.one.get("/me/consents", headers=who.headers)).json() == {"items": []}
    given = await house.one.put(path, json={"notice_version": CURRENT}, headers=who.headers)
    assert (given.status_code, given.json()["state"], given.json()["method"]) == (200, "granted", None)
    taken = await house.other.delete(path, headers=who.headers)
    assert (taken.status_code, taken.json()["state"]) == (200, "revoked")
    assert (await house.one.get("/me/consents", headers=who.headers)).json() == {"items": [taken.json()]}
    never = await house.one.delete("/me/consents/publish/x", headers=who.headers)
    assert (never.status_code, never.json()["state"], never.json()["granted_at"]) == (200, "revoked", None)


async def test_notices_are_public(house: House) -> None:
    current = (await house.one.get("/notices/current")).json()
    assert (await house.one.get(f"/notices/{current['version']}")).json() == current
    for version in ("0", str(CURRENT + 1), "-1", "x", "1.0", "9" * 40):
        assert problem(await house.one.get(f"/notices/{version}")) == (404, "not-found"), version


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


NEWER = (
    NoticeVersion(1, frozenset(pairs())),
    NoticeVersion(2, frozenset({("assess_voice", "voxbus")})),
    NoticeVersion(3, frozenset({("publish", "voxbus"), ("notify", "webhook")})),
)
TEXTS = {1: "The first, {contact}", 2: "The second, {contact}", 3: "The third, {contact}"}


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


def _child() -> dict[str, str]:
    return {
        "username": "Sam",
        "birth_date": "2018-04-05",
        "sign_in_name": f"sam-{uuid4().hex[:12]}",
        "password": PASSWORD,
    }


async def _addresses(house: House, child: Robin) -> int:
    rows = await house.bench.database.fetch(
        "SELECT count(*) FROM guardian_invitations WHERE person_id = $1", UUID(child.id)
    )
    return int(rows[0][0])


async def test_a_child_with_a_guardian_cannot_come_of_age_by_a_change(house: House) -> None:
    child = await sign_up(house.one, birth_date=f"{datetime.now(UTC).year - 14}-01-01", country="DE")
    unknown = await sign_up(house.one, birth_date=None)
    for who, change in ((child, {"country": "GB"}), (unknown, {"birth_date": "1990-01-01"})):
        family = Family(house, who, await guardian(house))
        assert (await accept(house, await invited(house, who), family.guardian)).status_code == 201
        await family.give()
        refused = await house.one.patch("/me", json=change, headers=who.headers)
        assert problem(refused) == (403, "guardian-decides"), change
        assert (await send(house.one, who.headers)).status_code == 202


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
