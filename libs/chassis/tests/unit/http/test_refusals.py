"""Refusals below the application are problem documents, which pages of listed origins can read."""

from __future__ import annotations

import json
import logging
import re

import pytest
from structlog.testing import capture_logs

from chassis.http.places import Places
from chassis.observe import metrics
from chassis.observe.logs import add_bound
from chassis.settings import HttpTimeouts
from libs.chassis.tests.unit.http.test_head import LARGE
from libs.chassis.tests.unit.http.wire import (
    CHUNKED,
    GET,
    LENGTH,
    POST,
    REFUSED,
    Application,
    Connection,
)


@pytest.mark.parametrize("case", LARGE)
async def test_a_head_that_is_too_large_is_refused(case: str) -> None:
    status, head = LARGE[case]
    connection = Connection(Application())

    def refused() -> float:
        return metrics.REGISTRY.get_sample_value("voxbus_http_refused_total", {"status": str(status)}) or 0.0

    before = refused()
    await connection.send(*(head[at : at + 65_536] for at in range(0, len(head), 65_536)))
    assert connection.problem() == (status, {414: "/problems/url-too-long", 431: "/problems/head-too-large"}[status])
    assert connection.wire.end == "half"
    assert refused() - before == 1


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


async def test_an_application_learns_that_the_rest_of_a_body_is_no_http() -> None:
    app = Application()
    connection = Connection(app)
    await connection.send(POST + CHUNKED + b"\r\n5\r\nhello\r\n", b"no size\r\n")
    assert connection.problem() == (400, "/problems/bad-request")
    assert (app.seen, app.gone) == ([], ["/a"])


@pytest.mark.parametrize("sent", [POST + LENGTH + b"\r\nhe", POST + CHUNKED + b"\r\n5\r\nhello\r\n", POST + b"Host"])
async def test_a_client_that_ends_its_side_within_a_request_is_told_so(sent: bytes) -> None:
    app = Application()
    connection = Connection(app)
    await connection.send(GET, sent)
    connection.end_sending()
    await connection.send()
    [(good, _, _), (bad, fields, body)] = connection.answers()
    assert (good, bad, fields["connection"]) == (200, 400, "close")
    assert json.loads(body)["detail"] == "It ended before its head or its body did."
    assert connection.wire.end == "closed"
    assert app.seen == [("/a", b"")]


@pytest.mark.parametrize("sent", [b"", GET, REFUSED + LENGTH + b"\r\nhe"])
async def test_a_client_that_ends_its_side_otherwise_is_told_nothing_more(sent: bytes) -> None:
    connection = Connection(Application())
    await connection.send(*([sent] if sent else []))
    before = bytes(connection.wire.written)
    connection.end_sending()
    assert connection.wire.written == before
    assert connection.wire.end == "closed"


async def test_a_broken_application_is_a_problem_document_and_one_line_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    connection = Connection(Application())
    await connection.send(b"GET /broken HTTP/1.1\r\nHost: a\r\n\r\n")
    assert connection.problem() == (500, "/problems/internal")
    assert connection.wire.end == "closed"
    assert [record.levelno for record in caplog.records if record.levelno > logging.INFO] == [logging.ERROR]


async def test_a_refusal_has_a_request_id_that_a_log_line_carries() -> None:
    with capture_logs(processors=[add_bound]) as lines:
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
