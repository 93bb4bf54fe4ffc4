"""A connection has its times and its place, and ends so that what was answered arrives."""

from __future__ import annotations

import pytest

from chassis.http.places import Places
from chassis.http.protocol import LINGER_BYTES, LINGER_S
from chassis.http.turns import Turns
from chassis.settings import HttpTimeouts
from libs.chassis.tests.unit.http.wire import (
    CHUNKED,
    GET,
    LENGTH,
    POST,
    REFUSED,
    SECOND,
    Application,
    Clock,
    Connection,
)


@pytest.mark.parametrize("framing", [b"Content-Length: 60000000\r\n", CHUNKED, LENGTH + b"Expect: 100-continue\r\n"])
async def test_an_answer_before_the_body_was_read_reaches_a_client_that_is_still_sending(framing: bytes) -> None:
    connection = Connection(Application())
    await connection.send(REFUSED + framing + b"\r\n")
    assert connection.problem() == (413, "/problems/too-large")
    assert connection.wire.end == "half"
    await connection.send(*[bytes(1_000_000)] * 60)
    assert (connection.wire.end, connection.wire.is_paused) == ("half", False)
    connection.hang_up()
    assert connection.clock.timers == []


async def test_a_client_that_never_stops_sending_is_cut() -> None:
    connection = Connection(Application())
    await connection.send(REFUSED + CHUNKED + b"\r\n", bytes(LINGER_BYTES))
    assert connection.wire.end == "half"
    await connection.send(b"1")
    assert connection.wire.end == "aborted"


async def test_a_client_that_sends_slowly_is_cut_when_its_time_is_over() -> None:
    connection = Connection(Application())
    await connection.send(REFUSED + CHUNKED + b"\r\n")
    connection.clock.pass_time(LINGER_S - 1)
    await connection.send(b"1")
    assert connection.wire.end == "half"
    connection.clock.pass_time(1)
    assert connection.wire.end == "aborted"


async def test_a_body_beyond_what_is_kept_in_memory_is_read_on_when_it_is_refused() -> None:
    connection = Connection(Application())
    connection.protocol.data_received(REFUSED + b"Content-Length: 60000000\r\n\r\n" + bytes(200_000))
    assert connection.wire.is_paused
    await connection.send(b"1")
    assert (connection.wire.end, connection.wire.is_paused) == ("half", False)


@pytest.mark.parametrize(("sent", "end"), [(b"", "closed"), (b"GET /a HTTP/1.1\r\nHos", "half")])
async def test_a_head_has_its_time(sent: bytes, end: str) -> None:
    connection = Connection(Application())
    await connection.send(*([sent] if sent else []))
    connection.clock.pass_time(9.9)
    await connection.send(*([b"t"] if sent else []))
    assert connection.wire.end == ""
    connection.clock.pass_time(0.1)
    assert connection.wire.end == end
    assert not sent or connection.problem() == (408, "/problems/request-timeout")


def test_what_is_due_at_once_is_done_one_by_one() -> None:
    clock, turns, seen = Clock(), Turns(), list[str]()
    for late in ("one", "two", "three"):
        turns.add(clock.loop, lambda late=late: seen.append(late))  # type: ignore[misc]
    clock.loop.call_soon(seen.append, "a request")
    clock.pass_time(0)
    assert seen == ["one", "a request"]
    clock.pass_time(0.002)
    assert seen == ["one", "a request", "two"]
    clock.pass_time(0.002)
    assert seen == ["one", "a request", "two", "three"]


def test_turns_go_on_after_one_that_breaks() -> None:
    clock, turns, seen = Clock(), Turns(), list[str]()
    turns.add(clock.loop, lambda: seen.remove("what is not there"))
    turns.add(clock.loop, lambda: seen.append("next"))
    clock.pass_time(0.002)
    assert (seen, len(clock.broken)) == (["next"], 1)


async def test_a_head_that_comes_while_others_are_refused_is_served() -> None:
    app = Application()
    connection = Connection(app)
    await connection.send(GET[:-2])
    connection.clock.call_later(10, connection.protocol.data_received, GET[-2:])  # after its time, before its turn
    connection.clock.pass_time(10)
    await connection.send(SECOND)
    assert app.seen == [("/a", b""), ("/second", b"")]
    assert connection.wire.end == ""


async def test_a_connection_between_requests_has_its_time_and_the_next_head_too() -> None:
    idle, slow = Connection(Application()), Connection(Application())
    for connection in (idle, slow):
        await connection.send(GET)
        connection.clock.pass_time(74.9)
        assert connection.wire.end == ""
    idle.clock.pass_time(0.1)
    assert idle.wire.end == "closed"
    await slow.send(b"GET /a HTT")
    slow.clock.pass_time(9.9)
    await slow.send(b"P")
    assert slow.wire.end == ""
    slow.clock.pass_time(0.1)
    assert [status for status, _, _ in slow.answers()] == [200, 408]
    assert slow.wire.end == "half"


async def test_half_a_head_behind_a_request_has_its_time_from_the_answer_on() -> None:
    connection = Connection(Application())
    await connection.send(GET + b"GET /a HTT")
    connection.clock.pass_time(10)
    assert [status for status, _, _ in connection.answers()] == [200, 408]


async def test_a_request_that_is_being_answered_has_no_time_limit_here() -> None:
    app = Application()
    connection = Connection(app)
    await connection.send(POST + LENGTH + b"\r\nhe")
    connection.clock.pass_time(1_000)
    await connection.send(b"llo")
    assert app.seen == [("/a", b"hello")]


async def test_times_are_settings() -> None:
    connection = Connection(Application(), timeouts=HttpTimeouts(head=0.5, idle=2))
    await connection.send(GET)
    connection.clock.pass_time(1.9)
    assert connection.wire.end == ""
    connection.clock.pass_time(0.1)
    assert connection.wire.end == "closed"
    silent = Connection(Application(), timeouts=HttpTimeouts(head=0.5, idle=2))
    silent.clock.pass_time(0.5)
    assert silent.wire.end == "closed"


async def test_too_many_connections_of_an_address_are_told_when_they_ask() -> None:
    places, app = Places(10_000, per_address=10), Application()
    first = [Connection(app, places=places) for _ in range(10)]
    over = Connection(app, places=places)
    assert over.wire.written == b""
    await over.send(GET)
    assert over.problem() == (429, "/problems/too-many-connections")
    assert Connection(app, places=places).wire.end == "aborted"
    await Connection(app, places=places, host="192.0.2.2").send(GET)
    await first[0].send(GET)
    assert app.seen == [("/a", b""), ("/a", b"")]


async def test_a_connection_that_has_ended_leaves_its_place() -> None:
    places, app = Places(10_000, per_address=1), Application()
    first = Connection(app, places=places)
    first.hang_up()
    assert first.clock.timers == []
    again = Connection(app, places=places)
    await again.send(GET)
    assert app.seen == [("/a", b"")]


async def test_a_process_with_few_files_left_is_busy() -> None:
    connection = Connection(Application(), places=Places(1024), file=800)
    await connection.send(GET)
    assert connection.problem() == (503, "/problems/busy")


async def test_a_connection_that_lingers_ends_by_itself_when_the_server_ends() -> None:
    lingering, idle = Connection(Application()), Connection(Application())
    await lingering.send(REFUSED + LENGTH + b"\r\n")
    await idle.send(GET)
    for connection in (lingering, idle):
        connection.protocol.shutdown()
    assert (lingering.wire.end, idle.wire.end) == ("half", "closed")
