"""Provides the real application on parts that reach nothing: the database's socket does not exist."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, ClassVar, cast
from uuid import UUID, uuid4

import pytest
from httpx2 import ASGITransport, AsyncClient
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import Row

from chassis.bus.memory import MemoryBus
from chassis.delivery.relay import Relay
from chassis.observe.health import Watchdog
from chassis.privacy.ages import Ages
from chassis.privacy.consents import Consents
from chassis.settings import Settings
from chassis.storage.database import Database, open_database
from chassis.storage.disk import Disks
from chassis.storage.errors import DatabaseAway
from chassis.storage.keys import Keys
from chassis.storage.media import open_media
from chassis.storage.vault import Vault
from chassis.stores_in_memory import KeysInMemory, LedgerInMemory
from gateway.edge.account_changes import tells_new
from gateway.edge.app import create_app
from gateway.edge.auth import session_statements
from gateway.edge.auth.identities import Identities
from gateway.edge.auth.issuers.issuers import Issuers
from gateway.edge.auth.passwords import Passwords
from gateway.edge.auth.records import Records
from gateway.edge.auth.refresh_tokens import RefreshTokens
from gateway.edge.auth.sessions import Sessions
from gateway.edge.auth.subjects import Subjects
from gateway.edge.auth.tokens import AccessToken, Tokens
from gateway.edge.conditions import Conditions
from gateway.edge.context import GatewayContext, now
from gateway.edge.limits.concurrent import Streams, Uploads
from gateway.edge.limits.logins import Logins
from gateway.edge.limits.open_jobs import OpenJobs
from gateway.edge.limits.rates import Rates
from gateway.edge.limits.recordings import WaitingRecordings
from gateway.edge.mail import Mails
from gateway.edge.openapi import read_document
from gateway.edge.streams.hub import Hub
from gateway.edge.streams.permits import Permits
from gateway.jobs.accept import Acceptance
from gateway.jobs.end_jobs import Endings
from gateway.jobs.erasures import Erasures

KEY = "k" * 40


class _Learner:
    """Represents the row of a person who may use everything that a learner may."""

    roles: ClassVar[list[str]] = ["learner"]
    birth_date = date(2001, 5, 17)
    country = None
    time_zone = "UTC"
    signed_in_at = datetime(2026, 11, 20, tzinfo=UTC)
    first = False

    def __init__(self, session: UUID, person: UUID) -> None:
        self.id = session
        self.person_id = person


class KnowsCallers(Database):
    """Represents a database that knows each caller, keeps what it was asked, and has nothing else."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def fetch(self, statement: str, *parameters: object) -> Sequence[Row[Any]]:
        self.asked.append(statement)
        if statement == session_statements.USE:
            (session,), (person,) = cast("tuple[Sequence[UUID], Sequence[UUID]]", parameters[:2])
            return cast("Sequence[Row[Any]]", [_Learner(session, person)])
        raise DatabaseAway


class Answers(Database):
    """Represents a database that answers, with nothing."""

    def __init__(self) -> None:
        pass

    async def fetch(self, statement: str, *parameters: object) -> Sequence[Row[Any]]:
        return []


def _nothing(_: str) -> None:
    """Does nothing: no crash point is taken here."""


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[GatewayContext]:
    """Provides the gateway's parts, none of them running."""
    database = open_database(f"postgresql://nobody@/voxbus?host={tmp_path}/nowhere", "gateway")
    bus, watchdog, stopping = MemoryBus(), Watchdog(), asyncio.Event()
    keys = Keys(KeysInMemory())
    rates = Rates(key=b"k", policies={})

    async def count(person: UUID, most: int) -> int:
        raise AssertionError(person)

    async def none_waits(_: UUID | None) -> int:
        return 0

    passwords = Passwords(Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1))
    relay = Relay("gateway", database, bus, watchdog.pulse("relay"), 10, _nothing)
    yield GatewayContext(
        settings=Settings(data_dir=tmp_path),
        database=database,
        relay=relay,
        media=open_media(None, tmp_path),
        keys=keys,
        consents=Consents(keys),
        vault=Vault(keys),
        acceptance=Acceptance(database, relay, keys=keys),
        endings=Endings(database, relay, bus),
        erasures=Erasures(
            database,
            keys,
            LedgerInMemory(),
            bus,
            receipts=b"r" * 32,
            sign=lambda _: "",
            issuer="",
            end_streams=lambda _: None,
        ),
        hub=Hub(database, bus, watchdog.pulse("hub"), stopping, keys=keys),
        watchdog=watchdog,
        conditions=Conditions(Answers(), {}),
        disks=Disks({}),
        stopping=stopping,
        tokens=Tokens(KEY),
        issuers=Issuers([Tokens(KEY).issuer]),
        identities=Identities(database),
        subjects=Subjects(database, tell_new=tells_new(keys, Ages(), now)),
        refresh_tokens=RefreshTokens(KEY),
        sessions=Sessions(database),
        passwords=passwords,
        records=Records(database, passwords, KEY),
        mails=Mails(keys, "http://localhost:8000"),
        uploads=Uploads(64, 2**28),
        waiting=WaitingRecordings(rates, none_waits, 2**32),
        streams=Streams(50),
        rates=rates,
        logins=Logins(rates),
        open_jobs=OpenJobs(rates, count),
        permits=Permits(Sessions(database).alive, watchdog.pulse("permits")),
    )
    await database.close()


@pytest.fixture
async def client(gateway: GatewayContext) -> AsyncIterator[AsyncClient]:
    """Provides a client of the application."""
    app = create_app(gateway, read_document(), ("https://app.example",))
    async with AsyncClient(transport=ASGITransport(app), base_url="http://gateway") as made:
        yield made


@pytest.fixture
def callers() -> KnowsCallers:
    """Provides the database that `signed_in` asks."""
    return KnowsCallers()


@pytest.fixture
async def signed_in(gateway: GatewayContext, callers: KnowsCallers) -> AsyncIterator[AsyncClient]:
    """Provides a signed-in client."""
    app = create_app(
        dataclasses.replace(gateway, database=callers, sessions=Sessions(callers), identities=Identities(callers)),
        read_document(),
    )
    headers = {"Authorization": f"Bearer {Tokens(KEY).issue(AccessToken(uuid4(), uuid4(), 1))}"}
    async with AsyncClient(transport=ASGITransport(app), base_url="http://gateway", headers=headers) as made:
        yield made


@pytest.fixture
def tokens() -> Tokens:
    """Provides tokens that the application accepts."""
    return Tokens(KEY)


@pytest.fixture
def access_token(tokens: Tokens) -> str:
    """Provides an access token of somebody."""
    return tokens.issue(AccessToken(uuid4(), uuid4(), 1))
