"""Tests that no token, key, password or address gets into the log, whoever writes the line and however it fails."""

from __future__ import annotations

import io
import json
import logging
import string
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis import redact
from chassis.console import notify_operator
from chassis.observe import logs
from chassis.observe.logs import configure_logs, logger
from chassis.redact import hide, redacted

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
RANDOM = "x7RkQ2mZ9vLpT4wBn8Yc1Hd6Gf3Js5Ka0UeWiOq-_zM"
PERSON = UUID("018f6a1e-0000-7000-8000-000000000002")


@pytest.mark.parametrize(
    "secret",
    [
        JWT,
        RANDOM,
        "ada.lovelace+x@mail.example.org",
        "müller@example.org",
        "203.0.113.77",
        "2001:db8::17",
        "2001:db8:0:0:1:2:3:4",
        "whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0",
        "sk-ant-api03-aaaaaaaaaaaaaaaaaaaaaaaa",
        "5f" * 32,
    ],
)
@pytest.mark.parametrize("around", ["{}", "got {} here", "'{}'", "({}),", "x={}&y=1", "at {}."])
def test_what_looks_like_a_secret_or_an_address_is_taken_out(secret: str, around: str) -> None:
    assert secret not in redacted(around.format(secret))


@given(st.text(alphabet=string.ascii_letters + string.digits, max_size=17))
def test_no_shape_of_a_secret_fits_a_short_word(word: str) -> None:
    """Holds the shortcut of `redacted`, which compares such a word with the secrets that are known alone."""
    assert redacted(word) == word
    assert not any(pattern.search(word) for pattern, _ in redact._PATTERNS)
    assert not redact._NETWORK_ADDRESS.search(word)


@given(st.from_regex(redact._PLAIN, fullmatch=True) | st.from_regex(redact._VENDOR_KEY, fullmatch=True))
def test_no_shape_of_a_secret_fits_what_is_plain(text: str) -> None:
    """Holds the other shortcut, for names of ours, ids and times: what it leaves as it is has no such shape."""
    is_left = redact._PLAIN.fullmatch(text) is not None and redact._VENDOR_KEY.search(text) is None
    has_shape = any(pattern.search(text) for pattern, _ in redact._PATTERNS) or redact._NETWORK_ADDRESS.search(text)
    assert not (is_left and has_shape)


@pytest.mark.parametrize("key", ["sk-abcdefghijklmnopqrst", "whsec-abcdefghijklmnop", "/gho-abcdefghijklmnop"])
def test_a_key_of_small_letters_is_taken_out(key: str) -> None:
    assert "abcdefgh" not in redacted(key)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Authorization: Bearer abcdefgh", "Authorization: [removed] abcdefgh"),
        ("calls with bearer abcdefgh123", "calls with bearer [removed]"),
        ("amqp://voxbus:hunter2@10.0.0.7:5672/", "amqp://[removed]@[address]:5672/"),
        ("postgresql://voxbus:hunter2@db.internal/x", "postgresql://[removed]@db.internal/x"),
        ('{"password": "hunter2", "name": "x"}', '{"password": "[removed]", "name": "x"}'),
        ("/account/reset#token=hunter2", "/account/reset#token=[removed]"),
        ("client_secret=hunter2&x=1", "client_secret=[removed]&x=1"),
    ],
)
def test_what_stands_beside_the_name_of_a_secret_is_taken_out(text: str, left: str) -> None:
    assert "hunter2" not in redacted(text)
    if not text.startswith("Authorization"):
        assert redacted(text) == left


@pytest.mark.parametrize(
    "text",
    [
        f"job {PERSON} of gateway.recorder",
        "http://127.0.0.1:8000 and ::1 and 0.0.0.0",
        "voxbus_forwarded_seconds at hop.py:12 send < serve.py:7 call",
        "2026-11-28T12:05:58.123456Z 12:05:58",
        "trace 4bf92f3577b34da6a3ce929d0e0e4736",
        "chassis.storage.errors.DatabaseAway at database.py:96 fetch",
        "POST /auth/password/reset",
        "a@b is no address, nor is 1.2.3.4.5",
    ],
)
def test_what_an_operator_needs_stays(text: str) -> None:
    assert redacted(text) == text


def test_a_secret_that_the_process_has_read_is_known_whatever_it_looks_like() -> None:
    hide("correct horse battery staple")
    hide("postgresql://voxbus:tr0ub4dor%26three@db/voxbus")
    assert redacted("it was correct horse battery staple.") == "it was [removed]."
    assert redacted("tried tr0ub4dor%26three and tr0ub4dor&three") == "tried [removed] and [removed]"
    hide("short")
    assert redacted("short") == "short"
    hide("correct horse battery staple 2")
    assert redacted("it was correct horse battery staple 2") == "it was [removed]"


def test_a_weak_secret_does_not_hide_the_name_by_which_others_are_found() -> None:
    hide("postgresql://user:password@db/voxbus")
    assert redacted('{"password": "hunter2"} of postgresql://user:password@db') == (
        '{"password": "[removed]"} of postgresql://[removed]@db'
    )


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Provides what the log writes, in JSON, and restores the log at the end."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configure_logs("json")
    written = io.StringIO()
    assert isinstance(root.handlers[0], logging.StreamHandler)
    root.handlers[0].setStream(written)
    yield written
    root.handlers[:] = handlers
    root.setLevel(level)


def parsed(lines: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def test_what_an_operator_is_told_is_json_beside_a_log_in_json(
    lines: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    notify_operator("ready at http://127.0.0.1:8000")
    told = json.loads(capsys.readouterr().err)
    assert (told["event"], told["level"]) == ("ready at http://127.0.0.1:8000", "info")
    logger("toys").info("ready")
    assert parsed(lines)[-1].keys() == told.keys()


def test_a_line_is_made_once_for_all_that_write_it(
    lines: io.StringIO, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []

    def making(value: object, name: str = "") -> object:
        made.append(name)
        return redact.redacted_value(value, name)

    monkeypatch.setattr(logs, "redacted_value", making)
    file = tmp_path / "voxbus.log"
    configure_logs("json", file=file)
    handler = logging.getLogger().handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(lines)
    logger("toys").info("ready", tries=3)
    logging.getLogger("foreign").warning("of %s", "another")
    assert file.read_text() == lines.getvalue()
    assert [line["event"] for line in parsed(lines)] == ["ready", "of another"]
    assert made.count("event") == 2
    logging.getLogger().handlers[1].close()


def test_each_part_of_a_line_passes_the_filter(lines: io.StringIO) -> None:
    logger("toys").info(
        f"signed in with {JWT}",
        person=PERSON,
        email="ada",
        password="hunter2",
        seen={"from": ["203.0.113.77"], "ada@example.org": {"token": "hunter2"}},
        error=ValueError("hunter2"),
        tries=3,
    )
    [line] = parsed(lines)
    text = lines.getvalue()
    assert not any(each in text for each in (JWT, "hunter2", "203.0.113.77", "ada@", '"ada"'))
    assert (line["error"], line["tries"], line["level"]) == ("builtins.ValueError", 3, "info")
    assert str(PERSON) in text


def test_what_another_library_logs_passes_it_too_without_a_text_of_an_error(lines: io.StringIO) -> None:
    log = logging.getLogger("somebody.else")
    try:
        try:
            raise ValueError("inner hunter2")
        except ValueError as error:
            raise RuntimeError("outer hunter2") from error
    except RuntimeError:
        log.exception("no login for %s from %s", "ada@example.org", "203.0.113.77", stack_info=True)
        logger("toys").exception("neither here")
    first, second = parsed(lines)
    assert first["event"] == "no login for [address] from [address]"
    for line in (first, second):
        assert line["exception"].startswith("builtins.RuntimeError at test_logs.py:")
        assert "caused by builtins.ValueError at test_logs.py:" in line["exception"]
    assert "hunter2" not in lines.getvalue()
    assert "Traceback" not in lines.getvalue()


_UNCAUGHT = """
import logging, sys, threading, warnings
from pathlib import Path
from chassis.observe.logs import configure_logs, log_uncaught

configure_logs("json", file=Path("/dev/full"))
log_uncaught()

def fail():
    try:
        raise ValueError("inner hunter2")
    except ValueError as error:
        raise RuntimeError("outer hunter2") from error

class Fails:
    def __del__(self):
        fail()

for number in range(3):
    logging.getLogger("somebody").warning("password=hunter2 %s", number)
logging.getLogger("somebody").warning("%d lines for ada@example.org", "no number")
thread = threading.Thread(target=fail)
thread.start()
thread.join()
Fails()
warnings.warn("password=hunter2")
fail()
"""


def test_python_itself_prints_no_traceback_past_the_filter() -> None:
    """Starts a process of its own, whose log file is full and in which nothing catches an error."""
    done = subprocess.run([sys.executable, "-c", _UNCAUGHT], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert not any(each in done.stderr + done.stdout for each in ("hunter2", "Traceback", "ada@example.org"))
    events = [json.loads(line)["event"] for line in done.stderr.splitlines()]
    assert events.count("the log file cannot be written") == 1
    assert [event for event in events if event.startswith("an error")] == [
        "an error that nothing caught has ended a thread",
        "an error could not be raised",
        "an error that nothing caught has ended the process",
    ]


def test_a_log_file_that_works_again_is_written_and_its_next_failure_told(tmp_path: Path) -> None:
    script = (
        "import logging, sys\n"
        "from pathlib import Path\n"
        "from chassis.observe.logs import configure_logs\n"
        "configure_logs('json', file=Path('/dev/full'))\n"
        "log, file = logging.getLogger('toys'), logging.getLogger().handlers[1]\n"
        "full, works = file.stream, open(sys.argv[1], 'w')\n"
        "for stream in (full, full, works, full):\n"
        "    file.stream = stream\n"
        "    log.warning('a line')\n"
        "file.stream = works\n"
    )
    path = tmp_path / "works.log"
    done = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True)
    events = [json.loads(line)["event"] for line in done.stderr.splitlines()]
    assert events.count("the log file cannot be written") == 2
    assert path.read_text().count("a line") == 1
