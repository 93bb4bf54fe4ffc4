"""Tests how the table of what is kept is read, said in words, and shortened."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chassis.errors import SettingsError
from chassis.privacy.retention import in_words, read_periods, retention, retention_of
from chassis.settings import Settings


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(30, "30 s"), (600, "10 min"), (3600, "1 h"), (86400, "24 h"), (7 * 86400, "7 d"), (1095 * 86400, "1,095 d")],
)
def test_periods_are_said_as_people_say_them(seconds: int, words: str) -> None:
    assert in_words(timedelta(seconds=seconds)) == words


def test_a_table_has_one_class_and_columns_may_have_their_own() -> None:
    table = retention()
    assert table.class_of("speech", "assessments") == "assessment"
    assert table.columns_of("speech", "assessments") == {"transcript": "transcript"}
    assert table.class_of("gateway", "security_events") == "security_event"
    assert table.class_of("notify", "inbox") == "job_log"
    assert table.class_of("content", "twisters") is None
    assert table.names("content", "twisters")
    assert not table.names("content", "diaries")


def test_a_period_is_shortened_for_whoever_has_it() -> None:
    table = retention().shortened(read_periods('{"transcript": "400d", "security_event": "7d"}'))
    assert table.classes["transcript"].period == "400 d; a child's 365 d"
    assert {each.keep for each in table.holders("gateway") if each.kind == "security_event" and each.clock} == {
        timedelta(days=7)
    }
    assert retention().classes["transcript"].period == "730 d; a child's 365 d"


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ('{"notification": "91d"}', "may only shorten: notification is kept for 90 d at most"),
        ('{"mailed_link": "0s"}', "may only shorten: mailed_link"),
        ('{"diary": "1d"}', "names no class 'diary'"),
        ('{"notification": "0.5d"}', "must have times such as"),
        ('{"notification": 5}', "must be JSON such as"),
        ('{"notification": "²d"}', "must have times such as"),
        ('["notification"]', "must be JSON such as"),
        ("notification", "must be JSON such as"),
    ],
)
def test_a_period_is_never_longer(setting: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        retention().shortened(read_periods(setting))


def test_a_longer_period_ends_the_start_with_a_sentence_that_names_the_setting() -> None:
    assert retention_of(Settings(retention='{"feedback": "7d"}')).classes["feedback"].child == timedelta(days=7)
    with pytest.raises(SettingsError, match="VOXBUS_RETENTION is wrong: may only shorten: feedback is kept for 730 d"):
        retention_of(Settings(retention='{"feedback": "731d"}'))
    with pytest.raises(SettingsError, match="makes account too short: 60 d at least"):
        retention_of(Settings(retention='{"account": "30d"}'))
