"""Tests people and sessions of other issuers, through two gateways on one database."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from httpx2 import AsyncClient, Response
from sqlalchemy import Row

from chassis.message.envelope import new_id
from gateway.edge.auth import identity_statements as statements
from gateway.edge.auth.identities import Identities, LastIdentity, Profile
from gateway.edge.auth.issuers.issuers import Issuers, Verified
from gateway.edge.auth.tokens import Tokens
from gateway.jobs.erase_person import erase_person
from gateway.settings import GatewaySettings
from services.gateway.tests.integration.fixtures import Bench
from services.gateway.tests.integration.test_door import KEY, opened, sign_up
from tests.issuers.foreign import ForeignIssuer

SCHOOL = ForeignIssuer()
#: names no sessions: each of its tokens is one
PLAIN = ForeignIssuer(name="plain", url="https://plain.example", session_claim=None)
ISSUERS = Issuers([Tokens(KEY).issuer, SCHOOL.issuer, PLAIN.issuer])

Doors = tuple[AsyncClient, AsyncClient]


@pytest.fixture
async def doors(bench: Bench, tmp_path: Path) -> AsyncIterator[Doors]:
    """Provides clients of two gateways on one database."""
    own = GatewaySettings(secret_key=KEY)
    async with (
        opened(bench, tmp_path, own, issuers=ISSUERS) as one,
        opened(bench, tmp_path, own, issuers=ISSUERS) as other,
    ):
        yield one, other


async def status(door: AsyncClient, headers: dict[str, str]) -> int:
    return (await door.get("/me/sessions", headers=headers)).status_code


async def link(door: AsyncClient, headers: dict[str, str], token: str) -> Response:
    return await door.post("/me/identities", json={"token": token}, headers=headers)


async def people_of(bench: Bench, subject: str) -> list[Row[Any]]:
    return [
        *await bench.database.fetch(
            "SELECT p.* FROM people p JOIN identities i ON i.person_id = p.id WHERE i.subject = $1", subject
        )
    ]


async def test_the_first_sight_of_a_subject_makes_a_person_of_unknown_age(doors: Doors, bench: Bench) -> None:
    subject = str(uuid4())
    made = await doors[0].get("/me/sessions", headers=SCHOOL.headers(subject, sid=subject))
    assert made.status_code == 200
    [session] = made.json()["items"]
    assert (session["issuer"], session["current"]) == ("school", True)
    [person] = await people_of(bench, subject)
    assert (person.roles, person.birth_date, person.email, person.email_verified) == (["learner"], None, None, False)
    for door in doors:
        assert await status(door, SCHOOL.headers(subject, sid=subject)) == 200
    assert len(await people_of(bench, subject)) == 1


@pytest.mark.parametrize(
    ("claims", "help"),
    [({}, "no e-mail address"), ({"email": "{}@b.example", "email_verified": True}, "/auth/password/forgot")],
)
async def test_who_has_no_password_here_is_told_so(doors: Doors, claims: dict[str, Any], help: str) -> None:
    named = {name: value.format(uuid4()) if isinstance(value, str) else value for name, value in claims.items()}
    headers = SCHOOL.headers(str(uuid4()), sid=str(uuid4()), **named)
    for path, body in (
        ("/me/password", {"current_password": "correct horse", "password": "staple of paper"}),
        ("/me/email", {"email": f"{uuid4()}@b.example", "password": "correct horse"}),
    ):
        for _ in range(7):  # no try at a password, so nothing is slowed down
            refused = await doors[0].post(path, json=body, headers=headers)
        assert (refused.status_code, refused.json()["type"]) == (403, "/problems/wrong-credentials")
        assert help in refused.json()["detail"]


@pytest.mark.parametrize(
    ("claims", "at"),
    [
        ({"auth_time": 1}, 1),
        ({"amr": [{"timestamp": 1}, {"timestamp": 2}]}, 2),
        ({"auth_time": 9_999_999_999}, 0),  # a time to come would stay recent for years
        ({}, 0),  # the first to bring a token may have stolen it
    ],
)
async def test_a_sign_in_is_as_old_as_the_token_says(bench: Bench, claims: dict[str, Any], at: int) -> None:
    identities = Identities(bench.database)
    for token in (SCHOOL.token(sid=str(uuid4()), **claims), PLAIN.token(**claims)):
        verified = await ISSUERS.verify(token)
        assert (await identities.standing(verified)).standing.signed_in_at.timestamp() == at


async def test_other_services_are_told_of_a_new_person_once(doors: Doors, bench: Bench) -> None:
    subject = str(uuid4())
    headers = SCHOOL.headers(subject, sid=subject)
    await asyncio.gather(*(status(door, headers) for door in (*doors, *doors)))
    [person] = await people_of(bench, subject)
    told = await bench.database.fetch(
        "SELECT FROM outbox WHERE key = 'person.changed' AND headers::text LIKE $1", f"%{person.id}%"
    )
    assert len(told) == 1


async def test_twenty_first_sights_at_once_on_two_gateways_make_one_person_and_one_session(
    doors: Doors, bench: Bench
) -> None:
    subject, session = str(uuid4()), str(uuid4())
    seen = await asyncio.gather(
        *(status(doors[place % 2], SCHOOL.headers(subject, sid=session, jti=str(place))) for place in range(20))
    )
    assert seen == [200] * 20
    [person] = await people_of(bench, subject)
    [[sessions]] = await bench.database.fetch("SELECT count(*) FROM sessions WHERE person_id = $1", person.id)
    assert sessions == 1
    [[people]] = await bench.database.fetch(
        "SELECT count(*) FROM people p WHERE NOT EXISTS (SELECT FROM identities i WHERE i.person_id = p.id)"
        " AND password_hash IS NULL"
    )
    assert people == 0


async def test_the_common_case_is_one_statement(doors: Doors, bench: Bench) -> None:
    asked: list[str] = []

    class Counted(type(bench.database)):  # type: ignore[misc]
        def __init__(self) -> None:
            pass

        async def fetch(self, statement: str, *parameters: object) -> Any:
            asked.append(statement)
            return await bench.database.fetch(statement, *parameters)

    token = SCHOOL.token(sid=str(uuid4()))
    assert await status(doors[0], {"Authorization": f"Bearer {token}"}) == 200
    identities = Identities(Counted())
    verified = await ISSUERS.verify(token)
    await asyncio.gather(*(identities.standing(verified) for _ in range(10)))
    assert set(asked) == {statements.USE}
    assert len(asked) <= 2


@pytest.mark.parametrize("verified", [False, True])
async def test_an_address_is_taken_over_as_the_issuer_says_and_joins_nothing(
    doors: Doors, bench: Bench, *, verified: bool
) -> None:
    subject, email = str(uuid4()), f"{uuid4()}@b.example"
    claims = {"email": email.upper(), "email_verified": verified}
    assert await status(doors[0], SCHOOL.headers(subject, sid=subject, **claims)) == 200
    [person] = await people_of(bench, subject)
    assert (person.email, person.email_verified) == (email, verified)

    other = str(uuid4())
    assert await status(doors[0], PLAIN.headers(other, **claims)) == 200
    [second] = await people_of(bench, other)
    assert second.id != person.id
    assert (second.email, second.email_verified) == (None, False)

    account = {"email": f"{uuid4()}@b.example", "password": "correct horse", "username": "Robin"}
    own = (await doors[0].post("/auth/signup", json=account)).json()["user"]
    third = str(uuid4())
    claims = {"email": account["email"], "email_verified": True}
    assert await status(doors[1], SCHOOL.headers(third, sid=third, **claims)) == 200
    [stranger] = await people_of(bench, third)
    assert str(stranger.id) != own["id"]
    assert stranger.email is None


async def test_after_a_logout_no_token_of_the_session_is_accepted_anywhere(doors: Doors) -> None:
    subject, session = str(uuid4()), str(uuid4())
    here, there = SCHOOL.headers(subject, sid=session), SCHOOL.headers(subject, sid=str(uuid4()))
    assert [await status(doors[0], each) for each in (here, there)] == [200, 200]
    assert (await doors[0].post("/auth/logout", headers=here)).status_code == 204
    later = SCHOOL.headers(subject, sid=session, jti="issued since")
    assert [await status(door, each) for door in doors for each in (here, later)] == [401] * 4
    assert await status(doors[1], there) == 200
    assert (await doors[1].post("/auth/logout", json={"everywhere": True}, headers=there)).status_code == 204
    assert [await status(door, there) for door in doors] == [401, 401]
    assert await status(doors[0], SCHOOL.headers(subject, sid=str(uuid4()))) == 200  # a new sign-in


async def test_a_token_without_a_session_is_revoked_alone_in_any_spelling(doors: Doors) -> None:
    subject = str(uuid4())
    one, other = PLAIN.token(subject, jti="1"), PLAIN.token(subject, jti="2")
    bearing = [{"Authorization": f"Bearer {token}"} for token in (one, other, f"{one}=")]
    assert [await status(doors[0], each) for each in bearing] == [200, 200, 200]
    assert (await doors[0].post("/auth/logout", headers=bearing[0])).status_code == 204
    assert [await status(door, each) for door in doors for each in bearing] == [401, 200, 401] * 2


async def test_a_session_that_was_ended_stays_so_after_its_row_is_gone(doors: Doors, bench: Bench) -> None:
    session = str(uuid4())
    headers = SCHOOL.headers(session, sid=session)
    assert await status(doors[0], headers) == 200
    assert (await doors[0].post("/auth/logout", headers=headers)).status_code == 204
    aged = "UPDATE sessions SET ends_at = now() - interval '31 days' WHERE issuer_session = $1"
    await bench.database.fetch(aged, f"session:{session}")
    await bench.retire()
    left = "SELECT FROM sessions WHERE issuer_session = $1"
    assert not await bench.database.fetch(left, f"session:{session}")
    assert await status(doors[0], headers) == 401
    of = "revoked_tokens WHERE hash = sha256(convert_to($1, 'UTF8'))"
    [revoked] = await bench.database.fetch(f"SELECT until - now() AS left FROM {of}", f"session:{session}")
    assert 334 <= revoked.left.days <= 335  # a year and a day after its end
    await bench.database.fetch(f"UPDATE {of.replace('WHERE', 'SET until = now() WHERE')}", f"session:{session}")
    await bench.retire()
    assert not await bench.database.fetch(f"SELECT FROM {of}", f"session:{session}")


async def test_a_session_goes_on_however_long_it_was_not_used(doors: Doors, bench: Bench) -> None:
    session = str(uuid4())
    headers = SCHOOL.headers(session, sid=session)
    assert await status(doors[0], headers) == 200
    aged = "UPDATE sessions SET ends_at = now() + $2 * interval '1 day', last_used_at = now() - interval '1 day'"
    for days in (1, -1):  # used since a while, and not used for a month
        await bench.database.fetch(f"{aged} WHERE issuer_session = $1", f"session:{session}", days)
        assert await status(doors[0], headers) == 200
        [[fresh]] = await bench.database.fetch(
            "SELECT ends_at > now() + interval '29 days' AND last_used_at > now() - interval '1 minute'"
            " FROM sessions WHERE issuer_session = $1",
            f"session:{session}",
        )
        assert fresh


async def test_an_erased_person_comes_back_only_by_signing_in_anew(doors: Doors, bench: Bench) -> None:
    subject, session = str(uuid4()), str(uuid4())
    headers = SCHOOL.headers(subject, sid=session)
    assert await status(doors[0], headers) == 200
    [person] = await people_of(bench, subject)
    before = int(time.time())
    await erase_person(bench.database, bench.keys, bench.ledger, person.id)
    later = before + 20
    another = SCHOOL.headers(subject, sid="another", iat=before)
    for refused in (headers, another, SCHOOL.headers(subject, sid=session, iat=later)):
        assert [await status(door, refused) for door in doors] == [401, 401]
    assert await status(doors[0], SCHOOL.headers(subject, sid="another", iat=None)) == 401
    assert not await people_of(bench, subject)
    assert await status(doors[0], SCHOOL.headers(subject, sid="a new one", iat=later)) == 200
    [anew] = await people_of(bench, subject)
    assert anew.id != person.id


async def test_a_first_sight_beside_an_erasure_leaves_no_person(doors: Doors, bench: Bench) -> None:
    subjects = [str(uuid4()) for _ in range(10)]
    for subject in subjects:
        assert await status(doors[0], SCHOOL.headers(subject, sid=subject)) == 200
    people = [(await people_of(bench, subject))[0].id for subject in subjects]
    await asyncio.gather(
        *(erase_person(bench.database, bench.keys, bench.ledger, person) for person in people),
        *(status(doors[place % 2], SCHOOL.headers(subject, sid=subject)) for place, subject in enumerate(subjects * 3)),
    )
    for subject in subjects:
        assert await status(doors[1], SCHOOL.headers(subject, sid=subject)) == 401
        assert not await people_of(bench, subject)


async def test_an_identity_is_linked_by_its_token_and_has_one_person(doors: Doors, bench: Bench) -> None:
    one, other = doors
    me, subject = await sign_up(one), str(uuid4())
    token = SCHOOL.token(subject, sid=subject)
    made = await link(one, me, token)
    assert made.status_code == 201, made.text
    assert set(made.json()) == {"id", "issuer", "created_at"}
    assert made.json()["issuer"] == "school"
    assert (await other.get("/me/identities", headers=me)).json()["items"] == [made.json()]
    mine = (await one.get("/me/sessions", headers={"Authorization": f"Bearer {token}"})).json()["items"]
    assert {session["issuer"] for session in mine} == {"voxbus", "school"}

    taken = await link(other, await sign_up(one), token)
    again = await link(one, me, token)
    assert (taken.status_code, taken.json()["type"]) == (409, "/problems/identity-taken")
    assert again.status_code == 409
    seen = str(uuid4())
    assert await status(one, SCHOOL.headers(seen, sid=seen)) == 200
    assert (await link(one, me, SCHOOL.token(seen, sid=seen))).status_code == 409
    assert len(await people_of(bench, subject)) == 1


async def test_sign_ins_with_other_issuers_and_their_links_are_noted(doors: Doors) -> None:
    one, _ = doors
    me, linked, seen = await sign_up(one), str(uuid4()), str(uuid4())
    identity = (await link(one, me, SCHOOL.token(linked, sid=linked))).json()["id"]
    assert (await one.delete(f"/me/identities/{identity}", headers=me)).status_code == 204
    events = (await one.get("/me/security-events", headers=me)).json()["items"]
    assert [(each["event"], each["issuer"]) for each in reversed(events)] == [
        ("signed_up", "voxbus"),
        ("signed_in", "voxbus"),
        ("identity_linked", "school"),
        ("signed_in", "school"),
        ("identity_removed", "school"),
    ]
    assert {each["address"] for each in events} == {"127.0.0.0/24"}
    assert {each["detail"]["identity"] for each in events if "identity" in each["detail"]} == {identity}
    for _ in range(2):
        own = (await one.get("/me/security-events", headers=SCHOOL.headers(seen, sid=seen))).json()["items"]
        assert {each["address"] for each in own} == {"127.0.0.0/24"}
        assert [(each["event"], each["issuer"]) for each in own] == [("signed_in", "school"), ("signed_up", "school")]


async def test_only_a_good_token_of_another_issuer_can_be_linked(doors: Doors) -> None:
    one, other = doors
    me = await sign_up(one)
    own = me["Authorization"].removeprefix("Bearer ")
    out = SCHOOL.token(sid=str(uuid4()))
    bearing = {"Authorization": f"Bearer {out}"}
    assert await status(one, bearing) == 200
    assert (await one.post("/auth/logout", headers=bearing)).status_code == 204
    for token in (own, "nonsense", "", "x" * 20_000, "é", SCHOOL.token(exp=1)):
        refused = await link(other, me, token)
        assert (refused.status_code, [each["field"] for each in refused.json()["errors"]]) == (422, ["token"]), token
    assert (await link(other, me, out)).status_code == 409
    assert (await one.post("/me/identities", json={"token": out})).status_code == 401


async def test_an_ended_session_cannot_be_linked_to_another_person(doors: Doors) -> None:
    one, _ = doors
    me, subject, session = await sign_up(one), str(uuid4()), str(uuid4())
    token = SCHOOL.token(subject, sid=session)
    made = (await link(one, me, token)).json()
    assert (await one.delete(f"/me/identities/{made['id']}", headers=me)).status_code == 204
    assert await status(one, {"Authorization": f"Bearer {token}"}) == 401  # no person is made of it
    assert {each["issuer"] for each in (await one.get("/me/sessions", headers=me)).json()["items"]} == {"voxbus"}
    for anyone in (await sign_up(one), me):
        assert (await link(one, anyone, token)).status_code == 422
    assert (await link(one, me, SCHOOL.token(subject, sid=str(uuid4())))).status_code == 201  # signed in there anew


async def test_the_last_way_to_sign_in_stays_also_when_two_are_removed_at_once(doors: Doors, bench: Bench) -> None:
    for _ in range(5):
        subject = str(uuid4())
        me = SCHOOL.headers(subject, sid=subject)
        assert (await link(doors[0], me, PLAIN.token())).status_code == 201
        listed = (await doors[0].get("/me/identities", headers=me)).json()["items"]
        assert [each["issuer"] for each in listed] == ["plain", "school"]
        removed = await asyncio.gather(
            *(door.delete(f"/me/identities/{each['id']}", headers=me) for door, each in zip(doors, listed, strict=True))
        )
        # whoever unlinks the identity of the calling session is signed out by that
        assert sorted(each.status_code for each in removed) in ([204, 409], [204, 401])
        assert len(await people_of(bench, subject)) <= 1
    me = SCHOOL.headers(sid=str(uuid4()))
    [only] = (await doors[0].get("/me/identities", headers=me)).json()["items"]
    last = await doors[1].delete(f"/me/identities/{only['id']}", headers=me)
    assert (last.status_code, last.json()["type"]) == (409, "/problems/last-identity")
    stranger = await sign_up(doors[0])
    assert (await doors[0].delete(f"/me/identities/{only['id']}", headers=stranger)).status_code == 404
    assert (await doors[0].delete(f"/me/identities/{new_id()}", headers=me)).status_code == 404


async def test_an_identity_of_an_issuer_that_is_gone_is_no_way_to_sign_in(bench: Bench, doors: Doors) -> None:
    identities, subject = Identities(bench.database), str(uuid4())
    person = await identities.meet(await ISSUERS.verify(SCHOOL.token(subject, sid=subject)), Profile(username="Robin"))
    await identities.link(await ISSUERS.verify(PLAIN.token()), person)
    [plain, school] = await identities.of(person, limit=10)
    with pytest.raises(LastIdentity):
        await identities.unlink(school.id, person, issuers=[SCHOOL.url], with_password=True)
    assert await identities.unlink(plain.id, person, issuers=[SCHOOL.url], with_password=True)


async def test_a_stream_opens_with_a_token_that_never_expires(doors: Doors) -> None:
    me = SCHOOL.headers(sid=str(uuid4()), exp=10**400)
    ticket = await doors[0].post("/auth/tickets", headers=me)
    assert ticket.status_code == 201
    assert (await doors[0].get(f"/jobs/{new_id()}/events", headers=me)).status_code == 404


class CountingIssuers(Issuers):
    """Counts how many tokens it is asked about."""

    asked = 0

    async def verify(self, token: str) -> Verified:
        self.asked += 1
        return await super().verify(token)


async def test_the_token_of_whoever_opens_a_stream_is_verified_once(bench: Bench, tmp_path: Path) -> None:
    counting = CountingIssuers([Tokens(KEY).issuer, SCHOOL.issuer])
    async with opened(bench, tmp_path, GatewaySettings(secret_key=KEY), issuers=counting) as door:
        me = SCHOOL.headers(sid=str(uuid4()))
        assert (await door.post("/auth/tickets", headers=me)).status_code == 201
        assert counting.asked == 1
        assert (await door.get(f"/jobs/{new_id()}/events", headers=me)).status_code == 404
        assert counting.asked == 2


async def test_identities_are_listed_page_by_page(doors: Doors) -> None:
    me = await sign_up(doors[0])
    for _ in range(3):
        assert (await link(doors[0], me, PLAIN.token())).status_code == 201
    listed = (await doors[0].get("/me/identities", headers=me)).json()
    page = (await doors[0].get("/me/identities?limit=2", headers=me)).json()
    rest = (await doors[0].get(f"/me/identities?limit=2&cursor={page['next_cursor']}", headers=me)).json()
    assert [*page["items"], *rest["items"]] == listed["items"]
    assert (listed["next_cursor"], rest["next_cursor"]) == (None, None)


async def test_issuers_are_named_to_everybody(doors: Doors) -> None:
    assert (await doors[0].get("/auth/issuers")).json() == {
        "items": [
            {"name": "voxbus", "kind": "own", "login": "/auth/login"},
            {"name": "school", "kind": "other", "login": None},
            {"name": "plain", "kind": "other", "login": None},
        ]
    }
