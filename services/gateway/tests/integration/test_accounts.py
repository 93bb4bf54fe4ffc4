"""Tests “Own accounts” of the interface row by row, through two gateways on one database, and the mails and facts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from uuid import UUID

import pytest
from httpx2 import AsyncClient, Response

from chassis.message.codec import decode
from chassis.message.envelope import Envelope, new_id
from chassis.storage.media import open_media
from contracts.base import Event
from contracts.gateway import MailWanted, PersonChanged
from gateway.edge.forgotten_passwords import ForgottenPasswords
from gateway.edge.mail import Mails
from gateway.jobs.maintenance import Sweep
from gateway.settings import GatewaySettings
from services.gateway.tests.integration.fixtures import Bench
from services.gateway.tests.integration.test_door import KEY, opened

PASSWORD, OTHER = "correct horse", "staple of paper"
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


@dataclass
class House:
    """Holds clients of two gateways, and the outbox that they share."""

    one: AsyncClient
    other: AsyncClient
    bench: Bench

    async def said(self, kind: type[Event], person: str) -> Sequence[Any]:
        """Returns the facts of a type about a person, in order."""
        rows = await self.bench.database.fetch("SELECT headers, body FROM outbox WHERE key = $1 ORDER BY id", kind.type)
        found = [(Envelope.parse(row.headers), bytes(row.body)) for row in rows]
        key = self.bench.store.keys[UUID(person)]
        return [decode(kind, envelope, body, key) for envelope, body in found if envelope.person_id == UUID(person)]

    async def mails(self, person: str) -> list[tuple[str, str]]:
        """Returns template and recipient of each mail to a person, in order."""
        return [(each.template, each.to) for each in await self.said(MailWanted, person)]

    async def token(self, person: str, template: str) -> str:
        """Returns the token of the newest mail of a template."""
        [*_, mail] = [each for each in await self.said(MailWanted, person) if each.template == template]
        return unquote(mail.link.partition("#token=")[2])

    async def forget(self, email: str) -> None:
        """Asks for a link to choose a new password, and mails it as a loop of the gateways does."""
        assert (await self.one.post("/auth/password/forgot", json={"email": email})).status_code == 202
        await self.mail_links()

    async def mail_links(self) -> None:
        await ForgottenPasswords(self.bench.database, Mails(self.bench.keys, "http://localhost:8000")).mail_links()

    async def old(self, person: str) -> None:
        """Lets the time of a person's links pass."""
        await self.bench.database.fetch("UPDATE mailed_links SET expires_at = now() WHERE person_id = $1", UUID(person))


@pytest.fixture
async def house(bench: Bench, tmp_path: Path) -> AsyncIterator[House]:
    own = GatewaySettings(secret_key=KEY)
    async with opened(bench, tmp_path, own) as one, opened(bench, tmp_path, own) as other:
        yield House(one, other, bench)


@dataclass
class Robin:
    """Holds somebody who has signed up."""

    email: str
    id: str
    headers: dict[str, str]
    refresh_token: str


def address() -> str:
    return f"{new_id()}@b.example"


async def sign_up(door: AsyncClient, **others: object) -> Robin:
    made = await door.post(
        "/auth/signup", json={"email": address(), "password": PASSWORD, "username": "Robin"} | others
    )
    assert made.status_code == 201, made.text
    return robin(made)


def robin(session: Response) -> Robin:
    body = session.json()
    headers = {"Authorization": f"Bearer {body['access_token']}"}
    return Robin(body["user"]["email"], body["user"]["id"], headers, body["refresh_token"])


async def log_in(door: AsyncClient, email: str, password: str) -> Response:
    return await door.post("/auth/login", json={"email": email, "password": password})


def problem(answer: Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


def fields(answer: Response) -> set[str]:
    assert problem(answer) == (422, "invalid"), answer.text
    return {each["field"] for each in answer.json()["errors"]}


# --- sign-up and one's own account


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
        ({"time_zone": "Berlin"}, "time_zone"),
        ({"time_zone": "../../etc/passwd"}, "time_zone"),
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


# --- the address


async def test_an_address_is_proven_by_the_newest_link_once(house: House) -> None:
    who = await sign_up(house.one)
    older = await house.token(who.id, "verify-email")
    assert (await house.one.post("/auth/verify/send", headers=who.headers)).status_code == 202
    token = await house.token(who.id, "verify-email")
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
    await house.old(who.id)
    more = {"password": OTHER} if path == "/auth/password/reset" else {}
    assert problem(await house.one.post(path, json={"token": token} | more)) == (410, "link-expired")


async def test_a_link_that_nobody_used_in_time_is_deleted_with_its_address(house: House, tmp_path: Path) -> None:
    async def links(person: str) -> int:
        [[count]] = await house.bench.database.fetch(
            "SELECT count(*) FROM mailed_links WHERE person_id = $1", UUID(person)
        )
        return int(count)

    late, early = await sign_up(house.one), await sign_up(house.one)
    await house.old(late.id)
    await Sweep(house.bench.database, open_media(None, tmp_path)).delete_expired_links()
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


# --- the password


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


async def test_a_fact_is_later_than_the_one_before(house: House) -> None:
    who = await sign_up(house.one, birth_date=str(date(2001, 5, 17)))
    [fact] = await house.said(PersonChanged, who.id)
    assert abs((datetime.now(UTC) - fact.at).total_seconds()) < 60
