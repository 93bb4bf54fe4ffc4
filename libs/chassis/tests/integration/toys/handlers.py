"""Polishes toys, which takes a while."""

from __future__ import annotations

from chassis.errors import Permanent
from chassis.handler import Backoff, Deps, handles
from contracts.base import Problem
from libs.chassis.tests.integration.toys import store
from libs.chassis.tests.integration.toys.messages import PolishToy, ToyPolished

TOY_CHANGED = Problem(type="/problems/toy-changed", title="The toy is gone or another one by now", status=409)


@handles(PolishToy, slots=2, timeout=30, retry=Backoff(attempts=3, first=1, cap=10))
async def polish_toy(command: PolishToy, deps: Deps) -> None:
    """Polishes a toy that is still what it was when this was asked for."""
    # what costs time would be done here, outside any transaction
    async with deps.unit() as unit:
        if not await store.polish(unit, command.toy_id, command.toy_version, command.with_what):
            raise Permanent(TOY_CHANGED)
        unit.emit(ToyPolished(toy_id=command.toy_id))
