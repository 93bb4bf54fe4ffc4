"""Folds what learners did from nothing, as an operator asks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import replace
from multiprocessing import get_context
from uuid import UUID

from chassis.console import notify_operator
from chassis.settings import Settings
from chassis.storage.database import open_database
from content.rebuild import Found, Rebuild
from content.regrade import NoSuchLesson, Regrade
from gateway.jobs.operator_acts import OperatorAct
from voxbus.events import person_of
from voxbus.local.reach import reach_database
from voxbus.operator import at_the_command_line, note


async def rebuild(
    settings: Settings,
    person: str | None = None,
    *,
    applies: bool = False,
    processes: int = 1,
    reason: str | None = None,
) -> bool:
    """Compares progress, cards, days, XP and badges with what follows from the events, also while `voxbus run` runs.

    It prints each difference, and mends them with `applies`, of which the audit has a row with the reason. `person` is
    an address or an id; None: everybody, in so many processes. Raises `NoSuchPerson`.
    """
    async with reach_database(settings) as url:
        one = None if person is None else await _person(url, person)
        act = OperatorAct(act="learning_rebuilt", by=at_the_command_line(), person=one, reason=reason)
        async with _told(url, act, applies=applies) as counts:
            found = await fold(url, one, applies=applies, processes=processes)
            counts |= {"people": found.people, "differences": found.differences, "kept": found.kept}
    done = "mended" if applies else "found; --apply mends them"
    notify_operator(
        f"{found.people} people, {found.events} events: {found.differences} differences {done}."
        f" {found.kept} awards stay that do not follow any more."
    )
    return True


async def regrade(settings: Settings, lesson: str, *, applies: bool = False, reason: str | None = None) -> bool:
    """Lists the answers that the corrected solutions of a lesson score otherwise, and raises them with `applies`.

    No score is lowered, and whose answers are raised is told so. `lesson` is a key, such as `internet/ip-addresses`.
    Raises `VoxbusError` when no published lesson has it.
    """
    async with reach_database(settings) as url:
        database = open_database(url, "content", size=2)
        act = OperatorAct(act="learning_regraded", by=at_the_command_line(), object=lesson, reason=reason)
        try:
            async with _told(url, act, applies=applies) as counts:
                found = await Regrade(database, notify_operator, applies).run(lesson)
                counts |= {"people": len(found.people), "differences": found.better}
        finally:
            await database.close()
    done = "were raised" if applies else "would be raised; --apply raises them"
    notify_operator(
        f"{found.answers} answers by earlier revisions, {len(found.people)} people: {found.better} {done},"
        f" {found.lower} would be lower and stay."
    )
    return True


@asynccontextmanager
async def _told(url: str, act: OperatorAct, *, applies: bool) -> AsyncIterator[dict[str, int]]:
    """Writes an act once what is done in the block has ended, with the counts that it leaves.

    None of a mere look, nor where there is no such lesson. People are mended a few at a time, so what fails may have
    mended some.
    """
    counts: dict[str, int] = {}
    try:
        yield counts
    except BaseException as error:
        if applies and not isinstance(error, NoSuchLesson):
            await note(url, act, "failed")
        raise
    if applies:
        await note(url, replace(act, detail=counts), "done" if counts["differences"] else "unchanged")


async def fold(
    url: str, person: UUID | None, *, applies: bool, processes: int, say: Callable[[str], None] = notify_operator
) -> Found:
    """Folds one person or everybody, in this process or in several, of which each takes a part of the people."""
    if person is not None or processes == 1:
        return await _part(url, say, applies=applies, person=person)
    found, loop = Found(), asyncio.get_running_loop()
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        parts = [loop.run_in_executor(pool, _part_alone, url, applies, part, processes) for part in range(processes)]
        for each, said in await asyncio.gather(*parts):
            found.add(each)
            for line in said:
                say(line)
    return found


def _part_alone(url: str, applies: bool, part: int, of: int) -> tuple[Found, list[str]]:
    """Folds a part of the people in a process of its own; returns what it has to say besides."""
    said: list[str] = []
    return asyncio.run(_part(url, said.append, applies=applies, part=part, of=of)), said


async def _part(
    url: str,
    say: Callable[[str], None],
    *,
    applies: bool,
    person: UUID | None = None,
    part: int = 0,
    of: int = 1,
) -> Found:
    database = open_database(url, "content", size=1)
    try:
        return await Rebuild(database, say, applies).run(person, part=part, of=of)
    finally:
        await database.close()


async def _person(url: str, person: str) -> UUID:
    database = open_database(url, "gateway", size=1)
    try:
        return await person_of(database, person)
    finally:
        await database.close()
