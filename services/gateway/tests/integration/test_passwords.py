"""Tests how a password is changed and reset, and what ends with the one before."""

from __future__ import annotations

from uuid import UUID

import pytest

from chassis.message.envelope import new_id
from contracts.gateway import PersonChanged
from services.gateway.tests.integration.house import (
    OTHER,
    PASSWORD,
    House,
    Robin,
    address,
    fields,
    log_in,
    problem,
    robin,
    sign_up,
)


async def test_a_new_password_ends_every_other_session(house: House) -> None:
    who = await sign_up(house.one)
    elsewhere = robin(await log_in(house.other, who.email, PASSWORD))
    await house.forget(who.email)
    await house.one.post("/me/email", json={"email": address(), "password": PASSWORD}, headers=elsewhere.headers)
    body = {"current_password": PASSWORD, "password": OTHER}
    assert (await house.one.post("/me/password", json=body, headers=who.headers)).status_code == 204
    assert (await house.other.get("/me", headers=who.headers)).status_code == 200
    assert problem(await house.other.get("/me", headers=elsewhere.headers)) == (401, "unauthorized")
    refreshed = await house.one.post("/auth/refresh", json={"refresh_token": elsewhere.refresh_token})
    assert problem(refreshed) == (401, "refresh-invalid")
    assert problem(await log_in(house.one, who.email, PASSWORD)) == (401, "wrong-credentials")
    assert (await log_in(house.one, who.email, OTHER)).status_code == 200
    again = await house.one.post("/me/password", json=body, headers=who.headers)
    assert problem(again) == (403, "wrong-credentials")
    for template, path in (("change-email", "/auth/email/confirm"), ("reset-password", "/auth/password/reset")):
        sent = {"token": await house.token(who.id, template)}
        sent = sent | {"password": "a third password"} if "reset" in path else sent
        assert problem(await house.one.post(path, json=sent)) == (410, "link-expired"), "asked for before"


@pytest.mark.parametrize("password", ["short 7", "12345678", "robin of the wood", "x" * 201])
async def test_a_bad_new_password_is_refused_and_spends_no_link(house: House, password: str) -> None:
    who = await sign_up(house.one, username="Robin of the wood")
    body = {"current_password": PASSWORD, "password": password}
    assert fields(await house.one.post("/me/password", json=body, headers=who.headers)) == {"password"}
    await house.forget(who.email)
    token = await house.token(who.id, "reset-password")
    refused = await house.one.post("/auth/password/reset", json={"token": token, "password": password})
    assert fields(refused) == {"password"}
    done = await house.one.post("/auth/password/reset", json={"token": token, "password": OTHER})
    assert done.status_code == 204


async def test_nobody_learns_whether_there_is_an_account_whose_password_is_forgotten(house: House) -> None:
    who = await sign_up(house.one)
    known = await house.one.post("/auth/password/forgot", json={"email": who.email.upper()})
    unknown = await house.one.post("/auth/password/forgot", json={"email": address()})
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content) == (202, b"")
    assert {*known.headers} == {*unknown.headers}
    rows = await house.bench.database.fetch("SELECT person_id FROM forgotten_passwords ORDER BY id")
    assert [row.person_id for row in rows] == [UUID(who.id), None], "as much is written for both"
    await house.mail_links()
    assert not await house.bench.database.fetch("SELECT FROM forgotten_passwords")
    assert (await house.mails(who.id))[-1] == ("reset-password", who.email)
    assert fields(await house.one.post("/auth/password/forgot", json={"email": "nobody"})) == {"email"}


async def test_a_reset_ends_every_session_and_link_and_signs_in_with_the_new_password(house: House) -> None:
    who = await sign_up(house.one)
    verified = await house.token(who.id, "verify-email")
    await house.one.post("/auth/verify", json={"token": verified})
    await link_identity(house, who)
    await house.forget(who.email)
    older = await house.token(who.id, "reset-password")
    await house.forget(who.email)
    token = await house.token(who.id, "reset-password")
    body = {"token": older, "password": OTHER}
    assert problem(await house.one.post("/auth/password/reset", json=body)) == (410, "link-expired")
    body["token"] = token
    assert (await house.other.post("/auth/password/reset", json=body)).status_code == 204
    assert problem(await house.one.post("/auth/password/reset", json=body)) == (410, "link-expired")
    assert problem(await house.one.get("/me", headers=who.headers)) == (401, "unauthorized")
    assert problem(await log_in(house.one, who.email, PASSWORD)) == (401, "wrong-credentials")
    opened = await log_in(house.one, who.email, OTHER)
    assert opened.json()["user"]["issuers"] == ["voxbus", "https://issuer.example"], "the account was proven before"


async def test_who_resets_an_account_made_in_advance_is_alone_in_it(house: House) -> None:
    who = await sign_up(house.one)  # by somebody who does not have the address
    await link_identity(house, who)
    mine = {"email": address(), "password": PASSWORD}
    await house.one.post("/me/email", json=mine, headers=who.headers)
    await house.forget(who.email)
    body = {"token": await house.token(who.id, "reset-password"), "password": OTHER}
    assert (await house.one.post("/auth/password/reset", json=body)).status_code == 204
    opened = (await log_in(house.one, who.email, OTHER)).json()["user"]
    assert (opened["email_verified"], opened["issuers"]) == (True, ["voxbus"])
    assert problem(await house.one.get("/me", headers=who.headers)) == (401, "unauthorized")
    refreshed = await house.one.post("/auth/refresh", json={"refresh_token": who.refresh_token})
    assert problem(refreshed) == (401, "refresh-invalid")
    token = {"token": await house.token(who.id, "change-email")}
    assert problem(await house.one.post("/auth/email/confirm", json=token)) == (410, "link-expired")
    assert (await house.said(PersonChanged, who.id))[-1].email_verified


async def link_identity(house: House, who: Robin) -> None:
    """Links an identity of another issuer, as the part of the issuers does."""
    query = "INSERT INTO identities (id, person_id, issuer, subject) VALUES ($1, $2, 'https://issuer.example', $3)"
    await house.bench.database.fetch(query, new_id(), UUID(who.id), who.id)


async def test_a_theft_is_mailed_to_the_person(house: House) -> None:
    who = await sign_up(house.one)
    refreshed = robin(await house.one.post("/auth/refresh", json={"refresh_token": who.refresh_token}))
    await house.one.get("/me", headers=refreshed.headers)
    await house.bench.database.fetch(
        "UPDATE sessions SET spent = ARRAY[now() - interval '1 hour'] WHERE person_id = $1", UUID(who.id)
    )
    reused = await house.other.post("/auth/refresh", json={"refresh_token": who.refresh_token})
    assert problem(reused) == (401, "refresh-reused")
    assert (await house.mails(who.id))[1:] == [("signed-out", who.email)]
