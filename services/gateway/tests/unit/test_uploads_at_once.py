"""Tests that unfinished uploads are bounded: by number, by their bytes, and few at a time of one person."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from uuid import UUID

import pytest

from chassis.web.problems import ProblemError
from gateway.edge.limits.concurrent import PER_PERSON, Uploads

PERSONS = [UUID(int=number) for number in range(100)]
MEGABYTE = 2**20


async def enter(stack: AsyncExitStack, uploads: Uploads, person: UUID) -> Callable[[int], None]:
    return await stack.enter_async_context(uploads.place(person))


async def test_bytes_of_unfinished_uploads_are_bounded_and_free_again_however_one_ends() -> None:
    uploads = Uploads(64, 16 * MEGABYTE)
    async with AsyncExitStack() as stack:
        for person in PERSONS[:3]:
            (await enter(stack, uploads, person))(5 * MEGABYTE)
        last = await enter(stack, uploads, PERSONS[3])
        last(MEGABYTE)
        with pytest.raises(ProblemError) as caught:
            last(1)
        assert (caught.value.problem.name, caught.value.problem.status) == ("busy", 503)
    with pytest.raises(LookupError):
        async with uploads.place(PERSONS[0]) as took:
            took(16 * MEGABYTE)
            raise LookupError
    async with uploads.place(PERSONS[0]) as took:
        took(16 * MEGABYTE)


async def test_a_person_s_next_upload_waits_and_another_person_s_does_not() -> None:
    uploads = Uploads(64, MEGABYTE, waits=60)
    async with AsyncExitStack() as stack:
        for _ in range(PER_PERSON - 1):
            await enter(stack, uploads, PERSONS[0])
        async with uploads.place(PERSONS[0]):
            following = asyncio.create_task(enter(stack, uploads, PERSONS[0]))
            for _ in range(10):
                await asyncio.sleep(0)
            assert not following.done()
            async with uploads.place(PERSONS[1]):
                pass
        await following


async def test_an_upload_that_waits_too_long_is_refused_and_takes_no_place_meanwhile() -> None:
    uploads = Uploads(PER_PERSON + 1, MEGABYTE, waits=0)
    async with AsyncExitStack() as stack:
        for _ in range(PER_PERSON):
            await enter(stack, uploads, PERSONS[0])
        with pytest.raises(ProblemError) as caught:
            await enter(stack, uploads, PERSONS[0])
        assert (caught.value.problem.name, caught.value.problem.status) == ("busy", 503)
        await enter(stack, uploads, PERSONS[1])
        with pytest.raises(ProblemError) as caught:
            await enter(stack, uploads, PERSONS[2])
        assert caught.value.problem.name == "busy"
    await asyncio.gather(*(use(uploads, PERSONS[0]) for _ in range(PER_PERSON)))


async def use(uploads: Uploads, person: UUID) -> None:
    async with uploads.place(person):
        await asyncio.sleep(0)


async def test_nothing_is_kept_of_a_person_without_uploads() -> None:
    uploads = Uploads(64, MEGABYTE)
    for person in PERSONS:
        await use(uploads, person)
    assert not uploads._persons
