"""Goes through the faults of providers, and tells what a client sees of each and how many calls it takes.

`python -m services.feedback.tests.integration.fault_table` prints the table of docs/models.md. The stand-in of
`tests/provider.py` fails in each way and counts; the provider's client, the engine and the route are the real ones.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, cast

from chassis.listener import free_port
from chassis.message.crypto import new_key
from chassis.privacy.consents import Consents
from chassis.privacy.outside import OutsideCalls
from chassis.storage.database import Database
from chassis.storage.keys import Keys
from chassis.storage.stored_consent import StoredConsent
from chassis.stores_in_memory import KeysInMemory
from chassis.web.context import Outbox, OwnerContext
from chassis.web.owner import owner_app
from chassis.web.principal import Principal
from chassis.web.testing import Answer, Caller, in_process
from feedback.by_rules import RULES
from feedback.conversation.routes import ConversationDeps, routes
from feedback.conversation.turn import Talks
from feedback.models.candidates import Candidates
from feedback.models.catalogue import Catalogue
from feedback.models.engine import Engine
from feedback.models.ledger import Ledger
from feedback.models.providers import PROVIDERS
from feedback.models.providers.compatible import CompatibleProvider, Times
from feedback.models.secret import Secret
from feedback.models.settings import ModelSettings
from feedback.models.upstreams import Upstream
from services.feedback.tests.unit.bench import ADA, LedgerInMemory, pseudonym
from tests.provider import FAULTS, ProviderStandIn, providing

MODELS = {"openai": "gpt-6-luna", "anthropic": "claude-haiku-5-5", "gemini": "gemini-3.8-flash"}
#: no fault of the stand-in: nobody listens
NOBODY = "no connection"
#: faults that show how a provider repeats what it was sent, and are no faults otherwise
_NO_FAULTS = frozenset({"obey"})
_LONG = Times(connect=60, first_token=60, between_tokens=60, whole=120, usage=60)
#: times that are shorter than those of the product, for faults that wait to be found out; the words before one that
#: stalls come within its time also on a busy machine
_SHORT: Mapping[str, Times] = {
    "silent": replace(_LONG, first_token=0.3),
    "slow-first": replace(_LONG, first_token=0.3),
    "stall": replace(_LONG, between_tokens=2.0),
}
HEAD = """\
| fault | provider | with a key of theirs the client sees | calls | at our expense the client sees | calls | rows |
|---|---|---|---|---|---|---|
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """Holds what a client sees, and the calls of it; `rows` are those of the ledger."""

    caller: str
    calls: int
    ours: str
    our_calls: int
    rows: int

    def __str__(self) -> str:
        return f"{self.caller} | {self.calls} | {self.ours} | {self.our_calls} | {self.rows}"


async def row_of(stand_in: ProviderStandIn, name: str, fault: str) -> Row:
    """Asks twice for a stream, with a key of the caller's and without, and looks at what comes."""
    async with _talking(stand_in, name, fault) as (call, ledger):
        stand_in.calls.clear()
        by_caller = await _asked(call, stand_in, fault, apiKey="sk-0123456789", model=MODELS[name])
        calls = len(stand_in.calls)
        by_us = await _asked(call, stand_in, fault)
        return Row(
            caller=_seen(by_caller),
            calls=calls,
            ours=_seen(by_us),
            our_calls=len(stand_in.calls) - calls,
            rows=len(ledger.settled),
        )


async def table() -> str:
    """Returns the table as Markdown: one line for the providers that come to the same."""
    lines = [HEAD]
    async with providing() as stand_in:
        for fault in (NOBODY, *(each for each in FAULTS if each not in _NO_FAULTS)):
            found: dict[str, list[str]] = {}
            for name in MODELS:
                found.setdefault(str(await row_of(stand_in, name, fault)), []).append(name)
            for row, names in found.items():
                provider = "all" if len(names) == len(MODELS) else ", ".join(names)
                lines.append(f"| `{fault}` | {provider} | {row} |\n")
    return "".join(lines)


@asynccontextmanager
async def _talking(stand_in: ProviderStandIn, name: str, fault: str) -> AsyncIterator[tuple[Caller, LedgerInMemory]]:
    """Yields the route over one provider, by somebody who is of age and has agreed to it."""
    store, ledger = KeysInMemory(), LedgerInMemory()
    store.keys[ADA] = new_key()
    recipient = PROVIDERS[name].recipient
    store.decided[ADA, "ai_text", recipient] = StoredConsent(ADA, "ai_text", recipient, 1, granted=True, child=False)
    gate = Consents(Keys(store))
    base_url = f"http://127.0.0.1:{free_port()}/v1" if fault == NOBODY else stand_in.url(name)
    provider = CompatibleProvider(name, recipient, base_url, _SHORT.get(fault, _LONG))
    upstreams = {name: Upstream(provider, Secret("our-own-key"))}
    known = Catalogue(ModelSettings(role_conversation=MODELS[name]), today=lambda: date(2026, 11, 29))
    candidates = Candidates(known, upstreams, gate, OutsideCalls(gate), Decimal("0.05"), pseudonym)
    engine = Engine(candidates, RULES, sleep=lambda _: asyncio.sleep(0))
    talks = Talks(catalogue=known, engine=engine, ledger=cast(Ledger, ledger), record=lambda _: None)
    context = OwnerContext(
        service="feedback",
        database=cast(Database, None),
        keys=Keys(store),
        outbox=cast(Outbox, None),
        key=b"k" * 32,
        deps=ConversationDeps(talks=talks, drained=asyncio.Event()),
    )
    exchange = in_process(owner_app([routes], context))
    caller = Caller(exchange=exchange, service="feedback", key=b"k" * 32, operations=routes.operations)
    try:
        yield caller.by(Principal(id=ADA, age_band="of_age")), ledger
    finally:
        await provider.aclose()


async def _asked(call: Caller, stand_in: ProviderStandIn, fault: str, **more: Any) -> Answer:
    stand_in.faults = [] if fault == NOBODY else [fault] * 9
    return await call("POST", "/api/conversation", {"message": "Hello.", "stream": True, **more}, patience=65_000)


def _seen(answer: Answer) -> str:
    """Says in short what an answer is: a problem before the first word, or how the stream ends."""
    if answer.status != 200:
        return f"{answer.status} `{answer.problem}`"
    *_, last = [block for block in answer.body.decode().split("\n\n") if block.startswith("event: ")]
    name, _, data = last.removeprefix("event: ").partition("\ndata: ")
    said = json.loads(data)
    if name == "error":
        kind = said["problem"]["type"].removeprefix("/problems/")
        return f"some words, then `error` {said['problem']['status']} `{kind}`"
    notices = ", ".join(f"`{each['code']}`" for each in said["notices"])
    if said["source"].startswith("rules/"):
        return f"rules, {notices}"
    ends = {"stop": "the answer", "length": "the answer, `length`", "safety": "the answer, `safety`"}
    estimated = ", tokens estimated" if said["usage"]["estimated"] else ""
    return (ends[said["finishReason"]] if said["response"] else "an answer without a word") + estimated


if __name__ == "__main__":
    sys.stdout.write(asyncio.run(table()))
