"""Provides a house of two gateways on one database, the people who sign up there, and what is said about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote
from uuid import UUID

from httpx2 import AsyncClient, Response

from chassis.message.codec import decode
from chassis.message.envelope import Envelope, new_id
from contracts.base import Event
from contracts.gateway import MailWanted
from gateway.edge.forgotten_passwords import ForgottenPasswords
from gateway.edge.mail import Mails
from services.gateway.tests.integration.fixtures import Bench

PASSWORD, OTHER = "correct horse", "staple of paper"


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
