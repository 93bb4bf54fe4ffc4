"""Tests connections to a server, with the bytes of its answers in pieces of every size."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from chassis.http.lines import IDLE_S, BrokenOff, Line, Lines, RawHeaders, Unsendable

HEADERS: RawHeaders = [(b"host", b"owner:8000"), (b"content-length", b"2")]
WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nETag: 1\r\n\r\nabc"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"


class Wire(asyncio.BaseTransport):
    """Represents a socket, of no further class, as uvloop's: keeps what is written, and whether it is read."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.closed = False
        self.reads = True

    def write(self, data: object) -> None:
        assert isinstance(data, bytes)
        self.written += data

    def abort(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        self.reads = False

    def resume_reading(self) -> None:
        self.reads = True


def connected() -> tuple[Line, Wire]:
    line, wire = Line(), Wire()
    line.connection_made(wire)
    return line, wire


def ask(line: Line) -> None:
    line.ask("POST", b"/to%79s?a=%20", HEADERS, b"{}")


async def answered(line: Line) -> tuple[int, bytes]:
    status, _ = await line.head()
    return status, b"".join([piece async for piece in line.pieces()])


async def next_of(pieces: AsyncIterator[bytes]) -> bytes:
    return await anext(pieces)


@pytest.mark.parametrize("headers", [HEADERS, HEADERS[:1]])
async def test_a_request_is_written_whole_with_its_raw_path_and_its_length(headers: RawHeaders) -> None:
    line, wire = connected()
    line.ask("POST", b"/to%79s?a=%20", headers, b"{}")
    assert wire.written == (
        b"POST /to%79s?a=%20 HTTP/1.1\r\nhost: owner:8000\r\ncontent-length: 2\r\n\r\n{}"  # one write
    )


@pytest.mark.parametrize("answer", [WHOLE, b"HTTP/1.1 103 Early Hints\r\n\r\n" + WHOLE, CHUNKED])
@pytest.mark.parametrize("size", [1, 7, 1000])
async def test_an_answer_may_come_in_any_pieces_and_the_next_request_follows_it(answer: bytes, size: int) -> None:
    line, wire = connected()
    for _ in range(2):
        ask(line)
        reading = asyncio.create_task(answered(line))
        for start in range(0, len(answer), size):
            line.data_received(answer[start : start + size])
            await asyncio.sleep(0)
        assert await reading == (200, b"abc")
        assert line.finished()
    assert not wire.closed


async def test_an_answer_without_a_length_ends_with_the_connection_which_is_not_used_again() -> None:
    line, _ = connected()
    ask(line)
    line.data_received(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc")
    line.eof_received()
    assert await answered(line) == (200, b"abc")
    assert not line.finished()


@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 20", b"SSH-2.0-OpenSSH\r\n\r\n"])
async def test_what_ends_before_its_head_or_is_no_http_is_no_answer(sent: bytes) -> None:
    line, _ = connected()
    ask(line)
    if sent:
        line.data_received(sent)
    line.connection_lost(ConnectionResetError())
    with pytest.raises(BrokenOff):
        await line.head()


async def test_a_body_that_breaks_off_is_no_answer() -> None:
    line, _ = connected()
    ask(line)
    line.data_received(WHOLE[:-1])
    line.connection_lost(None)
    with pytest.raises(BrokenOff):
        await answered(line)


async def test_what_cannot_be_written_as_http_was_surely_not_sent() -> None:
    line, wire = connected()
    with pytest.raises(Unsendable):
        line.ask("GET", b"/a b", [(b"host", b"owner")], b"")
    assert wire.written == b""


async def test_a_connection_that_speaks_unasked_is_dropped() -> None:
    line, wire = connected()
    ask(line)
    line.data_received(WHOLE)
    await answered(line)
    assert line.finished()
    line.data_received(b"HTTP/1.1 200 OK\r\n")  # as if it were the answer to the next one
    assert wire.closed
    assert line.is_lost


async def test_a_second_answer_behind_the_first_ends_the_connection() -> None:
    line, _ = connected()
    ask(line)
    line.data_received(WHOLE + WHOLE)
    await answered(line)
    assert not line.finished()


async def test_no_more_is_read_than_somebody_takes() -> None:
    line, wire = connected()
    ask(line)
    line.data_received(b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n")
    line.data_received(b"x" * 100_000)
    assert [wire.reads] == [False]
    await line.head()
    pieces = line.pieces()
    first = await anext(pieces)
    rest = asyncio.create_task(next_of(pieces))
    await asyncio.sleep(0)
    assert [wire.reads] == [True]
    line.data_received(b"x" * 100_000)
    assert len(first) + len(await rest) == 200_000


async def test_a_connection_is_kept_for_some_seconds_and_not_once_it_is_lost() -> None:
    now = 100.0
    lines = Lines("owner", 80, None, lambda: now)

    async def given_back() -> Line:
        line, _ = connected()
        ask(line)
        line.data_received(WHOLE)
        await answered(line)
        lines.give_back(line)
        return line

    first = await given_back()
    assert lines.kept() is first
    assert lines.kept() is None
    lost = await given_back()
    lost.connection_lost(None)
    assert lines.kept() is None
    old = await given_back()
    now += IDLE_S + 0.1
    assert lines.kept() is None
    assert old.is_lost
