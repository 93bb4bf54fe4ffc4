"""Tests that the tasks which await the client library keep their cancellations, whatever the library does with them."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import cast

import pytest
from aio_pika.abc import AbstractChannel

from chassis.bus.rabbit.channels import opened, within_timeout


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


class Channel:
    """Represents a channel of the client library, which forgets a cancellation that comes with the broker's answer."""

    def __init__(self) -> None:
        self.is_open = False

    async def initialize(self) -> None:
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        self.is_open = True

    async def close(self) -> None:
        self.is_open = False


async def test_a_channel_that_nobody_waits_for_any_more_is_closed() -> None:
    channel = Channel()
    task = asyncio.create_task(opened(cast(AbstractChannel, channel)))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not channel.is_open


async def test_a_cancellation_that_nobody_asked_for_is_a_lost_connection() -> None:
    async def lost() -> None:
        raise asyncio.CancelledError

    with pytest.raises(ConnectionError):
        await within_timeout(lost())
