"""Folds what learners did from nothing, as an operator asks."""

from __future__ import annotations

from uuid import UUID

from chassis.console import notify_operator
from chassis.errors import VoxbusError
from chassis.settings import Settings
from chassis.storage.database import open_database
from content.rebuild import Rebuild
from gateway.edge.auth import accounts
from voxbus.local.reach import reach_database


async def rebuild(settings: Settings, person: str | None = None, *, applies: bool = False) -> bool:
    """Compares progress, cards, days, XP and badges with what follows from the events, also while `voxbus run` runs.

    It prints each difference, and mends them with `applies`. `person` is an address or an id; None: everybody. Raises
    `VoxbusError` when there is no such account.
    """
    async with reach_database(settings) as url:
        one = None if person is None else await _person(url, person)
        database = open_database(url, "content", size=1)
        try:
            found = await Rebuild(database, notify_operator, applies).run(one)
        finally:
            await database.close()
    done = "mended" if applies else "found; --apply mends them"
    notify_operator(
        f"{found.people} people, {found.events} events: {found.differences} differences {done}."
        f" {found.kept} awards stay that do not follow any more."
    )
    return True


async def _person(url: str, person: str) -> UUID:
    try:
        return UUID(person)
    except ValueError:
        pass
    database = open_database(url, "gateway", size=1)
    try:
        account = await accounts.by_email(database, person.strip().lower())
    finally:
        await database.close()
    if account is None:
        raise VoxbusError(f"There is no account with the address {person}.")
    return account.id
