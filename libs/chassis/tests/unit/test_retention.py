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


def test_who_was_erased_is_remembered_as_long_as_the_oldest_backup_and_a_month_more() -> None:
    assert retention_of(Settings()).classes["erasure_ledger"].keep == timedelta(days=60)
    table = retention_of(Settings(backups_kept=timedelta(days=90)))
    assert {each.keep for each in table.holders("speech") if each.table == "erased_people"} == {timedelta(days=120)}
    assert table.classes["erasure_ledger"].period == "120 d: as long as the oldest backup, and 30 d more"
    with pytest.raises(SettingsError, match="makes erasure_ledger too short: 120 d at least"):
        retention_of(Settings(backups_kept=timedelta(days=90), retention='{"erasure_ledger": "60d"}'))


def test_a_table_of_one_service_goes_before_the_same_of_any() -> None:
    of = {name: [h for h in retention().holders(name) if h.table == "erased_people"] for name in ("gateway", "speech")}
    assert [each.by for each in of["gateway"]] == ["goes with the ledger's lines"]
    assert [each.by for each in of["speech"]] == [None]


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
