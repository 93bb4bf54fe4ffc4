"""Finds, shows, retries and drops dead letters at a gateway afar, as `voxbus.dead_letters` does at the database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from contracts.base import Json
from gateway.jobs.dead_letters import WHY, Acted, LetterFilters, LetterId
from voxbus.remote import NotForGateways, NotThere, RefusedThere, RemoteGateway, query_of

_PATH = "/admin/dead-letters"


class LettersAfar:
    """Asks a gateway (implements `LetterBook`)."""

    def __init__(self, gateway: RemoteGateway) -> None:
        self._gateway = gateway

    async def groups(self, filters: LetterFilters, person: str | None) -> list[Json]:
        """Counts letters by handler, problem and type, the group that grew last first."""
        found: list[Json] = (await self._gateway.get(f"{_PATH}/groups", _query(filters, person)))["items"]
        return found

    async def each(self, filters: LetterFilters, person: str | None, limit: int | None) -> list[Json]:
        """Lists letters, the newest message first."""
        return await self._gateway.items(_PATH, _query(filters, person), limit)

    async def show(self, letter: LetterId, *, reveal: bool, reason: str | None) -> Json:
        """Shows one letter whole, masked. Raises `NotForGateways` where it shall not be."""
        if reveal:
            raise NotForGateways("A gateway shows no personal fields: ask at the database.")
        found: Json = await self._gateway.get(f"{_PATH}/{letter}")
        return found

    async def do(self, act: Any, ids: Sequence[LetterId], reason: str | None) -> AsyncIterator[tuple[LetterId, Acted]]:
        """Does an act to letters one after the other."""
        for letter in ids:
            try:
                told = await self._gateway.post(f"{_PATH}/{letter}/{act}", {"reason": reason} if reason else None)
            except NotThere:
                yield letter, Acted("not-found")
            except RefusedThere as refused:
                yield letter, Acted(_result(refused))
            else:
                detail = told["detail"]
                yield letter, Acted(detail["result"], detail.get("state"), detail.get("retry"))


def _result(refused: RefusedThere) -> Any:
    """Returns why a letter stays, which the gateway says in the words of `WHY`. Raises what was refused otherwise."""
    for result, why in WHY.items():
        if why in refused.told:
            return result
    raise refused


def _query(filters: LetterFilters, person: str | None) -> dict[str, Any]:
    own = {"handler": filters.handler, "problem": filters.problem, "group": filters.group}
    return {**query_of(filters, person), **own}
