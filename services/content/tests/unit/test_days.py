"""Tests days: their bounds in zones whose clocks skip, repeat and jump, and that they cover all time once."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.time_zones import VERSION, names, zone_of
from content.days import Calendar, Days, Setting

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
#: zone, day start, date, begin in UTC, hours: of each zone the days whose clocks change, by tz data of 2026f
TABLE = """
UTC                    00:00 2026-03-29 2026-03-29T00:00 24
Europe/Berlin          00:00 2026-03-29 2026-03-28T23:00 23
Europe/Berlin          02:30 2026-03-29 2026-03-29T01:00 23.5
Europe/Berlin          02:30 2026-10-25 2026-10-25T00:30 25
Europe/London          00:00 2026-10-25 2026-10-24T23:00 25
Europe/Chisinau        03:30 2026-03-29 2026-03-29T01:00 23.5
America/New_York       00:00 2026-03-08 2026-03-08T05:00 23
America/New_York       01:30 2026-11-01 2026-11-01T05:30 25
America/Vancouver      00:00 2026-11-01 2026-11-01T07:00 24
America/Havana         00:00 2026-03-08 2026-03-08T05:00 23
America/Havana         00:00 2025-11-02 2025-11-02T04:00 25
America/Havana         00:30 2025-11-02 2025-11-02T04:30 25
America/Santiago       00:00 2026-09-06 2026-09-06T04:00 23
America/Santiago       00:00 2026-04-04 2026-04-04T03:00 25
America/Nuuk           00:00 2026-10-24 2026-10-24T01:00 25
America/Sao_Paulo      06:00 2026-02-15 2026-02-15T09:00 24
Africa/Cairo           00:00 2026-04-24 2026-04-23T22:00 23
Africa/Cairo           00:00 2026-10-29 2026-10-28T21:00 25
Africa/Casablanca      00:00 2026-09-21 2026-09-21T00:00 24
Asia/Beirut            00:00 2026-03-29 2026-03-28T22:00 23
Asia/Kolkata           00:00 2026-06-01 2026-05-31T18:30 24
Asia/Kathmandu         04:00 2026-06-01 2026-05-31T22:15 24
Asia/Tokyo             00:00 2026-06-01 2026-05-31T15:00 24
Atlantic/Azores        00:00 2026-03-29 2026-03-29T01:00 23
Australia/Lord_Howe    02:15 2026-10-04 2026-10-03T15:30 23.75
Australia/Lord_Howe    00:00 2026-04-05 2026-04-04T13:00 24.5
Pacific/Apia           00:00 2011-12-29 2011-12-29T10:00 24
Pacific/Apia           00:00 2011-12-31 2011-12-30T10:00 24
Pacific/Chatham        02:45 2026-09-27 2026-09-26T14:00 23
Pacific/Kiritimati     00:00 2026-01-01 2025-12-31T10:00 24
"""
ROWS = [row.split() for row in TABLE.strip().splitlines()]
ZONES = sorted({zone for zone, *_ in ROWS})
starts = st.integers(0, 360).map(lambda minutes: time(minutes // 60, minutes % 60))
moments = st.datetimes(datetime(2008, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))


def test_the_table_has_twenty_zones() -> None:
    assert len(ZONES) >= 20


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]} {row[1]} {row[2]}")
def test_a_day_begins_and_ends_where_the_table_says(row: list[str]) -> None:
    zone, start, day, begin, hours = row
    days = Days(zone, time.fromisoformat(start))
    begins = datetime.fromisoformat(begin).replace(tzinfo=UTC)
    assert days.at(begins) == (date.fromisoformat(day), begins, begins + float(hours) * HOUR), VERSION
    assert days.at(begins - timedelta(microseconds=1)).day < date.fromisoformat(day)


def _begin_by_looking(zone: str, start: time, day: date) -> datetime:
    """Returns the first minute whose wall clock has reached the day and its start, by looking at each from far off."""
    wall, moment = datetime.combine(day, start), datetime.combine(day, start, UTC) - 40 * HOUR
    for step in (HOUR, timedelta(minutes=1)):
        while (moment + step).astimezone(zone_of(zone)).replace(tzinfo=None) < wall:
            moment += step
    return moment + timedelta(minutes=1)


@given(st.sampled_from(sorted(names() - {"Factory"})), starts, st.dates(date(2008, 1, 1), date(2030, 1, 1)))
def test_a_day_begins_at_the_first_moment_whose_wall_clock_has_reached_it(zone: str, start: time, day: date) -> None:
    assert Days(zone, start).begin(day) == _begin_by_looking(zone, start, day)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]} {row[1]} {row[2]}")
def test_days_around_a_change_begin_at_the_first_such_moment(row: list[str]) -> None:
    zone, start, day = row[0], time.fromisoformat(row[1]), date.fromisoformat(row[2])
    for each in (day - DAY, day, day + DAY):
        assert Days(zone, start).begin(each) == _begin_by_looking(zone, start, each)


@given(st.sampled_from(ZONES), starts, moments)
def test_each_moment_is_in_one_day(zone: str, start: time, moment: datetime) -> None:
    days = Days(zone, start)
    day, begin, end = days.at(moment)
    assert begin <= moment < end
    assert days.at(end).begin == end
    assert days.at(end).day > day
    assert 22 * HOUR <= end - begin <= 26 * HOUR


def test_a_date_that_the_zone_left_out_has_no_moment() -> None:
    days, before = Days("Pacific/Apia"), datetime(2011, 12, 30, 9, 59, 59, tzinfo=UTC)
    assert days.begin(date(2011, 12, 30)) == days.begin(date(2011, 12, 31))
    assert days.at(before).day == date(2011, 12, 29)
    assert days.at(before + timedelta(seconds=1)).day == date(2011, 12, 31)
    calendar = Calendar([Setting(datetime(2010, 1, 1, tzinfo=UTC), "Pacific/Apia", time(0))])
    assert calendar.length(date(2011, 12, 30), datetime(2012, 1, 9, tzinfo=UTC)) == timedelta()
    assert calendar.length(date(2011, 12, 31), datetime(2012, 1, 9, tzinfo=UTC)) == DAY


changes = st.lists(st.builds(Setting, moments, st.sampled_from(ZONES), starts), max_size=6)


@given(changes, st.lists(moments, max_size=20))
def test_dates_in_a_row_are_those_of_each_moment(settings: list[Setting], moments: list[datetime]) -> None:
    calendar = Calendar(settings)
    near = [moment + offset for moment in moments for offset in (DAY * 0, HOUR * 7, DAY, DAY * 2)]
    ordered = sorted([*near, *(each.since for each in settings)])
    assert [*calendar.dates(ordered)] == [calendar.today(moment).day for moment in ordered]


@given(changes, moments, st.integers(1, 40))
def test_what_was_lived_of_all_dates_is_all_the_time(settings: list[Setting], moment: datetime, days: int) -> None:
    """Checks it from a midnight in UTC on: no zone has begun a date then that the next days do not hold."""
    begin = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    near = [each._replace(since=begin + (each.since - begin) % (days * DAY)) for each in settings]
    calendar, end = Calendar(near), begin + days * DAY
    dates = [begin.date() + n * DAY for n in range(-3, days + 4)]
    lived = sum((calendar.length(day, end) - calendar.length(day, begin) for day in dates), timedelta())
    assert lived == days * DAY


def test_before_the_first_setting_the_zone_is_utc() -> None:
    calendar = Calendar([Setting(datetime(2026, 5, 1, tzinfo=UTC), "Asia/Tokyo", time(4))])
    assert calendar.today(datetime(2026, 4, 30, 23, tzinfo=UTC)).day == date(2026, 4, 30)
    assert calendar.today(datetime(2026, 5, 1, 19, tzinfo=UTC)).day == date(2026, 5, 2)


def test_zones_come_from_the_wheel_alone() -> None:
    for strange in ("Europe/Atlantis", "../../etc/passwd", "", "posixrules", "zone.tab", "Europe"):
        with pytest.raises(ValueError, match="time zone"):
            zone_of(strange)
    assert {zone_of(name).key for name in names()} == names()
