"""Tests what everybody may see of models and roles."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

import pytest

from chassis.storage.database import Database
from chassis.storage.keys import Keys
from chassis.stores_in_memory import KeysInMemory
from chassis.web.context import Outbox, OwnerContext
from chassis.web.owner import owner_app
from chassis.web.testing import Caller, in_process, signed_in
from feedback.models.catalogue import Catalogue
from feedback.models.failures import RULE
from feedback.models.providers import PROVIDERS
from feedback.models.providers.compatible import CompatibleProvider
from feedback.models.routes import ModelDeps, routes
from feedback.models.secret import Secret
from feedback.models.settings import ModelSettings
from feedback.models.upstreams import Upstream

KEY = b"k" * 32
CLOCK = [1000.0]


def upstream(name: str, key: str | None) -> Upstream:
    """Returns a provider that nobody calls here."""
    provider = CompatibleProvider(name, PROVIDERS[name].recipient, "http://127.0.0.1:9/v1")
    return Upstream(
        provider, None if key is None else Secret(key), rule=replace(RULE, failures=1), clock=lambda: CLOCK[0]
    )


UPSTREAMS = {"openai": upstream("openai", None), "anthropic": upstream("anthropic", "a-key-of-ours")}


@pytest.fixture(scope="module")
def call() -> Caller:
    """Provides the routes without a database, which none of them asks."""
    known = Catalogue(ModelSettings(role_lesson_hint="rules"), today=lambda: date(2026, 11, 29))
    context = OwnerContext(
        service="feedback",
        database=cast(Database, None),
        keys=Keys(KeysInMemory()),
        outbox=cast(Outbox, None),
        key=KEY,
        deps=ModelDeps(catalogue=known, upstreams=UPSTREAMS),
    )
    app = owner_app([routes], context)
    return Caller(exchange=in_process(app), service="feedback", key=KEY, operations=routes.operations)


async def everything(call: Caller, path: str, limit: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = (await call("GET", f"{path}?limit={limit}{cursor}")).json()
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        cursor = f"&cursor={page['next_cursor']}"


async def test_lists_every_model_once_in_pages(call: Caller) -> None:
    items = await everything(call, "/ai/models", 7)
    assert items == await everything(call, "/ai/models", 100)
    ids = [item["id"] for item in items]
    assert ids == sorted(set(ids)) and "gpt-6-luna" in ids


async def test_shows_a_model_by_any_of_its_names(call: Caller) -> None:
    by_id, by_alias = [await call("GET", f"/ai/models/{name}") for name in ("gpt-4o", "GPT%204o-2024-11-20")]
    assert by_id.status == 200
    assert by_id.json() == by_alias.json()
    assert by_id.json() | {"source": ""} == {
        "id": "gpt-4o",
        "provider": "openai",
        "kind": "chat",
        "aliases": ["gpt-4o-2024-11-20", "gpt-4o-2024-08-06"],
        "roles": [],
        "status": "retiring",
        "retires_at": "2027-01-14",
        "successor": "gpt-6-luna",
        "resolves_to": "gpt-6-luna",
        "context_tokens": 128000,
        "max_output_tokens": 8192,
        "price": {
            "input": "2.50",
            "output": "10.00",
            "cached_input": None,
            "audio_input": None,
            "audio_output": None,
            "unit": "USD per million tokens",
        },
        "checked_on": "2026-11-28",
        "source": "",
        "verified": False,
    }


@pytest.mark.parametrize("name", ["no-such", "%00", "-", "a" * 81, "gpt-4o%0A"])
async def test_what_is_not_there_is_a_problem(call: Caller, name: str) -> None:
    assert (await call("GET", f"/ai/models/{name}")).problem == "not-found"


async def test_shows_the_roles_with_their_models_in_order(call: Caller) -> None:
    roles = {role["role"]: role for role in await everything(call, "/ai/roles", 3)}
    assert len(roles) == 8
    assert roles["child_feedback"] == {
        "role": "child_feedback",
        "models": ["gpt-6-luna", "claude-haiku-5-5", "gemini-3.5-flash-lite"],
        "default": "rules/coach-1",
        "prompt": "child_feedback/1",
        "available": True,
        "why": None,
    }
    assert roles["lesson_hint"]["models"] == [] and roles["lesson_hint"]["why"] == "rules"
    assert (roles["realtime"]["available"], roles["realtime"]["why"]) == (False, "no-key")


async def test_shows_an_admin_what_this_process_knows_of_its_providers(call: Caller) -> None:
    admin = call.by(signed_in("admin"))
    breaker = UPSTREAMS["anthropic"].breaker
    made = breaker.admit()
    assert made is not None
    breaker.failed(made)
    async with UPSTREAMS["anthropic"].slots.held():
        found = await everything(admin, "/admin/ai/providers", 1)
    opens = datetime.fromisoformat(found[0].pop("open_until"))
    assert opens - datetime.now(UTC) <= timedelta(seconds=30)
    assert found == [
        {"provider": "anthropic", "breaker": "open", "in_flight": 1, "limit": 8, "key": "configured"},
        {
            "provider": "openai",
            "breaker": "closed",
            "open_until": None,
            "in_flight": 0,
            "limit": 8,
            "key": "missing",
        },
    ]
    CLOCK[0] += 30
    assert [each["breaker"] for each in await everything(admin, "/admin/ai/providers", 9)] == ["half_open", "closed"]
    assert (await call.by(signed_in())("GET", "/admin/ai/providers")).status == 403
