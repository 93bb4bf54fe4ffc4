"""Tests the links that are mailed to prove an address or to change it, and what changes only with the password."""

from __future__ import annotations

import math
from uuid import UUID

import pytest

from contracts.gateway import MailWanted, PersonChanged
from services.gateway.tests.integration.house import (
    OTHER,
    PASSWORD,
    House,
    address,
    fields,
    log_in,
    problem,
    sign_up,
)


async def test_an_address_is_proven_by_the_newest_link_once(house: House) -> None:
    who = await sign_up(house.one)
    older = await house.token(who.id, "verify-email")
    asked = await house.one.post("/auth/verify/send", headers=who.headers | {"Host": "evil.example"})
    assert asked.status_code == 202
    token = await house.token(who.id, "verify-email")
    [*_, mail] = await house.said(MailWanted, who.id)
    assert mail.link.startswith("http://localhost:8000/account/verify#token="), "whatever host was asked"
    for method in ("GET", "HEAD") * 2:  # as scanners of mails do
        assert (await house.one.request(method, "/account/verify")).status_code == 200
        assert (await house.one.request(method, f"/auth/verify?token={token}")).status_code == 405
    assert problem(await house.one.post("/auth/verify", json={"token": older})) == (410, "link-expired")
    done = await house.other.post("/auth/verify", json={"token": token})
    assert (done.status_code, done.json()) == (200, {"email": who.email, "email_verified": True})
    assert problem(await house.one.post("/auth/verify", json={"token": token})) == (410, "link-expired")
    assert (await house.one.get("/me", headers=who.headers)).json()["email_verified"] is True
    assert [each.email_verified for each in await house.said(PersonChanged, who.id)] == [False, True]
    sent = len(await house.mails(who.id))
    assert (await house.one.post("/auth/verify/send", headers=who.headers)).status_code == 202
    assert len(await house.mails(who.id)) == sent, "there is nothing to prove"


@pytest.mark.parametrize("path", ["/auth/verify", "/auth/email/confirm", "/auth/password/reset"])
async def test_what_is_no_token_or_that_of_another_kind_does_nothing(house: House, path: str) -> None:
    who = await sign_up(house.one)
    others = {"/auth/password/reset": "verify-email"}.get(path, "reset-password")
    if others == "reset-password":
        await house.forget(who.email)
    more = {"password": OTHER} if path == "/auth/password/reset" else {}
    for token in ("", "x", "../..", "x" * 200, "ü" * 43, await house.token(who.id, others)):
        assert problem(await house.one.post(path, json={"token": token} | more)) == (410, "link-expired")
    assert fields(await house.one.post(path, json={"token": 1} | more)) == {"token"}
    assert fields(await house.one.post(path, json={"token": "x" * 201} | more)) == {"token"}
    assert "token" in fields(await house.one.post(path, json=more))
    for method in ("GET", "HEAD", "PUT", "DELETE"):
        assert (await house.one.request(method, path)).status_code in (404, 405)
    assert (await log_in(house.one, who.email, PASSWORD)).status_code == 200


@pytest.mark.parametrize(
    ("template", "path"),
    [
        ("verify-email", "/auth/verify"),
        ("reset-password", "/auth/password/reset"),
        ("change-email", "/auth/email/confirm"),
    ],
)
async def test_an_old_link_does_nothing(house: House, template: str, path: str) -> None:
    who = await sign_up(house.one)
    await house.forget(who.email)
    await house.one.post("/me/email", json={"email": address(), "password": PASSWORD}, headers=who.headers)
    token = await house.token(who.id, template)
    last = "SELECT kind, extract(epoch FROM expires_at - now()) / 3600 AS hours FROM mailed_links WHERE person_id = $1"
    rows = await house.bench.database.fetch(last, UUID(who.id))
    assert {row.kind: math.ceil(row.hours) for row in rows} == {"verify": 24, "reset": 1, "email": 24}
    await house.old(who.id)
    more = {"password": OTHER} if path == "/auth/password/reset" else {}
    assert problem(await house.one.post(path, json={"token": token} | more)) == (410, "link-expired")


async def test_a_link_that_nobody_used_in_time_is_deleted_with_its_address(house: House) -> None:
    async def links(person: str) -> int:
        [[count]] = await house.bench.database.fetch(
            "SELECT count(*) FROM mailed_links WHERE person_id = $1", UUID(person)
        )
        return int(count)

    late, early = await sign_up(house.one), await sign_up(house.one)
    await house.old(late.id)
    await house.bench.retire()
    assert (await links(late.id), await links(early.id)) == (0, 1)


async def test_an_address_changes_when_the_link_to_the_new_one_is_pressed(house: House) -> None:
    who = await sign_up(house.one)
    await house.forget(who.email)
    new = address()
    asked = await house.one.post("/me/email", json={"email": new.upper(), "password": PASSWORD}, headers=who.headers)
    assert asked.status_code == 202
    assert (await house.mails(who.id))[-2:] == [("change-email", new), ("email-changed", who.email)]
    assert (await house.one.get("/me", headers=who.headers)).json()["email"] == who.email
    token = await house.token(who.id, "change-email")
    changed = await house.other.post("/auth/email/confirm", json={"token": token})
    assert changed.status_code == 200, changed.text
    assert (changed.json()["email"], changed.json()["email_verified"]) == (new, True)
    assert problem(await house.one.post("/auth/email/confirm", json={"token": token})) == (410, "link-expired")
    assert (await log_in(house.one, new, PASSWORD)).status_code == 200
    assert problem(await log_in(house.one, who.email, PASSWORD)) == (401, "wrong-credentials")
    assert (await house.said(PersonChanged, who.id))[-1].email == new
    for template, path in (("verify-email", "/auth/verify"), ("reset-password", "/auth/password/reset")):
        body = {"token": await house.token(who.id, template), "password": OTHER}
        body = body if "reset" in path else {"token": body["token"]}
        assert problem(await house.one.post(path, json=body)) == (410, "link-expired"), "sent to the address before"


async def test_an_address_that_somebody_has_is_told_only_to_whom_it_was_proven(house: House) -> None:
    who, other = await sign_up(house.one), await sign_up(house.one)
    body = {"email": other.email, "password": PASSWORD}
    assert (await house.one.post("/me/email", json=body, headers=who.headers)).status_code == 202
    token = await house.token(who.id, "change-email")
    assert problem(await house.one.post("/auth/email/confirm", json={"token": token})) == (409, "email-taken")
    assert (await house.one.get("/me", headers=who.headers)).json()["email"] == who.email


async def test_an_address_or_password_changes_only_with_the_password(house: House) -> None:
    who = await sign_up(house.one)
    for path, body in (
        ("/me/email", {"email": address(), "password": "wrong horse"}),
        ("/me/password", {"current_password": "wrong horse", "password": OTHER}),
        ("/me/password", {"current_password": "", "password": OTHER}),
    ):
        assert problem(await house.one.post(path, json=body, headers=who.headers)) == (403, "wrong-credentials")
    assert await house.mails(who.id) == [("verify-email", who.email)]
    assert (await log_in(house.one, who.email, PASSWORD)).status_code == 200
