"""A connection serves well-made requests one after another, and reads nothing behind what may smuggle one."""

from __future__ import annotations

import asyncio
import logging

import pytest
from starlette.types import Receive, Scope, Send

from libs.chassis.tests.unit.http.test_head import AMBIGUOUS
from libs.chassis.tests.unit.http.wire import (
    CHUNKED,
    GET,
    LENGTH,
    POST,
    REFUSED,
    SECOND,
    Application,
    Connection,
)

#: refused by what stands here, by `check_head` or by h11: name → the request, before a second one
SMUGGLED = {
    # whoever reads a length of 5, a chunked body or none finds its end, and the second request behind it
    **{f"head: {case}": head + b"0\r\n\r\n" for case, head in AMBIGUOUS.items()},
    "coding: identity": POST + b"Transfer-Encoding: identity\r\n\r\n",
    "coding: gzip, chunked": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "coding: chunked, identity": POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "coding: xchunked": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "coding: with a vertical tab": POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "coding: in quotes": POST + b'Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n',
    "coding: empty": POST + b"Transfer-Encoding:\r\n\r\n0\r\n\r\n",
    "coding: a space before the colon": POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "coding: a space before the name": b"POST /a HTTP/1.1\r\n Transfer-Encoding: chunked\r\nHost: a\r\n\r\n0\r\n\r\n",
    "length: negative": POST + b"Content-Length: -5\r\n\r\nhello",
    "length: with a sign": POST + b"Content-Length: +5\r\n\r\nhello",
    "length: hexadecimal": POST + b"Content-Length: 0x5\r\n\r\nhello",
    "length: with an underscore": POST + b"Content-Length: 1_0\r\n\r\nhello",
    "length: empty": POST + b"Content-Length:\r\n\r\nhello",
    "length: of 30 digits": POST + b"Content-Length: " + b"9" * 30 + b"\r\n\r\nhello",
    "length: a space before the colon": POST + b"Content-Length : 5\r\n\r\nhello",
    "host: none": b"GET /a HTTP/1.1\r\n\r\n",
    "host: two": b"GET /a HTTP/1.1\r\nHost : a\r\n\r\n",
    "field: without a colon": b"GET /a HTTP/1.1\r\nHost: a\r\nfield\r\n\r\n",
    "field: without a name": b"GET /a HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n",
    "line: two spaces": b"GET  /a HTTP/1.1\r\nHost: a\r\n\r\n",
    "line: no method": b" /a HTTP/1.1\r\nHost: a\r\n\r\n",
    "line: a letter outside ASCII": "GET /ä HTTP/1.1\r\nHost: a\r\n\r\n".encode(),
    "line: empty": b"\r\n\r\n",
    "chunk: its size has a sign": POST + CHUNKED + b"\r\n+5\r\nhello\r\n0\r\n\r\n",
    "chunk: its size has a prefix": POST + CHUNKED + b"\r\n0x5\r\nhello\r\n0\r\n\r\n",
    "chunk: its size is none": POST + CHUNKED + b"\r\n\r\nhello\r\n0\r\n\r\n",
    "chunk: its size is too large": POST + CHUNKED + b"\r\n" + b"f" * 21 + b"\r\nhello\r\n0\r\n\r\n",
    "chunk: its size ends by a line feed": POST + CHUNKED + b"\r\n5\nhello\r\n0\r\n\r\n",
    "chunk: its extension has a line feed": POST + CHUNKED + b"\r\n5;a\nb\r\nhello\r\n0\r\n\r\n",
    "chunk: longer than its size": POST + CHUNKED + b"\r\n5\r\nhello!\r\n0\r\n\r\n",
    "chunk: ends by a line feed": POST + CHUNKED + b"\r\n5\r\nhello\n0\r\n\r\n",
    "TLS": bytes.fromhex("1603010200010001fc0303"),
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
}


@pytest.mark.parametrize("case", SMUGGLED)
async def test_what_may_smuggle_a_request_is_refused_and_nothing_after_it_is_read(case: str) -> None:
    app = Application()
    connection = Connection(app)
    await connection.send(SMUGGLED[case] + SECOND, SECOND)
    assert connection.problem() == (400, "/problems/bad-request")
    assert app.seen == []
    assert connection.wire.end == "half"


@pytest.mark.parametrize("case", SMUGGLED)
async def test_it_is_refused_likewise_in_single_bytes_after_a_good_request(case: str) -> None:
    app = Application()
    connection = Connection(app)
    await connection.send(GET)
    for number in SMUGGLED[case] + SECOND:
        connection.protocol.data_received(bytes([number]))
    await connection.send(SECOND)
    [(good, _, _), (bad, _, _)] = connection.answers()
    assert (good, bad) == (200, 400)
    assert app.seen == [("/a", b"")]
    assert connection.wire.end == "half"


@pytest.mark.parametrize("end", [b"0\r\n\r\n", b"0\r\n\n", b"0 \r\n\r\n", b"0;a\rb\r\n\r\n", b"0\r\nA: b\n\n"])
async def test_nothing_is_read_as_a_request_after_a_chunked_body(end: bytes) -> None:
    app = Application()
    connection = Connection(app)
    await connection.send(POST + CHUNKED + b"\r\n5\r\nhello\r\n" + end + SECOND)
    [(status, fields, _)] = connection.answers()
    assert (status, fields["connection"]) == (200, "close")
    assert app.seen == [("/a", b"hello")]
    assert connection.wire.end == "half"


async def test_requests_follow_one_another_on_a_connection() -> None:
    app = Application()
    connection = Connection(app)
    await connection.send(
        GET + POST + LENGTH + b"\r\nhello" + SECOND[:20], SECOND[20:], POST + LENGTH + b"\r\nhe", b"llo"
    )
    assert [(status, fields.get("connection")) for status, fields, _ in connection.answers()] == [(200, None)] * 4
    assert app.seen == [("/a", b""), ("/a", b"hello"), ("/second", b""), ("/a", b"hello")]
    assert connection.wire.end == ""


async def test_an_answer_is_one_write() -> None:
    connection = Connection(Application())
    await connection.send(GET)
    assert connection.wire.writes == 1
    await connection.send(SECOND)
    assert (connection.wire.writes, len(connection.answers())) == (2, 2)


async def test_a_head_whose_body_comes_later_goes_alone_and_at_once() -> None:
    go = asyncio.Event()

    async def app(_: Scope, __: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await go.wait()
        await send({"type": "http.response.body", "body": b"ok"})

    connection = Connection(app)
    await connection.send(GET)
    connection.clock.pass_time(0)
    assert connection.wire.written.endswith(b"\r\n\r\n")
    go.set()
    await connection.send()
    await asyncio.sleep(0)
    assert [body for _, _, body in connection.answers()] == [b"ok"]


async def test_a_request_follows_one_that_asked_for_an_unknown_protocol() -> None:
    app = Application()
    upgrade = b"GET /a HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n"
    connection = Connection(app)
    await connection.send(upgrade + SECOND, SECOND)
    assert app.seen == [("/a", b""), ("/second", b""), ("/second", b"")]
    assert connection.wire.end == ""


async def test_a_client_that_waits_is_told_to_send_its_body() -> None:
    app = Application()
    connection = Connection(app)
    await connection.send(POST + LENGTH + b"Expect: 100-continue\r\n\r\n")
    assert connection.wire.written == b"HTTP/1.1 100 Continue\r\n\r\n"
    await connection.send(b"hello", SECOND)
    assert app.seen == [("/a", b"hello"), ("/second", b"")]


async def test_a_small_body_that_nobody_reads_ends_nothing() -> None:
    connection = Connection(Application())
    await connection.send(REFUSED + LENGTH + b"\r\nhello", SECOND)
    assert [(status, fields.get("connection")) for status, fields, _ in connection.answers()] == [
        (413, None),
        (200, None),
    ]


async def test_a_client_that_asks_to_close_gets_its_answer_and_is_closed_at_once() -> None:
    connection = Connection(Application())
    await connection.send(b"GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", b"more")
    [(status, fields, _)] = connection.answers()
    assert (status, fields["connection"], connection.wire.end) == (200, "close", "closed")


async def test_a_client_makes_one_line_of_a_request_in_the_log_and_no_warning(caplog: pytest.LogCaptureFixture) -> None:
    for case in SMUGGLED.values():
        await Connection(Application()).send(case)
    await Connection(Application()).send(b"GET /a HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n")
    lines = [record for record in caplog.records if record.levelno > logging.INFO]
    assert (lines, len(caplog.records) <= len(SMUGGLED)) == ([], True)


HANDSHAKE = b"Connection: upgrade\r\nUpgrade: websocket\r\n"

KEY = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

VERSION = b"Sec-WebSocket-Version: 13\r\n"


@pytest.mark.parametrize(
    "head",
    [
        POST + HANDSHAKE + KEY + VERSION,
        GET[:-2] + HANDSHAKE + KEY,
        GET[:-2] + HANDSHAKE + KEY + b"Sec-WebSocket-Version: 8\r\n",
        GET[:-2] + HANDSHAKE + VERSION,
        GET[:-2] + HANDSHAKE + VERSION + KEY + KEY,
        GET[:-2] + HANDSHAKE + VERSION + b"Sec-WebSocket-Key: short\r\n",
        GET[:-2] + HANDSHAKE + VERSION + KEY + LENGTH,
        GET[:-2] + HANDSHAKE + VERSION + KEY + CHUNKED,
        b"GET /a HTTP/1.0\r\n" + HANDSHAKE + VERSION + KEY,
    ],
)
async def test_a_wrong_handshake_is_refused(head: bytes) -> None:
    connection = Connection(Application())
    await connection.send(head + b"\r\n", SECOND)
    assert connection.problem() == (400, "/problems/bad-request")
