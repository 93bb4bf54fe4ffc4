"""Tests that the end of a process waits for none who takes traces, logs and reports and does not answer."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from threading import Barrier, Event

import pytest

from chassis.observe import outside
from chassis.observe.logs import logger
from chassis.observe.traces import configure_traces, span
from chassis.settings import Settings


def test_all_are_ended_side_by_side() -> None:
    both, ended = Barrier(2, timeout=10), list[int]()

    def end() -> None:
        ended.append(both.wait())

    outside.end_all({"traces": end, "logs": end}, seconds=10)
    assert sorted(ended) == [0, 1]


def test_one_that_does_not_end_is_left_and_named(caplog: pytest.LogCaptureFixture) -> None:
    never, ended = Event(), list[str]()
    outside.end_all({"traces": lambda: ended.append(str(never.wait())), "logs": lambda: ended.append("logs")}, 0.05)
    assert ended == ["logs"]
    [line] = [record.msg for record in caplog.records if record.name == outside.__name__]
    assert isinstance(line, dict) and line["of"] == ["traces"]
    never.set()


@pytest.fixture
def threads_end() -> Iterator[None]:
    """Waits for the threads that a test leaves: they go on trying, by the same random numbers as later tests."""
    before = {*threading.enumerate()}
    yield
    for left in {*threading.enumerate()} - before:
        left.join(30)


@pytest.mark.usefixtures("threads_end")
def test_receivers_that_never_answer_hold_up_no_end(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    # the libraries' own ends wait for 30 s, 30 s and 2 s here
    monkeypatch.setattr(outside, "END_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        settings = Settings(
            data_dir=tmp_path,
            otlp_url=f"http://127.0.0.1:{port}",
            otlp_logs=True,
            sentry_dsn=f"http://key@127.0.0.1:{port}/1",
        )
        end = outside.tell_outside("demo", settings)
        for _ in range(600):
            with span("work"):
                pass
        with caplog.at_level(logging.INFO):
            logger("demo").info("a line")
            logger("demo").error("it failed", exc_info=ValueError("canary"))
            end()
    configure_traces("test", None)
    [line] = [record.msg for record in caplog.records if record.name == outside.__name__]
    assert isinstance(line, dict) and line["of"] == ["traces", "logs", "reports"]


def test_gateways_draw_by_one_key_and_a_service_without_the_secret_by_its_own(tmp_path: Path) -> None:
    first, second = (
        Settings(data_dir=tmp_path, otlp_url="http://collector:4318", secret_key=key, database_url="postgresql://x/y")
        for key in ("a" * 40, None)
    )
    embedded = Settings(data_dir=tmp_path, otlp_url="http://collector:4318")
    assert outside._sampling_key(first) == outside._sampling_key(first.model_copy()) != b"a" * 40
    assert outside._sampling_key(second) is None
    assert outside._sampling_key(embedded) == outside._sampling_key(embedded) != outside._sampling_key(first)
    assert outside._sampling_key(Settings(data_dir=tmp_path)) is None
