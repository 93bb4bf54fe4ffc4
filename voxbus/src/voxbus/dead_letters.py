"""Finds, shows, retries, edits and drops dead letters, for whoever is at the command line."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from chassis.errors import Erased, Permanent, Undecodable, VoxbusError
from chassis.message.envelope import new_id
from chassis.settings import Settings
from chassis.storage.database import Database, open_database
from chassis.storage.keys import Keys, keys_url, open_keys
from contracts.base import Json
from gateway.jobs import dead_letters as letters
from gateway.jobs.dead_letters import WHY, Acted, LetterFilters, LetterId, NoSuchLetter, Wanted
from gateway.jobs.letter_bodies import OpenedLetter, edited, open_letter
from gateway.jobs.letter_views import view_of
from gateway.jobs.operator_acts import OperatorAct, record
from voxbus import remote
from voxbus.events import named
from voxbus.letters_afar import LettersAfar
from voxbus.local.reach import reach_database
from voxbus.operator import at_the_command_line

_OF_GROUP = ("id", "problem", "type", "letters", "first_at", "last_at")


@dataclass(frozen=True, slots=True)
class Letters:
    """Holds what the commands about dead letters need: the gateway's database and the keys of persons."""

    database: Database
    keys: Keys

    async def groups(self, filters: LetterFilters, person: str | None) -> list[Json]:
        """Counts letters by handler, problem and type, the group that grew last first."""
        rows = await letters.read_groups(self.database, await named(self.database, filters, person))
        return [{"handler": row.consumer, **{name: getattr(row, name) for name in _OF_GROUP}} for row in rows]

    async def each(self, filters: LetterFilters, person: str | None, limit: int | None) -> list[Json]:
        """Lists letters, the newest message first."""
        filters = await named(self.database, filters, person)
        return [shown(row) async for row in letters.gather(self.database, filters, limit)]

    async def show(self, letter: LetterId, *, reveal: bool, reason: str | None) -> Json:
        """Shows one letter whole. Raises `NoSuchLetter`."""
        row = await letters.read_letter(self.database, letter)
        if row is None:
            raise NoSuchLetter(f"There is no dead letter {letter}.")
        act = OperatorAct(
            act="dead_letter_shown",
            by=at_the_command_line(),
            object=str(letter),
            person=letters.person_of(row.headers),
            reason=reason,
            detail={"revealed": reveal},
        )
        await record(self.database, act)
        view = await view_of(row, self.keys, reveal=reveal)
        return view.model_dump(mode="json")

    async def do(self, act: Any, ids: Sequence[LetterId], reason: str | None) -> AsyncIterator[tuple[LetterId, Acted]]:
        """Does an act to letters one after the other, each in a transaction of its own."""
        wanted = Wanted(act=act, by=at_the_command_line(), reason=reason, detail={"batch": str(new_id())})
        for letter in ids:
            yield letter, await letters.do(self.database, letter, wanted)

    async def open(self, letter: LetterId) -> OpenedLetter:
        """Opens a letter to edit it. Raises `VoxbusError` with a sentence."""
        row = await letters.read_letter(self.database, letter)
        if row is None:
            raise NoSuchLetter(f"There is no dead letter {letter}.")
        if row.expired:
            raise VoxbusError(f"{letter} stays as it is: {WHY['too-old']}.")
        try:
            return await open_letter(row, self.keys)
        except Erased:
            raise VoxbusError(f"{letter} stays as it is: {WHY['erased']}.") from None
        except (Undecodable, Permanent):
            raise VoxbusError(f"{letter} stays as it is: {WHY['not-a-message']}.") from None

    async def edit(
        self, letter: LetterId, opened: OpenedLetter, changes: Mapping[str, Any], reason: str | None
    ) -> Acted:
        """Writes an edited body in place of the one that was opened. Raises `NotEdited`."""
        new = await edited(opened, changes, self.keys)
        detail = {"fields": sorted(changes)}
        wanted = Wanted(act="edit", by=at_the_command_line(), reason=reason, detail=detail)
        return await letters.do(self.database, letter, wanted, new.seen, new.headers, new.body)


class LetterBook(Protocol):
    """Describes where dead letters are found and acted on: at the database, or through a gateway afar.

    A person is named by id or address.
    """

    async def groups(self, filters: LetterFilters, person: str | None) -> list[Json]:
        """Counts letters by handler, problem and type, the group that grew last first."""

    async def each(self, filters: LetterFilters, person: str | None, limit: int | None) -> list[Json]:
        """Lists letters, the newest message first."""

    async def show(self, letter: LetterId, *, reveal: bool, reason: str | None) -> Json:
        """Shows one letter whole."""

    def do(self, act: Any, ids: Sequence[LetterId], reason: str | None) -> AsyncIterator[tuple[LetterId, Acted]]:
        """Does an act to letters one after the other."""


@asynccontextmanager
async def opened_letters(settings: Settings, *_: object) -> AsyncIterator[Letters]:
    """Opens the database that the settings name, and the key store."""
    async with reach_database(settings) as url:
        database, keys = open_database(url, "gateway", size=2), open_keys(keys_url(settings))
        try:
            yield Letters(database, keys)
        finally:
            await keys.close()
            await database.close()


reached_letters: remote.Reached[LetterBook] = remote.either(LettersAfar, opened_letters)


def shown(row: Any) -> Json:
    """Shapes a letter as lists show it."""
    return {
        "id": f"{row.consumer}/{row.id}",
        "group": row.group_id,
        "handler": row.consumer,
        "message_id": row.id,
        "type": row.type,
        "version": row.version,
        "job_id": row.job_id,
        "person_id": None if row.person is None else UUID(row.person),
        "problem": row.problem,
        "tries": row.tries,
        "died_at": row.died_at,
        "expired": row.expired,
        "edited": row.edited,
    }


def plan(found: Sequence[Json]) -> list[Json]:
    """Counts a frozen set of letters by handler and problem, and how many of them are too old to be retried."""
    key = [(each["handler"], (each["problem"] or {}).get("type", "")) for each in found]
    old = Counter(k for k, each in zip(key, found, strict=True) if each["expired"])
    return [
        {"handler": handler, "problem": problem, "letters": count, "too_old": old[handler, problem]}
        for (handler, problem), count in sorted(Counter(key).items())
    ]
