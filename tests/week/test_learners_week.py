"""Walks through a week of a learner by a moved clock, with all services in one process and as five on RabbitMQ.

The clock of the database and of each process jumps from scene to scene while they run, as on a computer that slept;
monotonic clocks go as ever.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import time, timedelta
from pathlib import Path

import pytest
from httpx2 import AsyncClient

from chassis.fresh_databases import fresh_database
from tests.brokers import Broker
from tests.faults.processes import environment, start_anew
from tests.faults.system import system
from tests.week.learner import Learner
from tests.week.moved_postgres import Moved, moved_postgres, needs_faketime
from voxbus.services import SERVICES

pytestmark = [pytest.mark.in_full, needs_faketime, pytest.mark.timeout(900)]

NOON = time(12)
#: an address, and what runs a command of the operator's there
Installation = tuple[str, Callable[..., Awaitable[None]]]
Opens = Callable[[Path, Moved, Broker], AbstractAsyncContextManager[Installation]]


@asynccontextmanager
async def in_one_process(folder: Path, moved: Moved, _broker: Broker) -> AsyncIterator[Installation]:
    skewed = ("tests.faults.clock_skew", str(moved.clock.path), "voxbus")
    async with fresh_database(moved.url, SERVICES, filled=True) as database:
        own = {"keys_url": f"file://{folder / 'keys.sqlite'}", "secret_key": secrets.token_hex(32)}
        settings = environment(folder, data_dir=str(folder / "data"), port="0", database_url=database, **own)
        process = await start_anew(folder / "run.log", settings, *skewed, "run")

        async def command(*arguments: str) -> None:
            await (await start_anew(folder / "command.log", settings, *skewed, *arguments)).ends_well()

        try:
            yield await process.ready(), command
        finally:
            await process.kill()


@asynccontextmanager
async def on_rabbit(folder: Path, moved: Moved, broker: Broker) -> AsyncIterator[Installation]:
    async with system(folder, moved.url, broker) as made:
        for service in SERVICES:
            await made.serve(service.name, through=("tests.faults.clock_skew", str(moved.clock.path)))
        yield made.address, made.command


@pytest.mark.parametrize("opens", [in_one_process, on_rabbit])
async def test_a_learners_week(tmp_path: Path, broker: Broker, opens: Opens) -> None:
    async with (
        moved_postgres(tmp_path / "server") as moved,
        opens(tmp_path, moved, broker) as (address, command),
        AsyncClient(base_url=address, timeout=60) as http,
    ):
        learner = Learner(http, moved.clock, "Europe/Berlin")
        await at_home(learner)
        await on_a_journey(learner)
        # exit 3 would say that the rows differ from what the events come to
        await command("learning", "rebuild", "--dry-run")


async def at_home(learner: Learner) -> None:
    """Goes from Monday to Thursday: a day that is done, one that is frozen, a review."""
    await learner.at(0, NOON)
    await learner.sign_up()
    wrong = await learner.answer("one-lost-packet", {"value": False})
    right = await learner.answer("one-lost-packet", {"value": True})
    assert (wrong["correct"], right["correct"], right["number"], right["xp"]) == (False, True, 2, 5)
    await learner.sees((1, "done", 1), "done")

    await learner.at(0, time(19, 1))  # the card of the wrong answer fell due at five past twelve
    await learner.decided("daily_reminder", 0, ("drop", "already-done"))
    await learner.sees((1, "done", 1), "done", "review_due")

    await learner.at(1, NOON)
    await learner.answer("name-of-the-machine", {"text": "a router"})
    await learner.sees((2, "done", 1), "done done")

    await learner.at(2, time(18, 59))  # nobody was there when Tuesday's were due, and today's of the review
    await learner.sees((2, "open", 1), "done done open", "review_due")
    await learner.decided("daily_reminder", 2, ("drop", "too-late"))
    await learner.decided("review_due", 2, ("drop", "too-late"), ("send", "sent"))
    await learner.at(2, time(19, 1))
    await learner.sees((2, "open", 1), "done done open", "daily_reminder")
    await learner.decided("daily_reminder", 2, ("drop", "too-late"), ("send", "sent"))

    await learner.at(3, time(0, 5))
    await learner.sees((2, "open", 0), "done done frozen open")
    await learner.at(3, NOON)
    review = await learner.answer("one-lost-packet", {"value": True}, type="review")
    assert (review["correct"], review["xp"]) == (True, 2)
    await learner.sees((3, "done", 0), "done done frozen done", "milestone")  # three days in a row


async def on_a_journey(learner: Learner) -> None:
    """Goes from Friday in New York to the next Monday: a day that seems missed, and is repaired."""
    done = "done done frozen done done"
    await learner.at(4, NOON)
    await learner.move_house("America/New_York")
    await learner.answer("name-of-the-machine", {"text": "a router"})
    await learner.sees((4, "done", 0), done)

    await learner.at(5, time(19, 1))  # in the new zone: in Berlin it is Sunday
    await learner.sees((4, "open", 0), f"{done} open", "daily_reminder review_due")
    await learner.at(5, time(21, 1))
    await learner.sees((4, "open", 0), f"{done} open", "streak_at_risk")

    await learner.at(6, NOON)
    await learner.sees((0, "open", 0), f"{done} missed open", "review_due")
    late = await learner.answer("name-of-the-machine", {"text": "a router"}, ago=timedelta(hours=20))
    assert late["late"]
    await learner.sees((5, "open", 0), f"{done} done open", "milestone")  # Saturday counts after all
    await learner.answer("name-of-the-machine", {"text": "a router"})
    await learner.sees((6, "done", 0), f"{done} done done")

    await learner.at(7, NOON)
    await learner.answer("name-of-the-machine", {"text": "a router"})
    await learner.sees((7, "done", 1), f"{done} done done done", "review_due milestone")  # seven days, and a freeze
    shown = await learner.ask("GET", "/gamification")
    assert [each["badge"] for each in shown["badges"]] == ["days-3", "days-7"]
