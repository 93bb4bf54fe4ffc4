"""Tests in which order the middleware around a run begins and ends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest

from chassis.delivery.middleware import Middleware, Run, around

T = TypeVar("T")
RUN = Run(consumer=Any, handler=Any, received=[])  # type: ignore[arg-type]  # nothing here looks into it


def noting(name: str, notes: list[str]) -> Middleware:
    async def note(run: Run, work: Callable[[], Awaitable[T]]) -> T:
        notes.append(f"{name} begins")
        try:
            return await work()
        finally:
            notes.append(f"{name} ends")

    return note


async def test_the_first_is_outermost_and_the_work_is_innermost() -> None:
    notes: list[str] = []

    async def work() -> str:
        notes.append("work")
        return "result"

    assert await around([noting("a", notes), noting("b", notes)], RUN, work) == "result"
    assert notes == ["a begins", "b begins", "work", "b ends", "a ends"]


async def test_what_the_work_raises_passes_through_all() -> None:
    notes: list[str] = []

    async def work() -> None:
        raise KeyError

    with pytest.raises(KeyError):
        await around([noting("a", notes), noting("b", notes)], RUN, work)
    assert notes == ["a begins", "b begins", "b ends", "a ends"]
