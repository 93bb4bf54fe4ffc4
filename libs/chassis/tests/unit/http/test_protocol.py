"""A connection serves well-made requests, refuses others with a problem document, and ends so that it arrives."""

from __future__ import annotations

import json
import logging
import re

import pytest
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from chassis.http.places import Places
from chassis.http.protocol import LINGER_BYTES, LINGER_S, Turns
from chassis.observe import metrics
from chassis.settings import HttpTimeouts
from libs.chassis.tests.unit.http.test_head import AMBIGUOUS, LARGE
from libs.chassis.tests.unit.http.wire import Application, Clock, Connection

GET = b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST /a HTTP/1.1\r\nHost: a\r\n"
REFUSED = b"POST /refused HTTP/1.1\r\nHost: a\r\n"
SECOND = b"GET /second HTTP/1.1\r\nHost: a\r\n\r\n"
LENGTH = b"Content-Length: 5\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"

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


@pytest.mark.parametrize("case", LARGE)
async def test_a_head_that_is_too_large_is_refused(case: str) -> None:
    status, head = LARGE[case]
    connection = Connection(Application())
    refused = metrics.HTTP_REFUSED.labels(str(status))
    before = refused._value.get()
    await connection.send(*(head[at : at + 65_536] for at in range(0, len(head), 65_536)))
    assert connection.problem() == (status, {414: "/problems/url-too-long", 431: "/problems/head-too-large"}[status])
    assert connection.wire.end == "half"
    assert refused._value.get() - before == 1


class Shared(Application):
    """Has pages of one other origin as its readers."""

    def headers_for(self, origin: str) -> dict[str, str]:
        return {"Access-Control-Allow-Origin": origin} if origin == "https://app.example" else {}


ORIGIN = b"Origin: https://app.example\r\n"


def _readable(connection: Connection) -> str | None:
    [(_, fields, _)] = connection.answers()
    return fields.get("access-control-allow-origin")


READABLE = {
    "a URL too long": (414, b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: a\r\n" + ORIGIN + b"\r\n"),
    "too many fields": (431, GET[:-2] + ORIGIN + b"A: b\r\n" * 101),
    "found by check_head": (400, GET[:-2] + ORIGIN + b"A: b\x00\r\n\r\n"),
    "found by h11": (400, GET[:-2] + ORIGIN + b"A(: b\r\n\r\n"),
    "in its body": (400, POST + ORIGIN + CHUNKED + b"\r\nno size\r\n"),
}


@pytest.mark.parametrize("case", READABLE)
async def test_a_page_can_read_why_its_request_was_refused(case: str) -> None:
    status, request = READABLE[case]
    connection = Connection(Shared())
    await connection.send(request)
    assert connection.problem()[0] == status
    assert _readable(connection) == "https://app.example"


async def test_a_page_can_read_that_it_was_too_slow_or_one_too_many() -> None:
    slow = Connection(Shared(), timeouts=HttpTimeouts(head=1))
    await slow.send(GET[:-2] + ORIGIN + b"A: ")
    slow.clock.pass_time(2)
    assert (slow.problem()[0], _readable(slow)) == (408, "https://app.example")
    places = Places(10_000, per_address=10)
    *_, last = [Connection(Shared(), places=places) for _ in range(11)]
    await last.send(GET[:-2] + ORIGIN + b"\r\n")
    assert (last.problem()[0], _readable(last)) == (429, "https://app.example")


@pytest.mark.parametrize("origin", [b"", b"Origin: https://evil.example\r\n", ORIGIN + ORIGIN, ORIGIN[:-2] + b"/\r\n"])
async def test_other_pages_read_nothing(origin: bytes) -> None:
    connection = Connection(Shared())
    await connection.send(GET[:-2] + origin + b"A: b\r\n" * 101)
    assert connection.problem()[0] == 431
    assert _readable(connection) is None


async def test_requests_follow_one_another_on_a_connection() -> None:
    app = Application()
    connection = Connection(app)
    await connection.send(
        GET + POST + LENGTH + b"\r\nhello" + SECOND[:20], SECOND[20:], POST + LENGTH + b"\r\nhe", b"llo"
    )
    assert [(status, fields.get("connection")) for status, fields, _ in connection.answers()] == [(200, None)] * 4
    assert app.seen == [("/a", b""), ("/a", b"hello"), ("/second", b""), ("/a", b"hello")]
    assert connection.wire.end == ""


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


async def test_an_application_learns_that_the_rest_of_a_body_is_no_http() -> None:
    app = Application()
    connection = Connection(app)
    await connection.send(POST + CHUNKED + b"\r\n5\r\nhello\r\n", b"no size\r\n")
    assert connection.problem() == (400, "/problems/bad-request")
    assert (app.seen, app.gone) == ([], ["/a"])


async def test_a_broken_application_is_a_problem_document_and_one_line_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    connection = Connection(Application())
    await connection.send(b"GET /broken HTTP/1.1\r\nHost: a\r\n\r\n")
    assert connection.problem() == (500, "/problems/internal")
    assert connection.wire.end == "closed"
    assert [record.levelno for record in caplog.records if record.levelno > logging.INFO] == [logging.ERROR]


async def test_a_refusal_has_a_request_id_that_a_log_line_carries() -> None:
    with capture_logs(processors=[merge_contextvars]) as lines:
        connection = Connection(Application())
        await connection.send(b"GET /broken HTTP/1.1\r\nHost : a\r\n\r\n")
    [(status, fields, body)] = connection.answers()
    [line] = lines
    assert (status, line["status"], line["problem"]) == (400, 400, "bad-request")
    assert fields["x-request-id"] == json.loads(body)["request_id"] == line["trace"]
    assert re.fullmatch("[0-9a-f]{32}", line["trace"])


async def test_a_refused_head_request_has_no_body() -> None:
    connection = Connection(Application())
    await connection.send(b"HEAD /a HTTP/1.1\r\nHost: a\r\n" + CHUNKED + b"\r\n", b"no size\r\n")
    head, _, body = bytes(connection.wire.written).partition(b"\r\n\r\n")
    assert (head[:12], body) == (b"HTTP/1.1 400", b"")


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
