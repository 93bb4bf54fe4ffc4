"""Asks a gateway from afar, with the access token of an admin."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from typing import Any, TypeVar

import httpx2

from chassis.errors import VoxbusError
from chassis.filters import Filters
from chassis.settings import Settings

#: seconds until the first byte of an answer: a page of a large log takes a while
_WITHIN_S = 60.0
_REFUSED, _NOTHING, _STAYS = frozenset({401, 403}), 404, 409
#: items that a list gives at a time
_PAGE = 100

T = TypeVar("T")
#: opens a place with the settings, and the address and token of a gateway if one is named
Reached = Callable[[Settings, str | None, str | None], AbstractAsyncContextManager[T]]
Query = Mapping[str, str | int | Sequence[str] | None]


class NotReached(VoxbusError):
    """Reports that a gateway did not answer, or answered with a problem."""


class NotAllowedThere(NotReached):
    """Reports that the token may not do this."""

    exit_code = 5


class RefusedThere(NotReached):
    """Reports that what was asked for stays as it is, for a reason that `told` says."""

    exit_code = 5

    def __init__(self, what: str, told: str) -> None:
        super().__init__(what)
        self.told = told


class NotForGateways(NotReached):
    """Reports what only the command at the database does: the command was used wrongly."""

    exit_code = 2


class NotThere(NotReached):
    """Reports that the gateway knows nothing of what was asked for."""

    exit_code = 4


class RemoteGateway:
    """Sends requests to a gateway's `/admin`; `opened` makes it."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client

    async def get(self, path: str, query: Query | None = None) -> Any:
        """Returns the JSON of an answer. Raises `NotReached`."""
        try:
            answer = await self._client.get(path, params=_sent(query))
        except httpx2.HTTPError as error:
            raise _away(self._client, error) from None
        _judge(answer)
        return answer.json()

    async def items(self, path: str, query: Query, limit: int | None) -> list[Any]:
        """Returns the items of a list, page by page, all of them or as many as the limit says. Raises `NotReached`."""
        found: list[Any] = []
        cursor = None
        while limit is None or len(found) < limit:
            most = _PAGE if limit is None else min(_PAGE, limit - len(found))
            page = await self.get(path, {**query, "limit": most, "cursor": cursor})
            found += page["items"]
            if (cursor := page["next_cursor"]) is None:
                break
        return found

    async def post(self, path: str, body: Any = None) -> Any:
        """Returns the JSON of an answer, None for one without content. Raises `NotReached`."""
        try:
            answer = await self._client.post(path, json=body)
        except httpx2.HTTPError as error:
            raise _away(self._client, error) from None
        _judge(answer)
        return answer.json() if answer.content else None

    async def lines(self, path: str, query: Query | None = None) -> AsyncIterator[bytes]:
        """Yields the parts of an answer in NDJSON, as they come. Raises `NotReached`."""
        accepts = {"Accept": "application/x-ndjson"}
        try:
            async with self._client.stream("GET", path, params=_sent(query), headers=accepts) as answer:
                if answer.status_code >= 400:
                    await answer.aread()
                _judge(answer)
                async for part in answer.aiter_bytes():
                    yield part
        except httpx2.HTTPError as error:
            raise _away(self._client, error) from None


@asynccontextmanager
async def opened(server: str, token: str | None) -> AsyncIterator[RemoteGateway]:
    """Opens a gateway at `server`. Raises `NotReached` for what is no URL, or without a token."""
    if not server.startswith(("http://", "https://")):
        raise NotReached(f"{server} is no address: write https://… of a gateway.")
    if not token:
        raise NotAllowedThere("A gateway asks for the access token of an admin: --token, or VOXBUS_TOKEN.")
    headers = {"Authorization": f"Bearer {token}"}
    timeout = httpx2.Timeout(_WITHIN_S)
    async with httpx2.AsyncClient(base_url=server.rstrip("/"), headers=headers, timeout=timeout) as client:
        yield RemoteGateway(client)


def either(
    afar: Callable[[RemoteGateway], T], here: Callable[[Settings], AbstractAsyncContextManager[T]]
) -> Reached[T]:
    """Returns what opens a place: a gateway if one is named, else what works here, on the database of the settings."""

    @asynccontextmanager
    async def reached(settings: Settings, server: str | None, token: str | None) -> AsyncIterator[T]:
        if server:
            async with opened(server, token) as gateway:
                yield afar(gateway)
        else:
            async with here(settings) as there:
                yield there

    return reached


def query_of(filters: Filters, person: str | None) -> dict[str, Any]:
    """Returns the filters that all lists share as a request has them; the person is named by id or address."""
    return {
        "from": written(filters.since),
        "to": written(filters.until),
        "type": list(filters.types),
        "job": written(filters.job),
        "person": person,
        "kind": filters.kind,
    }


def written(value: object) -> str | None:
    """Returns a time or an id as a request has it."""
    if value is None or isinstance(value, str):
        return value
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _sent(query: Query | None) -> list[tuple[str, str | int | float | bool | None]]:
    found: list[tuple[str, str | int | float | bool | None]] = []
    for name, value in (query or {}).items():
        if isinstance(value, (str, int)):
            found.append((name, str(value)))
        elif value is not None:
            found += [(name, each) for each in value]
    return found


def _judge(answer: httpx2.Response) -> None:
    if answer.status_code < 400:
        return
    told = _told(answer)
    what = f"The gateway answers {answer.status_code}: {told}"
    if answer.status_code == _STAYS:
        raise RefusedThere(what, told)
    kind = NotAllowedThere if answer.status_code in _REFUSED else NotReached
    raise (NotThere if answer.status_code == _NOTHING else kind)(what)


def _told(answer: httpx2.Response) -> str:
    """Returns the words of a problem document."""
    try:
        problem = json.loads(answer.content)
        words = [problem["title"], problem.get("detail", "")]
        words += [f"{each['field']} {each['message']}" for each in problem.get("errors", ())]
    except (ValueError, KeyError, TypeError):
        return "no problem document"
    return ". ".join(filter(None, words))


def _away(client: httpx2.AsyncClient, error: httpx2.HTTPError) -> NotReached:
    return NotReached(f"{client.base_url} does not answer: {type(error).__name__}.")
