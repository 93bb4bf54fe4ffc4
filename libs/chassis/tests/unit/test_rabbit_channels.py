"""Tests that the tasks which await the client library keep their cancellations, whatever the library does with them."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from chassis.bus.rabbit.channels import within_timeout


async def test_a_cancellation_that_comes_with_the_answer_is_kept() -> None:
    """Covers `wait_for` of Python 3.11, which returns the answer then and forgets the cancellation."""

    async def drops_a_cancellation() -> str:
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        return "the answer"

    task = asyncio.create_task(within_timeout(drops_a_cancellation()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_cancellation_that_nobody_asked_for_is_a_lost_connection() -> None:
    async def lost() -> None:
        raise asyncio.CancelledError

    with pytest.raises(ConnectionError):
        await within_timeout(lost())
