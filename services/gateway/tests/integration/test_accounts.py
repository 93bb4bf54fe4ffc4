"""Tests sign-up and one's own account, through two gateways on one database."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from httpx2 import Response

from contracts.gateway import PersonChanged
from services.gateway.tests.integration.house import (
    OTHER,
    PASSWORD,
    House,
    address,
    fields,
    log_in,
    problem,
    robin,
    sign_up,
)

USER = {
    "id",
    "email",
    "email_verified",
    "username",
    "birth_date",
    "country",
    "time_zone",
    "language",
    "age_band",
    "roles",
    "issuers",
    "created_at",
}


async def test_a_sign_up_shows_the_account_tells_of_it_and_mails_a_link(house: House) -> None:
    who = await sign_up(house.one, birth_date="2001-05-17", country="DE", time_zone="Europe/Berlin")
    me = (await house.other.get("/me", headers=who.headers)).json()
    assert me.keys() == USER
    assert me | {"created_at": ""} == {
        "id": who.id,
        "email": who.email,
        "email_verified": False,
        "username": "Robin",
        "birth_date": "2001-05-17",
        "country": "DE",
        "time_zone": "Europe/Berlin",
        "language": "en",
        "age_band": "of_age",
        "roles": ["learner"],
        "issuers": ["voxbus"],
        "created_at": "",
    }
    assert await house.mails(who.id) == [("verify-email", who.email)]
    [fact] = await house.said(PersonChanged, who.id)
    assert fact.model_dump(exclude={"at"}) == {
        "person_id": UUID(who.id),
        "time_zone": "Europe/Berlin",
        "language": "en",
        "country": "DE",
        "age_band": "of_age",
        "adult": True,
        "username": "Robin",
        "email": who.email,
        "email_verified": False,
    }
    rows = await house.bench.database.fetch("SELECT body FROM outbox WHERE key = $1", PersonChanged.type)
    assert not any(b"Berlin" in row.body or b"Robin" in row.body for row in rows), "not sealed"


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"password": "short 7"}, "password"),
        ({"password": "x" * 201}, "password"),
        ({"password": 12345678}, "password"),
        ({"password": "password1"}, "password"),
        ({"password": "robin of the wood", "username": "Robin of the Wood"}, "password"),
        ({"password": "Robin@b.example", "email": "robin@B.example"}, "password"),
        ({"email": "nobody"}, "email"),
        ({"email": f"{'x' * 250}@b.example"}, "email"),
        ({"email": None}, "email"),
        ({"username": ""}, "username"),
        ({"username": {"a": 1}}, "username"),
        ({"birth_date": "2999-01-01"}, "birth_date"),
        ({"birth_date": "1900-01-01"}, "birth_date"),
        ({"birth_date": "0001-01-01"}, "birth_date"),
        ({"birth_date": "17.05.2001"}, "birth_date"),
        ({"country": "Germany"}, "country"),
        ({"country": "ZZ"}, "country"),
        ({"country": "de"}, "country"),
        ({"time_zone": "x" * 101}, "time_zone"),
        ({"roles": ["admin"]}, "roles"),
    ],
)
async def test_a_sign_up_is_refused_by_its_field(house: House, sent: dict[str, object], field: str) -> None:
    refused = await house.one.post(
        "/auth/signup", json={"email": address(), "password": PASSWORD, "username": "Robin"} | sent
    )
    assert fields(refused) == {field}
    assert "password" not in sent or str(sent["password"]) not in refused.text


async def test_a_person_changes_what_they_say_about_themselves(house: House) -> None:
    who = await sign_up(house.one)
    changed = await house.one.patch(
        "/me",
        json={"username": "Marian", "country": "GB", "time_zone": "Europe/London", "language": "EN-gb"},
        headers=who.headers | {"Content-Type": "application/merge-patch+json"},
    )
    assert changed.status_code == 200, changed.text
    assert (changed.json()["username"], changed.json()["language"]) == ("Marian", "en-GB")
    assert changed.json() == (await house.other.get("/me", headers=who.headers)).json()
    removed = await house.one.patch("/me", json={"country": None}, headers=who.headers)
    assert removed.json()["country"] is None
    nothing = await house.one.patch("/me", json={"username": "Marian"}, headers=who.headers)
    empty = await house.one.patch("/me", json={}, headers=who.headers)
    assert nothing.json() == empty.json() == removed.json()
    facts = await house.said(PersonChanged, who.id)
    assert [(each.username, each.country) for each in facts] == [("Robin", None), ("Marian", "GB"), ("Marian", None)]
    assert [each.at for each in facts] == sorted(each.at for each in facts)


async def test_a_birth_date_is_given_once(house: House) -> None:
    who = await sign_up(house.one)
    assert (await house.one.get("/me", headers=who.headers)).json()["age_band"] == "unknown"
    given = await house.one.patch("/me", json={"birth_date": "2019-02-28"}, headers=who.headers)
    assert (given.json()["birth_date"], given.json()["age_band"]) == ("2019-02-28", "under_consent_age")
    for again in ("2001-05-17", "2019-02-28"):
        refused = await house.other.patch("/me", json={"birth_date": again}, headers=who.headers)
        assert problem(refused) == (409, "birth-date-fixed")
    assert [each.age_band for each in await house.said(PersonChanged, who.id)] == ["unknown", "under_consent_age"]


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"username": None}, "username"),
        ({"time_zone": None}, "time_zone"),
        ({"birth_date": None}, "birth_date"),
        ({"birth_date": "2999-01-01"}, "birth_date"),
        ({"language": "e"}, "language"),
        ({"language": "en_GB"}, "language"),
        ({"email": "else@b.example"}, "email"),
        ({"email_verified": True}, "email_verified"),
        ({"roles": ["admin"]}, "roles"),
        ({"id": "018f6a1e-0000-7000-8000-000000000002"}, "id"),
    ],
)
async def test_a_change_is_refused_by_its_field(house: House, sent: dict[str, object], field: str) -> None:
    who = await sign_up(house.one)
    before = (await house.one.get("/me", headers=who.headers)).json()
    assert fields(await house.one.patch("/me", json=sent, headers=who.headers)) == {field}
    assert (await house.one.get("/me", headers=who.headers)).json() == before


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/me", None),
        ("PATCH", "/me", {}),
        ("POST", "/me/password", {"current_password": PASSWORD, "password": OTHER}),
        ("POST", "/me/email", {"email": "x@b.example", "password": PASSWORD}),
        ("POST", "/auth/verify/send", None),
    ],
)
async def test_without_a_token_nothing_is_shown_or_changed(
    house: House, method: str, path: str, body: dict[str, str] | None
) -> None:
    who = await sign_up(house.one)
    await house.one.post("/auth/logout", headers=who.headers)
    for headers in ({}, {"Authorization": "Bearer nonsense"}, who.headers):
        assert problem(await house.other.request(method, path, json=body, headers=headers)) == (401, "unauthorized")


async def test_what_happens_to_an_account_is_among_its_security_events(house: House) -> None:
    who = await sign_up(house.one)
    new = address()
    await house.one.post("/auth/verify", json={"token": await house.token(who.id, "verify-email")})
    await house.one.patch("/me", json={"birth_date": "2001-05-17"}, headers=who.headers)
    await house.one.patch("/me", json={"username": "Marian"}, headers=who.headers)
    await house.one.post("/me/email", json={"email": new, "password": PASSWORD}, headers=who.headers)
    await house.one.post("/auth/email/confirm", json={"token": await house.token(who.id, "change-email")})
    body = {"current_password": PASSWORD, "password": OTHER}
    await house.one.post("/me/password", json=body, headers=who.headers)
    await house.forget(new)
    body = {"token": await house.token(who.id, "reset-password"), "password": PASSWORD}
    await house.one.post("/auth/password/reset", json=body)
    headers = robin(await log_in(house.one, new, PASSWORD)).headers
    listed = (await house.one.get("/me/security-events", headers=headers)).json()["items"]
    assert [each["event"] for each in reversed(listed)] == [
        "signed_up",
        "signed_in",
        "email_verified",
        "birth_date_set",
        "email_change_asked",
        "email_changed",
        "password_changed",
        "password_reset",
        "signed_out",
        "signed_in",
    ]
    assert not any(word in str(listed) for word in (new, who.email, PASSWORD, OTHER))


async def test_the_time_zone_is_one_that_there_is_and_changes_four_times_a_week(house: House) -> None:
    account = {"email": address(), "password": PASSWORD, "username": "Robin", "time_zone": "Mars/Base"}
    assert problem(await house.one.post("/auth/signup", json=account)) == (422, "unknown-time-zone")
    who = await sign_up(house.one)

    async def move(zone: str) -> Response:
        return await house.one.patch("/me", json={"time_zone": zone}, headers=who.headers)

    assert problem(await move("../../etc/passwd")) == (422, "unknown-time-zone")
    for zone in ("Asia/Tokyo", "Asia/Tokyo", "Pacific/Apia", "Africa/Cairo", "UTC"):
        assert (await move(zone)).json()["time_zone"] == zone
    assert problem(await move("Asia/Tokyo")) == (429, "too-many-changes")
    assert (await house.one.patch("/me", json={"time_zone": "UTC"}, headers=who.headers)).status_code == 200
    assert len(await house.said(PersonChanged, who.id)) == 5
    await house.bench.database.fetch("UPDATE security_events SET time = time - interval '8 days'")
    assert (await move("Asia/Tokyo")).status_code == 200


async def test_a_fact_is_later_than_the_one_before(house: House) -> None:
    who = await sign_up(house.one, birth_date=str(date(2001, 5, 17)))
    [fact] = await house.said(PersonChanged, who.id)
    assert abs((datetime.now(UTC) - fact.at).total_seconds()) < 60
