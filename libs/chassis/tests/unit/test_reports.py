"""Tests what a report of an error says, and that it says nothing else."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import asdict

from chassis.observe.logs import bound, logger
from chassis.observe.reports import ErrorReport, reporting

CANARY, ADDRESS, AGENT = "kanarienvogel", "203.0.113.77", "Mozilla/5.0 (kanarienvogel)"


def fail() -> None:
    try:
        raise ValueError(CANARY)
    except ValueError as error:
        raise RuntimeError(f"{CANARY} from {ADDRESS}") from error


def reported(*, foreign: bool = False) -> list[ErrorReport]:
    found: list[ErrorReport] = []
    with reporting(found.append), bound(trace="0af7651916cd43dd8448eb211c80319c", job="018f6a1e", person="018f"):
        try:
            fail()
        except RuntimeError:
            if foreign:
                logging.getLogger("library").exception("refused %s of %s", CANARY, AGENT)
            else:
                logger("voxbus").error("request failed", exc_info=True, body=CANARY, address=ADDRESS, user_agent=AGENT)
                logger("voxbus").error("no error", body=CANARY)
                logger("voxbus").warning("not so bad", exc_info=True)
    return found


def test_a_report_says_where_an_error_arose_and_ids_alone() -> None:
    [report] = reported()
    assert asdict(report) | {"exception": ""} == {
        "logger": "voxbus",
        "exception": "",
        "what": "request failed",
        "trace": "0af7651916cd43dd8448eb211c80319c",
        "job": "018f6a1e",
        "problem": None,
        "group": ("builtins.RuntimeError", "test_reports.py fail"),
    }
    assert "builtins.RuntimeError at test_reports.py" in report.exception
    assert "caused by builtins.ValueError at test_reports.py" in report.exception
    assert not [word for word in (CANARY, ADDRESS, AGENT) if word in str(report)]


def test_of_another_librarys_line_only_the_place_is_reported() -> None:
    [report] = reported(foreign=True)
    assert (report.logger, report.what) == ("library", None)
    assert "RuntimeError" in report.exception and CANARY not in str(report)


async def test_nothing_is_reported_any_more_once_nobody_collects() -> None:
    found: list[ErrorReport] = []
    with reporting(found.append):
        await asyncio.sleep(0)
    logger("voxbus").error("request failed", exc_info=ValueError(CANARY))
    assert found == []
