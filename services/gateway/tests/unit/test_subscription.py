"""Tests one client's buffer: rows in order, each once, and a slow client delays no other."""

from __future__ import annotations

from datetime import UTC, datetime

from gateway.edge.streams.subscription import ROOM, StreamEvent, Subscription

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def row(seq: int, *, terminal: bool = False) -> StreamEvent:
    return StreamEvent(seq, "step.started", NOW, {}, terminal)


def said(fence: int) -> StreamEvent:
    return StreamEvent(None, "progress", NOW, {"fence": fence})


async def drain(subscription: Subscription) -> list[int | None]:
    subscription.close()
    return [event.seq async for event in subscription]


async def test_only_the_next_row_is_taken_and_nothing_after_the_terminal() -> None:
    subscription = Subscription(2, lambda: None)
    for seq in (1, 2, 4, 3, 3, 4):
        subscription.offer(row(seq, terminal=seq == 4))
    subscription.offer(row(5))
    assert [event.seq async for event in subscription] == [3, 4]
    assert not subscription.wants_rows


async def test_a_full_buffer_leaves_rows_in_the_log_and_asks_again_once_there_is_room() -> None:
    asked: list[int] = []
    subscription = Subscription(0, lambda: asked.append(subscription.cursor))
    for seq in range(1, ROOM + 10):
        subscription.offer(row(seq))
    assert (subscription.cursor, subscription.wants_rows) == (ROOM, False)
    seen = [(await anext(subscription)).seq for _ in range(ROOM)]
    assert seen == list(range(1, ROOM + 1))
    assert asked == [ROOM]
    assert subscription.wants_rows


async def test_a_stream_goes_on_whether_or_not_anybody_has_asked_for_its_state() -> None:
    asked: list[int] = []
    subscription = Subscription(0, lambda: asked.append(subscription.cursor))
    for seq in range(1, ROOM + 1):
        subscription.offer(row(seq))
    for _ in range(ROOM):
        await anext(subscription)
    assert asked == [ROOM]


async def test_transient_events_of_a_run_that_was_taken_over_are_dropped_and_so_are_those_nobody_reads() -> None:
    subscription = Subscription(0, lambda: None)
    for fence in (1, 2, 1, 2):
        subscription.offer_transient(fence, said(fence))
    assert len(await drain(subscription)) == 3
    slow = Subscription(0, lambda: None)
    for _ in range(ROOM):
        slow.offer_transient(1, said(1))
    slow.offer(row(1))
    assert (await drain(slow))[-1] == 1
