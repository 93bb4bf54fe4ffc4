"""Holds the product whose access is tried, and people with accounts in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from httpx2 import AsyncClient

from chassis.settings import Settings
from chassis.storage.database import open_database
from tests.e2e.conftest import PASSWORD
from tests.issuers.x import XStandIn
from voxbus import accounts

Json = dict[str, Any]
#: what a request has besides method, path and token
Request = dict[str, Any]


@dataclass
class Person:
    """Is somebody with an account, and the session that signed it up."""

    id: UUID
    email: str
    session: Json

    @property
    def token(self) -> str:
        return str(self.session["access_token"])


@dataclass
class Product:
    """Is the running product as its clients and its operator see it."""

    client: AsyncClient
    settings: Settings
    database_url: str
    document: Json
    x: XStandIn
    #: what the person has whose things others must not see, by what it is
    things: dict[str, str] = field(default_factory=dict)

    async def person(self, *roles: str) -> Person:
        email = f"{uuid4()}@example.org"
        body = {"email": email, "password": PASSWORD, "username": "Robin", "birth_date": "1990-01-01"}
        made = (await self.client.post("/auth/signup", json=body)).raise_for_status().json()
        for role in roles:
            await accounts.grant(self.settings, email, role)
        return Person(UUID(made["user"]["id"]), email, made)

    async def rows(self, service: str, statement: str, *values: object) -> None:
        database = open_database(self.database_url, service, size=1)
        try:
            await database.fetch(statement, *values)
        finally:
            await database.close()

    def operations(self) -> Iterator[tuple[str, str, Json]]:
        for path, methods in self.document["paths"].items():
            for method, operation in methods.items():
                yield method.upper(), path, operation
