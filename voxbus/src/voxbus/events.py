"""Lists, shows, follows and pulls events of the log, from the database of the settings or from a gateway afar."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol, TypeVar
from uuid import UUID

from chassis.errors import VoxbusError
from chassis.filters import Filters
from chassis.settings import Settings
from chassis.storage.database import Database, open_database
from chassis.storage.keys import Keys, keys_url, open_keys
from contracts.base import Json
from gateway.edge.auth import accounts
from gateway.jobs.operator_acts import Act, OperatorAct, record
from gateway.operate import events, log_reading, tape
from voxbus import remote
from voxbus.local.reach import reach_database
from voxbus.operator import at_the_command_line
from voxbus.remote import RemoteGateway

_PATH = "/admin/events"
_PAGE = 100

#: is told back to which time the log was read
Looked = Callable[[datetime], None]
AnyFilters = TypeVar("AnyFilters", bound=Filters)


@dataclass(frozen=True)
class Asked:
    """Says which events are asked for. `person`: id or address. `reason`: given, personal fields are revealed."""

    filters: Filters
    person: str | None = None
    reason: str | None = None

    @property
    def reveal(self) -> bool:
        """Tells whether personal fields are to be shown."""
        return self.reason is not None


class Events(Protocol):
    """Describes where events are read. Events are CloudEvents in JSON, as on a tape."""

    def newest(self, asked: Asked, looked: Looked, /) -> AsyncIterator[Json]:
        """Yields events, newest first; a database tells `looked` how far it has looked back."""

    async def one(self, event_id: UUID, reason: str | None) -> Json | None:
        """Returns an event by its id."""

    def follow(self, asked: Asked) -> AsyncIterator[Json]:
        """Yields events as they are recorded, until cancelled."""

    def pull(self, asked: Asked) -> AsyncGenerator[bytes]:
        """Yields the parts of a tape."""


class LocalEvents:
    """Reads the log of a database (implements `Events`); what is looked at is audited as at a gateway."""

    def __init__(self, database: Database, keys: Keys) -> None:
        self._database = database
        self._keys = keys

    async def newest(self, asked: Asked, looked: Looked) -> AsyncIterator[Json]:
        """Yields events, newest first."""
        filters, before = await self._filters(asked), None
        left = filters.limit or _PAGE
        while left > 0:
            size = min(left, _PAGE)
            rows = await log_reading.newest(self._database, filters, size, before, looked)
            for shown in await events.show(self._keys, rows, reveal=asked.reveal):
                yield tape.cloud_event(shown)
            if len(rows) < size:
                return
            left -= len(rows)
            before = rows[-1].envelope.time, rows[-1].envelope.id

    async def one(self, event_id: UUID, reason: str | None) -> Json | None:
        """Returns an event by its id."""
        found = await log_reading.find(self._database, event_id)
        if found is None:
            return None
        await self._note("event_shown", Asked(Filters(), reason=reason), object=str(event_id))
        [shown] = await events.show(self._keys, [found], reveal=reason is not None)
        return tape.cloud_event(shown)

    async def follow(self, asked: Asked) -> AsyncIterator[Json]:
        """Yields events as they are recorded, until cancelled."""
        async for page in events.follow(self._database, self._keys, await self._filters(asked)):
            for shown in page:
                yield tape.cloud_event(shown)

    async def pull(self, asked: Asked) -> AsyncGenerator[bytes]:
        """Yields the parts of a tape."""
        filters = await self._filters(asked)
        await self._note("events_revealed" if asked.reveal else "events_read", replace(asked, filters=filters))
        async for part in tape.pull(self._database, self._keys, filters, reveal=asked.reveal):
            yield part

    async def _filters(self, asked: Asked) -> Filters:
        if asked.person is None:
            return asked.filters
        return replace(asked.filters, person=await person_of(self._database, asked.person))

    async def _note(self, act: Act, asked: Asked, object: str = "") -> None:
        filters = tape.filters_of(asked.filters)
        filters.pop("person", None)
        by, person = at_the_command_line(), asked.filters.person
        await record(
            self._database,
            OperatorAct(
                act=act,
                by=by,
                object=object,
                person=person,
                reason=asked.reason,
                detail={"filters": filters, "revealed": asked.reveal},
            ),
        )


class RemoteEvents:
    """Asks a gateway (implements `Events`)."""

    def __init__(self, gateway: RemoteGateway) -> None:
        self._gateway = gateway

    async def newest(self, asked: Asked, _looked: Looked) -> AsyncIterator[Json]:
        """Yields events, newest first."""
        left, cursor = asked.filters.limit or _PAGE, None
        while left > 0:
            query = {**_query(asked), "limit": min(left, _PAGE), "cursor": cursor}
            page = await self._gateway.get(_PATH, query)
            for each in page["items"]:
                yield _event(each)
            left -= len(page["items"])
            cursor = page["next_cursor"]
            if cursor is None:
                return

    async def one(self, event_id: UUID, reason: str | None) -> Json | None:
        """Returns an event by its id."""
        query = {**_query(Asked(Filters(), reason=reason)), "event": str(event_id)}
        items = (await self._gateway.get(_PATH, query))["items"]
        return _event(items[0]) if items else None

    async def follow(self, asked: Asked) -> AsyncIterator[Json]:
        """Yields events as they are recorded, until cancelled."""
        rest = b""
        async for part in self._gateway.lines(_PATH, {**_query(asked), "follow": "true"}):
            *lines, rest = (rest + part).split(b"\n")
            for line in lines:
                if line:
                    yield tape.read_line(line)

    async def pull(self, asked: Asked) -> AsyncGenerator[bytes]:
        """Yields the parts of a tape."""
        async for part in self._gateway.lines(_PATH, {**_query(asked), "most": asked.filters.limit}):
            yield part


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[LocalEvents]:
    async with reach_database(settings) as url:
        database, keys = open_database(url, "gateway", size=2), open_keys(keys_url(settings))
        try:
            yield LocalEvents(database, keys)
        finally:
            await keys.close()
            await database.close()


#: opens the log
reached: remote.Reached[Events] = remote.either(RemoteEvents, _opened)


async def person_of(database: Database, person: str) -> UUID:
    """Returns a person by id or address. Raises `VoxbusError` when no account has the address."""
    try:
        return UUID(person)
    except ValueError:
        account = await accounts.by_email(database, person.strip().lower())
    if account is None:
        raise NoSuchPerson(f"There is no account with the address {person}.")
    return account.id


async def named(database: Database, filters: AnyFilters, person: str | None) -> AnyFilters:
    """Returns filters with a person who is named by id or address. Raises as `person_of`."""
    return filters if person is None else replace(filters, person=await person_of(database, person))


class NoSuchPerson(VoxbusError):
    """Reports an address that no account has."""

    exit_code = 4


def _query(asked: Asked) -> dict[str, Any]:
    query: dict[str, Any] = tape.filters_of(replace(asked.filters, limit=None))
    query["person"] = asked.person
    if asked.reveal:
        query |= {"reveal": "true", "reason": asked.reason}
    return query


def _event(item: Json) -> Json:
    """Returns an event as a tape has it: what it has not is left out."""
    return {
        name: value for name, value in item.items() if value is not None and (name, value) != ("voxbuserased", False)
    }
