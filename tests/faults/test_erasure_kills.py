"""Kills the all-in-one process at each point of an erasure, and starts it again on the same data: it ends, once.

`make faults` runs it; what a crash leaves at the gateway's points is also tested without processes (test_erasures).
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest
from httpx2 import TransportError

from chassis.testing import until
from tests.faults.all_in_one import all_in_one, run_folder
from tests.faults.client import Client
from voxbus.local.reach import reach_postgres

__all__ = ["run_folder"]

pytestmark = [pytest.mark.timeout(300), pytest.mark.in_full]

POINTS = [
    *(f"gateway.erase:{point}" for point in ("received", "intended", "recorded", "worked", "committed")),
    "gateway.erase:before the ack",
    "gateway.erase:published",
    *(f"gateway.erasures:{point}" for point in ("worked", "called", "recorded", "committed")),
    *(f"speech.erase_people:{point}" for point in ("received", "committed", "before the ack")),
    *(f"speech.erasures:{point}" for point in ("worked", "called", "recorded", "committed")),
    "gateway.confirm_erasure:committed",
]
#: each comes again as often as a process gets there; the message itself is given up after five tries
IN_A_ROW = [
    "gateway.erase:worked",
    *2 * ["speech.erase_people:received"],
    "speech.erase_people:worked",
    "speech.erase_people:committed",
    *4 * ["speech.erasures:worked"],
    *4 * ["speech.erasures:called"],
    *4 * ["speech.erasures:recorded"],
    "speech.erasures:committed",
    "gateway.confirm_erasure:committed",
    "gateway.erase:published",
]
assert len(IN_A_ROW) == 20
STATE = """
SELECT (SELECT count(*) FROM gateway.people) AS people, (SELECT count(*) FROM gateway.erasures) AS erasures,
       (SELECT count(*) FROM gateway.erasures WHERE completed_at IS NOT NULL AND person_id IS NULL) AS completed,
       (SELECT count(*) FROM gateway.erasure_services WHERE at IS NOT NULL) AS confirmed
"""


@pytest.mark.parametrize("point", POINTS)
async def test_a_kill_at_any_point_of_an_erasure_lets_it_end_once(run_folder: Path, point: str) -> None:
    folder = run_folder
    async with all_in_one(folder, "dying", crash_at=point) as dying, Client(await dying.ready()) as client:
        try:
            answer = await client.http.request("DELETE", "/me")
            assert answer.status_code == 202
        except TransportError:
            pass
        await dying.killed()
        async with all_in_one(folder, "next") as following:
            client.move(await following.ready())

            async def gone() -> bool:
                return (await client.http.get("/me")).status_code == 401

            await until(gone, within=60, what="the end of the account")
            async with reach_postgres(folder / "data", lambda _: None) as dsn:
                database = await asyncpg.connect(dsn)

                async def completed() -> bool:
                    return [tuple(row) for row in await database.fetch(STATE)] == [(0, 1, 1, 5)]

                await until(completed, within=120, what="one completed erasure")
                await database.close()
            await following.stop()


@pytest.mark.timeout(900)
async def test_twenty_kills_in_a_row_delay_an_erasure_and_no_more(run_folder: Path) -> None:
    folder = run_folder
    async with all_in_one(folder, "first", crash_at=IN_A_ROW[0]) as first, Client(await first.ready()) as client:
        with suppress(TransportError):
            await client.http.request("DELETE", "/me")
        await first.killed()
        for number, point in enumerate(IN_A_ROW[1:], 2):
            async with all_in_one(folder, f"{number}-next", crash_at=point) as following:
                await following.killed()
        async with all_in_one(folder, "last") as last:
            client.move(await last.ready())
            assert (await client.http.get("/me")).status_code == 401
            async with reach_postgres(folder / "data", lambda _: None) as dsn:
                database = await asyncpg.connect(dsn)
                assert [tuple(row) for row in await database.fetch(STATE)] == [(0, 1, 1, 5)]
                await database.close()
            await last.stop()
