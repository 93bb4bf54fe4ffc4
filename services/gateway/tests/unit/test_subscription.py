"""One client's buffer: in order, each row once, and a slow client holds up nobody."""

from __future__ import annotations

from datetime import UTC, datetime

from gateway.subscription import ROOM, Held, StreamEvent

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def row(seq: int, *, terminal: bool = False) -> StreamEvent:
    return StreamEvent(seq, "step.started", NOW, {}, terminal)


def said(fence: int) -> StreamEvent:
    return StreamEvent(None, "progress", NOW, {"fence": fence})


async def drain(held: Held) -> list[int | None]:
    held.close()
    return [event.seq async for event in held]


async def test_only_the_next_row_is_taken_and_nothing_after_the_terminal() -> None:
    held = Held(2, lambda: None)
    for seq in (1, 2, 4, 3, 3, 4):
        held.offer(row(seq, terminal=seq == 4))
    held.offer(row(5))
    assert [event.seq async for event in held] == [3, 4]
    assert not held.wants_rows


async def test_a_full_buffer_leaves_rows_in_the_log_and_asks_again_once_there_is_room() -> None:
    asked: list[int] = []
    held = Held(0, lambda: asked.append(held.cursor))
    for seq in range(1, ROOM + 10):
        held.offer(row(seq))
    assert (held.cursor, held.wants_rows) == (ROOM, False)
    seen = [(await anext(held)).seq for _ in range(ROOM)]
    assert seen == list(range(1, ROOM + 1))
    assert asked == [ROOM]
    assert held.wants_rows


async def test_a_stream_goes_on_whether_or_not_anybody_has_asked_for_its_state() -> None:
    asked: list[int] = []
    held = Held(0, lambda: asked.append(held.cursor))
    for seq in range(1, ROOM + 1):
        held.offer(row(seq))
    for _ in range(ROOM):
        await anext(held)
    assert asked == [ROOM]


async def test_transient_events_of_a_run_that_was_taken_over_are_dropped_and_so_are_those_nobody_reads() -> None:
    held = Held(0, lambda: None)
    for fence in (1, 2, 1, 2):
        held.offer_transient(fence, said(fence))
    assert len(await drain(held)) == 3
    slow = Held(0, lambda: None)
    for _ in range(ROOM):
        slow.offer_transient(1, said(1))
    slow.offer(row(1))
    assert (await drain(slow))[-1] == 1
