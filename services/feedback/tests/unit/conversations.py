"""Provides the routes of conversations, before providers whose calls go by a script."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, cast

from chassis.message.crypto import new_key
from chassis.privacy.consents import Consents
from chassis.privacy.law import Recipient
from chassis.privacy.outside import MayBegin, OutsideCalls
from chassis.storage.database import Database
from chassis.storage.keys import Keys
from chassis.storage.stored_consent import StoredConsent
from chassis.stores_in_memory import KeysInMemory
from chassis.web.context import Outbox, OwnerContext
from chassis.web.owner import owner_app
from chassis.web.principal import Principal
from chassis.web.testing import Answer, Caller, in_process
from feedback.by_rules import RULES
from feedback.conversation.events import Turn
from feedback.conversation.routes import ConversationDeps, routes
from feedback.conversation.turn import Talks
from feedback.models.candidates import Candidates
from feedback.models.catalogue import Catalogue
from feedback.models.engine import Engine
from feedback.models.ledger import Ledger
from feedback.models.request import Finished, ModelRequest, Piece, Text, Usage
from feedback.models.secret import Secret
from feedback.models.settings import ModelSettings
from feedback.models.upstreams import Upstream
from services.feedback.tests.unit.bench import LedgerInMemory, pseudonym

KEY = b"k" * 32
SK, OURS = "sk-canary-0123456789", "sk-ours-0123456789"
PATH = "/api/conversation"
WHOLE: tuple[Piece, ...] = (Text("Who needs"), Text(" that?"), Finished("stop", Usage(100, 20), "req_1"))


@dataclass
class Scripted:
    """Implements a provider; a script says what each call yields and raises."""

    name: str
    recipient: Recipient
    script: Sequence[Sequence[Piece | Exception | asyncio.Event]] = (WHOLE,)
    asked: list[tuple[ModelRequest, str]] = field(default_factory=list)
    closed: int = 0
    #: set once a script waits
    waiting: asyncio.Event = field(default_factory=asyncio.Event)

    async def stream(
        self, request: ModelRequest, key: Secret | None, may_begin: MayBegin
    ) -> AsyncGenerator[Piece, None]:
        async with may_begin():
            self.asked.append((request, "" if key is None else key.reveal()))
        try:
            for piece in self.script[min(len(self.asked), len(self.script)) - 1]:
                if isinstance(piece, asyncio.Event):
                    self.waiting.set()
                    await piece.wait()
                elif isinstance(piece, Exception):
                    raise piece
                else:
                    yield piece
        finally:
            self.closed += 1


@dataclass
class Talking:
    """Holds the routes, with what they were given and what they told."""

    call: Caller
    providers: dict[str, Scripted]
    consents: KeysInMemory
    told: list[Turn]
    pauses: list[float]
    drained: asyncio.Event
    upstreams: dict[str, Upstream]
    ledger: LedgerInMemory

    def has_key(self, *names: str) -> None:
        for name in names:
            self.upstreams[name].key = Secret(OURS)

    def allow(self, who: Principal, *recipients: Recipient) -> None:
        assert who.id is not None
        self.consents.keys[who.id] = new_key()
        for recipient in recipients:
            about = (who.id, "ai_text", recipient)
            self.consents.decided[about] = StoredConsent(*about, 1, granted=True, child=who.age_band != "of_age")

    async def __call__(self, *, accept: str = "*/*", by: Principal | None = None, **said: Any) -> Answer:
        caller = self.call if by is None else self.call.by(by)
        body = {"message": "We decided to begin.", **said}
        return await caller("POST", PATH, body, headers={"accept": accept}, patience=65_000)

    def script(self, *script: Sequence[Piece | Exception | asyncio.Event]) -> Scripted:
        self.providers["openai"].script = script
        return self.providers["openai"]


def talking(left: str = "1", **settings: Any) -> Talking:
    named: tuple[Recipient, ...] = ("openai", "anthropic", "gemini")
    providers = {str(name): Scripted(name, name) for name in named}
    if settings:
        providers["local"] = Scripted("local", "voxbus")
    store, drained = KeysInMemory(), asyncio.Event()
    told: list[Turn] = []
    pauses: list[float] = []
    consents = Consents(Keys(store), ["openai", "anthropic"])

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    upstreams = {
        name: Upstream(provider, None, wants_key=name != "local", person_as="user", concurrency=2, wait=0)
        for name, provider in providers.items()
    }
    catalogue = Catalogue(ModelSettings(**settings), today=lambda: date(2026, 11, 29))
    candidates = Candidates(catalogue, upstreams, consents, OutsideCalls(consents), Decimal("0.05"), pseudonym)
    ledger = LedgerInMemory(left)
    talks = Talks(
        catalogue=catalogue,
        engine=Engine(candidates, RULES, sleep=pause),
        ledger=cast(Ledger, ledger),
        record=told.append,
    )
    context = OwnerContext(
        service="feedback",
        database=cast(Database, None),
        keys=Keys(store),
        outbox=cast(Outbox, None),
        key=KEY,
        deps=ConversationDeps(talks=talks, drained=drained),
    )
    app = owner_app([routes], context)
    caller = Caller(exchange=in_process(app), service="feedback", key=KEY, operations=routes.operations)
    return Talking(caller, providers, store, told, pauses, drained, upstreams, ledger)


def events(answer: Answer) -> list[tuple[str, dict[str, Any]]]:
    found = []
    for block in answer.body.decode().split("\n\n"):
        if block.startswith("event: "):
            name, data = block.split("\n", 1)
            found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


def asked(talk: Talking) -> int:
    return sum(len(provider.asked) for provider in talk.providers.values())
