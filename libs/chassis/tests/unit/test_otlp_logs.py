"""Tests that log lines reach a collector as they are written: with trace and job, and without what none may hold."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from chassis.observe.logs import add_handler, bound, logger
from chassis.observe.otlp import log_handler

CANARY = "kanarienvogel"


@pytest.fixture
def bodies() -> Iterator[tuple[str, list[bytes]]]:
    """Takes requests on loopback; provides the address and the bodies."""
    found: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            found.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    serving = Thread(target=server.serve_forever)
    serving.start()
    yield f"http://127.0.0.1:{server.server_port}", found
    server.shutdown()
    serving.join()
    server.server_close()


def test_lines_are_sent_with_trace_and_job_and_without_an_errors_text(bodies: tuple[str, list[bytes]]) -> None:
    url, found = bodies
    handler = log_handler(url, "demo")
    add_handler(handler)
    with bound(trace="0af7651916cd43dd8448eb211c80319c", job="one"):
        logger("demo").warning("it failed", exc_info=ValueError(CANARY), password=CANARY, count=3)
    logger("demo").info("after")
    handler.close()
    records = [
        record
        for body in found
        for resource in ExportLogsServiceRequest.FromString(body).resource_logs
        for scope in resource.scope_logs
        for record in scope.log_records
    ]
    # the log may say just now what other tests have repeated
    failed, after = [
        each for each in records if ("logger", "demo") in [(a.key, a.value.string_value) for a in each.attributes]
    ]
    assert (failed.body.string_value, failed.severity_text, after.body.string_value) == (
        "it failed",
        "warning",
        "after",
    )
    told = {each.key: each.value.string_value for each in failed.attributes}
    assert told == {
        "trace": "0af7651916cd43dd8448eb211c80319c",
        "job": "one",
        "logger": "demo",
        "exception": "builtins.ValueError at ",
        "password": "[removed]",
        "count": "3",
    }
    assert CANARY.encode() not in b"".join(found)


def test_a_line_that_cannot_be_sent_is_dropped_and_whoever_logs_does_not_fail(
    capsys: pytest.CaptureFixture[str],
) -> None:
    handler = log_handler("http://127.0.0.1:9", "demo")
    handler.setFormatter(logging.Formatter("no JSON: %(message)s"))
    handler.emit(logging.LogRecord("demo", logging.ERROR, "", 0, CANARY, None, None))
    handler.close()
    assert CANARY not in capsys.readouterr().err


def test_what_the_exporter_and_its_http_library_say_is_not_sent(bodies: tuple[str, list[bytes]]) -> None:
    url, found = bodies
    handler = log_handler(url, "demo")
    add_handler(handler)
    for name in ("opentelemetry.exporter", "urllib3.connectionpool", "requests", "requests_of_ours"):
        logging.getLogger(name).error(f"sent by {name}")
    handler.close()
    assert b"sent by requests_of_ours" in b"".join(found)
    assert b"".join(found).count(b"sent by ") == 1  # what other tests have repeated may come with it
