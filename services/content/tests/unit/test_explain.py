"""Tests the route that shows what the streak function makes of some moments."""

from __future__ import annotations

from typing import Any, cast
from uuid import uuid4

import pytest

from chassis.storage.database import Database
from chassis.storage.keys import Keys
from chassis.stores_in_memory import KeysInMemory
from chassis.web.context import Outbox, OwnerContext
from chassis.web.owner import owner_app
from chassis.web.principal import Principal
from chassis.web.testing import Caller, in_process
from content.gamification.explain_routes import explain_routes as routes

KEY = b"k" * 32
PATH = "/gamification/explain"
PERSON = Principal(id=uuid4(), roles=frozenset({"learner"}))
BERLIN = {"since": "2026-01-01T00:00:00Z", "time_zone": "Europe/Berlin", "day_start": "04:00"}
BODY: dict[str, Any] = {
    "zones": [BERLIN],
    "done": ["2026-11-29T01:30:00+01:00", "2026-11-27T20:00:00+01:00"],
    "now": "2026-11-29T12:00:00+01:00",
    "freezes": 1,
}


@pytest.fixture
def call() -> Caller:
    context = OwnerContext(
        service="content",
        database=cast(Database, None),
        keys=Keys(KeysInMemory()),
        outbox=cast(Outbox, None),
        key=KEY,
    )
    return Caller(
        exchange=in_process(owner_app([routes], context)), service="content", key=KEY, operations=routes.operations
    )


async def _ask(call: Caller, **changes: Any) -> Any:
    return await call.by(PERSON)("POST", PATH, {**BODY, **changes})


async def test_it_answers_with_each_day(call: Caller) -> None:
    answer = await _ask(call)
    assert answer.status == 200
    assert answer.json() == {
        "current": 2,
        "longest": 2,
        "freezes": 1,
        "days": [
            {"date": "2026-11-27", "state": "done"},
            {"date": "2026-11-28", "state": "done"},
            {"date": "2026-11-29", "state": "open"},
        ],
    }


async def test_it_takes_two_thousand_moments_in_any_form_of_rfc_3339(call: Caller) -> None:
    moment = "2026-11-28T23:59:59.123456+05:30"
    assert (await _ask(call, done=[moment] * 2_000)).status == 200
    assert (await _ask(call, done=[moment] * 2_001)).status == 422


@pytest.mark.parametrize(("since", "status"), [("2016-10-13T12:00:00Z", 200), ("2016-10-12T12:00:00Z", 422)])
async def test_it_counts_3700_days(call: Caller, since: str, status: int) -> None:
    answer = await _ask(call, zones=[], done=[since], now="2026-11-29T12:00:00Z")
    assert answer.status == status
    if status == 200:
        assert len(answer.json()["days"]) == 3_700


@pytest.mark.parametrize(
    "changes",
    [
        {"now": "2026-11-29T12:00:00"},
        {"now": "2026-11-29"},
        {"now": 1764417600},
        {"now": "0001-01-01T00:00:00+14:00"},
        {"now": "9999-12-31T23:59:59Z"},
        {"done": ["yesterday"]},
        {"done": "2026-11-29T12:00:00Z"},
        {"zones": [{**BERLIN, "time_zone": "Europe/Atlantis"}]},
        {"zones": [{**BERLIN, "time_zone": "../../etc/passwd"}]},
        {"zones": [{**BERLIN, "time_zone": "+01:00"}]},
        {"zones": [{**BERLIN, "day_start": "06:01"}]},
        {"zones": [{**BERLIN, "day_start": "4:00"}]},
        {"zones": [{**BERLIN, "day_start": "04:60"}]},
        {"zones": [{**BERLIN, "day_start": 4}]},
        {"freezes": 3},
        {"freezes": -1},
        {"freezes": True},
        {"more": 1},
    ],
)
async def test_it_refuses_what_it_cannot_count(call: Caller, changes: dict[str, Any]) -> None:
    assert (await _ask(call, **changes)).status == 422


async def test_only_who_is_signed_in_may_ask(call: Caller) -> None:
    assert (await call("POST", PATH, BODY)).status == 401
