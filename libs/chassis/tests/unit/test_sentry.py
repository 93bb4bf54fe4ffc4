"""Tests what reaches a receiver of Sentry's envelopes: what a report says, and nothing else, whatever failed."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from chassis.observe import metrics
from chassis.observe.logs import bound, logger
from chassis.observe.reports import ErrorReport, Limited, reporting
from chassis.observe.sentry import SentryReports
from chassis.redact import hide
from chassis.testing import until
from chassis.web.problems import UNAVAILABLE, ProblemError

CANARY, ADDRESS = "kanarienvogel", "203.0.113.77"
TRACE, JOB = "0af7651916cd43dd8448eb211c80319c", "018f6a1e-0000-7000-8000-000000000002"


@contextmanager
def receiving(status: int = 200) -> Iterator[tuple[str, list[bytes]]]:
    """Takes envelopes on loopback; provides a DSN and the bodies."""
    bodies: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            bodies.append(gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body)
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    yield f"http://key@127.0.0.1:{server.server_port}/1", bodies
    server.shutdown()
    serving.join()
    server.server_close()


def reports_to(dsn: str) -> SentryReports:
    return SentryReports(dsn, service="demo", release="voxbus@1", environment="test")


def fail(error: Exception) -> None:
    secret = CANARY  # a local variable, which Sentry's own integrations would send
    try:
        raise ValueError(f"{secret} from {ADDRESS}")
    except ValueError as cause:
        raise error from cause


def events(bodies: list[bytes]) -> list[dict[str, Any]]:
    lines = [line for body in bodies for line in body.split(b"\n") if line]
    return [found for found in map(json.loads, lines) if "exception" in found]


def test_an_error_is_sent_by_type_and_place_grouped_and_without_anything_else() -> None:
    with receiving() as (dsn, bodies):
        send = reports_to(dsn)
        with reporting(Limited(send)), bound(trace=TRACE, job=JOB, person=CANARY):
            for error in (RuntimeError(f"{CANARY} of {ADDRESS}"), ProblemError(UNAVAILABLE, detail=CANARY)):
                try:
                    fail(error)
                except Exception:
                    logger("voxbus").error("request failed", exc_info=True, body=CANARY, address=ADDRESS)
        send.close()
    first, second = events(bodies)
    assert set(first) - {"event_id", "timestamp"} == {
        *("platform", "level", "logger", "logentry", "exception", "tags", "contexts", "fingerprint"),
        *("release", "environment", "sdk"),
    }
    assert first["fingerprint"] == ["builtins.RuntimeError", "test_sentry.py fail"]
    assert second["fingerprint"] == [UNAVAILABLE.type]
    assert first["tags"] == {"service": "demo", "trace": TRACE}
    assert first["contexts"] == {"trace": {"trace_id": TRACE, "span_id": TRACE[:16]}, "job": {"id": JOB}}
    assert (first["release"], first["environment"]) == ("voxbus@1", "test")
    [shown] = first["exception"]["values"]
    assert shown["type"] == "builtins.RuntimeError" and shown["value"].startswith("test_sentry.py:")
    everything = b"".join(bodies).decode()
    for word in (CANARY, ADDRESS, "argv", "site-packages"):
        assert word not in everything, word


def test_what_looks_like_a_secret_is_taken_out_also_of_our_own_words() -> None:
    hide("correct-horse-battery")
    report = ErrorReport(
        logger="x", exception="a.B at correct-horse-battery", what="to ada@example.org", trace=None, job=None
    )
    with receiving() as (dsn, bodies):
        send = reports_to(dsn)
        send(report)
        send.close()
    assert "correct-horse" not in str(events(bodies)) and "ada@" not in str(events(bodies))


def outcomes() -> dict[str, float]:
    [family] = metrics.ERROR_REPORTS.collect()
    return {each.labels["outcome"]: each.value for each in family.samples if each.name.endswith("_total")}


async def test_a_receiver_that_is_down_holds_up_nobody_for_good() -> None:
    # more reports than may wait, and an end with some that no one takes: it would hang
    before = outcomes()["failed"]
    send = reports_to("http://key@127.0.0.1:9/1")
    report = ErrorReport(logger="x", exception="a.B at c", what=None, trace=None, job=None)
    for _ in range(200):
        send(report)
    send.close()

    async def counted() -> bool:
        return outcomes()["failed"] - before == 200

    await until(counted, within=60, what="the thread of the SDK has given up each")


@pytest.mark.parametrize(("status", "outcome"), [(200, "sent"), (429, "failed"), (503, "failed"), (None, "failed")])
def test_a_report_is_counted_as_sent_once_it_is_taken_and_else_as_failed(status: int | None, outcome: str) -> None:
    before = outcomes()
    with receiving(status or 200) as (dsn, _):
        send = reports_to(dsn if status is not None else "http://key@127.0.0.1:9/1")
        send(ErrorReport(logger="x", exception="a.B at c", what=None, trace=None, job=None))
        send.close()
    counted = {name: value - before.get(name, 0) for name, value in outcomes().items()}
    assert {name: value for name, value in counted.items() if value} == {outcome: 1}


def test_a_fault_that_repeats_is_reported_ten_times_a_minute() -> None:
    now, found = 0.0, list[ErrorReport]()
    limited = Limited(found.append, lambda: now)
    for kind in ("one", "two"):
        for _ in range(20):
            limited(ErrorReport(logger="x", exception=kind, what=None, trace=None, job=None, group=(kind,)))
    assert len(found) == 20
    now = 60.0
    limited(ErrorReport(logger="x", exception="one", what=None, trace=None, job=None, group=("one",)))
    assert len(found) == 21
