"""Reads the pieces of an owner's answer in time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from gateway.edge.forward.hop import NoAnswer


async def each_within(pieces: AsyncIterator[bytes], seconds: float) -> AsyncIterator[bytes]:
    """Yields the pieces of a body. Raises `NoAnswer` when the owner takes too long for the next piece."""
    while True:
        try:
            async with asyncio.timeout(seconds):
                piece = await anext(pieces)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise NoAnswer("an answer that stops", late=True) from None
        yield piece


async def all_until(pieces: AsyncIterator[bytes], ends: float) -> AsyncIterator[bytes]:
    """Yields the pieces of a direct answer. Raises `NoAnswer` when it takes too long as a whole."""
    while True:
        try:
            async with asyncio.timeout_at(ends):
                piece = await anext(pieces)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise NoAnswer("an answer that takes too long", late=True) from None
        yield piece
