"""Tests the way from a child's request to a guardian's consents, and what is refused to everybody else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx2 import Response

from contracts.gateway import MailWanted
from gateway.consents.notices import VERSIONS
from services.gateway.tests.integration.house import PASSWORD, House, Robin, address, fields, log_in, problem, sign_up
from services.gateway.tests.integration.test_door import send

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
    headers = family.child.headers | {"content-type": "application/json"}
    refused = await family.house.one.put(f"/me/consents/{VOICE}", content=b"{", headers=headers)
    assert problem(refused) == (403, "guardian-decides"), "whatever the body"
    for version in (str(CURRENT), True, CURRENT + 0.5):
        assert problem(await family.give(notice_version=version)) == (422, "invalid"), version


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
    assert problem(await accept(house, token, child)) == (403, "not-of-age"), "the child's own tablet"
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
