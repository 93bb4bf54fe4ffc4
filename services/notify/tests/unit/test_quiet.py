"""Tests quiet hours against a look at each minute, in zones whose clocks do what clocks do."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chassis.time_zones import zone_of
from notify.notifications.quiet import QuietHours, quiet_until
from notify.notifications.wanted import AtTime

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
#: a change of the clock, and the days around it
CHANGES = [
    ("Africa/Cairo", date(2026, 4, 24)),  # no midnight
    ("Africa/Cairo", date(2026, 10, 29)),  # 23:00 twice
    ("America/Havana", date(2026, 3, 8)),  # no midnight
    ("America/Havana", date(2026, 11, 1)),  # 00:00 twice
    ("America/Santiago", date(2026, 9, 6)),
    ("America/Santiago", date(2026, 4, 4)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),  # half an hour
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("America/Nuuk", date(2026, 3, 28)),
    ("America/Nuuk", date(2026, 10, 24)),
    ("Pacific/Apia", date(2011, 12, 30)),  # not there at all
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
]
EVERY_DAY = frozenset(range(7))
walls = st.builds(time, st.integers(0, 23), st.integers(0, 59))
near_midnight = st.builds(time, st.sampled_from([22, 23, 0, 1, 2, 3]), st.sampled_from([0, 1, 15, 29, 30, 31, 59]))


@cache
def scanned(zone: str, day: date) -> list[tuple[datetime, datetime]]:
    """Returns each minute of the days around a date, with what the clock on the wall shows."""
    begin = datetime.combine(day - 4 * DAY, time(), UTC)
    minutes = [begin + number * MINUTE for number in range(9 * 24 * 60)]
    return [(minute, minute.astimezone(zone_of(zone)).replace(tzinfo=None)) for minute in minutes]


@cache
def shown(zone: str, day: date) -> dict[datetime, list[datetime]]:
    """Returns the minutes at which the clock on the wall shows each time."""
    found: dict[datetime, list[datetime]] = {}
    for minute, wall in scanned(zone, day):
        found.setdefault(wall, []).append(minute)
    return found


def looked_up(zone: str, around: date, wanted: datetime) -> tuple[datetime, datetime]:
    """Returns the first and the last moment of a wall time; where there is none, the first one whose clock is past."""
    if minutes := shown(zone, around).get(wanted):
        return minutes[0], minutes[-1]
    past = next(minute for minute, wall in scanned(zone, around) if wall > wanted)
    return past, past


def quiet_times(zone: str, around: date, quiet: QuietHours) -> list[tuple[datetime, datetime]]:
    """Returns when it is quiet around a date, by looking at each minute."""
    found = []
    dates = sorted({wall.date() for wall in shown(zone, around)})
    for day in dates[1:-2]:
        if day.weekday() not in quiet.days:
            continue
        start, _ = looked_up(zone, around, datetime.combine(day, quiet.start))
        ends_on = day if quiet.end > quiet.start else day + DAY
        _, end = looked_up(zone, around, datetime.combine(ends_on, quiet.end))
        found.append((start, end))
    return found


@settings(deadline=None)
@given(
    change=st.sampled_from(CHANGES),
    start=near_midnight | walls,
    end=near_midnight | walls,
    days=st.frozensets(st.integers(0, 6), min_size=1) | st.just(EVERY_DAY),
    after=st.integers(-24 * 60, 36 * 60),
)
@example(change=CHANGES[3], start=time(1, 0), end=time(0, 30), days=EVERY_DAY, after=5 * 60)
@example(change=CHANGES[12], start=time(2, 45), end=time(2, 30), days=EVERY_DAY, after=0)
@example(change=CHANGES[10], start=time(22), end=time(7), days=EVERY_DAY, after=10 * 60)
def test_it_is_quiet_when_a_look_at_each_minute_says_so(
    change: tuple[str, date], start: time, end: time, days: frozenset[int], after: int
) -> None:
    if start == end:
        end = time((start.hour + 1) % 24, start.minute)
    zone, day = change
    quiet = QuietHours(start, end, days)
    moment = datetime.combine(day, time(), UTC) + after * MINUTE
    times = quiet_times(zone, day, quiet)
    until = moment
    while any(start <= until < end for start, end in times):
        until += MINUTE
    if until < scanned(zone, day)[-1][0] - 2 * DAY:
        assert quiet_until(quiet, zone_of(zone), moment) == until


@settings(deadline=None)
@given(change=st.sampled_from(CHANGES), at=near_midnight | walls, after=st.integers(-24 * 60, 36 * 60))
def test_a_reminder_comes_when_a_look_at_each_minute_says_so(change: tuple[str, date], at: time, after: int) -> None:
    zone, day = change
    moment = datetime.combine(day, time(), UTC) + after * MINUTE
    dates = sorted({wall.date() for _, wall in scanned(zone, day)})[1:-2]
    due = [looked_up(zone, day, datetime.combine(each, at))[0] for each in dates]
    expected = min(each for each in due if each > moment)
    assert AtTime(at, EVERY_DAY).after(zone_of(zone), moment) == expected


@pytest.mark.parametrize(
    ("start", "end", "at", "until"),
    [
        (time(22), time(7), "2026-11-29T23:30", "2026-11-30T07:00"),
        (time(22), time(7), "2026-11-30T06:59", "2026-11-30T07:00"),
        (time(22), time(7), "2026-11-30T07:00", "2026-11-30T07:00"),
        (time(22), time(7), "2026-11-30T22:00", "2026-12-01T07:00"),
        (time(22), time(7), "2026-11-30T21:59", "2026-11-30T21:59"),
        (time(13), time(14), "2026-11-30T13:15", "2026-11-30T14:00"),
        (time(0), time(7), "2026-11-30T00:00", "2026-11-30T07:00"),
    ],
)
def test_quiet_hours_hold_their_start_and_not_their_end(start: time, end: time, at: str, until: str) -> None:
    found = quiet_until(QuietHours(start, end, EVERY_DAY), zone_of("UTC"), datetime.fromisoformat(f"{at}Z"))
    assert found == datetime.fromisoformat(f"{until}Z")


def test_a_night_belongs_to_the_day_on_which_it_begins() -> None:
    quiet = QuietHours(time(22), time(7), frozenset({5}))  # Saturdays
    zone = zone_of("Europe/Berlin")
    saturday, sunday = datetime(2026, 11, 28, 22, tzinfo=UTC), datetime(2026, 11, 29, 5, 59, tzinfo=UTC)
    assert quiet_until(quiet, zone, saturday) == quiet_until(quiet, zone, sunday) == sunday + MINUTE
    assert quiet_until(quiet, zone, saturday - DAY) == saturday - DAY
    assert quiet_until(quiet, zone, sunday + DAY) == sunday + DAY


def test_a_date_that_a_zone_left_out_has_no_quiet_hours_and_no_reminder() -> None:
    zone, friday = zone_of("Pacific/Apia"), frozenset({4})
    before = datetime(2011, 12, 29, tzinfo=UTC)
    missing = datetime(2011, 12, 30, 10, tzinfo=UTC)  # the first moment of Saturday
    assert quiet_until(QuietHours(time(0), time(12), friday), zone, missing) == missing
    assert AtTime(time(19), friday).after(zone, before) == datetime(2012, 1, 6, 5, tzinfo=UTC)
