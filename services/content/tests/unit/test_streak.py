"""Tests the streak: which days count, which are forgiven, and what a change of zone does to them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.days import Calendar, Setting
from content.gamification.streak import MOST_FREEZES, Kept, Streak, explain, streak_of

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
#: a letter a day, from the first done day on
LETTERS = {"done": "d", "open": "o", "excused": "e", "frozen": "f", "missed": "m"}


def _streak(pattern: str, freezes: int = 1) -> Streak:
    """Returns the streak of somebody in UTC who learned at noon of the days with a `d`; the last is today."""
    done = [NEW_YEAR + at * DAY + 12 * HOUR for at, letter in enumerate(pattern) if letter == "d"]
    return explain([], done, NEW_YEAR + (len(pattern) - 1) * DAY + 13 * HOUR, freezes)


def _states(streak: Streak) -> str:
    return "".join(LETTERS[day.state] for day in streak.days)


@pytest.mark.parametrize(
    ("pattern", "freezes", "states", "counts"),
    [
        ("-", 1, "", (0, 0, 1)),
        ("d", 1, "d", (1, 1, 1)),
        ("d-", 1, "do", (1, 1, 1)),
        ("d--", 1, "dfo", (1, 1, 0)),
        ("d---", 1, "dfmo", (0, 1, 0)),
        ("d---", 2, "dffo", (1, 1, 0)),
        ("d-d", 0, "dmd", (1, 1, 0)),
        ("d-d", 1, "dfd", (2, 2, 0)),
        # no freeze is spent where there is no run to save
        ("d--d-d", 1, "dfmdmd", (1, 1, 0)),
        ("ddd--dd", 0, "dddmmdd", (2, 3, 0)),
        # the seventh day of a run earns a freeze, frozen days not counted
        ("ddddddd", 1, "ddddddd", (7, 7, 2)),
        ("ddddddd", 2, "ddddddd", (7, 7, 2)),
        ("dddddd-d", 1, "ddddddfd", (7, 7, 1)),
        ("ddddddd--", 0, "dddddddfo", (7, 7, 0)),
        ("d" * 14 + "---", 0, "d" * 14 + "ffo", (14, 14, 0)),
        ("d" * 21 + "----", 1, "d" * 21 + "ffmo", (0, 21, 0)),
    ],
)
def test_days_make_a_streak(pattern: str, freezes: int, states: str, counts: tuple[int, int, int]) -> None:
    streak = _streak(pattern, freezes)
    assert (_states(streak), (streak.current, streak.longest, streak.freezes)) == (states, counts)


def test_late_work_for_a_missed_day_repairs_the_run_and_for_a_frozen_day_returns_the_freeze() -> None:
    assert (_streak("dd--dd").current, _streak("ddd-dd").current, _streak("dddddd").current) == (2, 5, 6)
    assert (_streak("dd-d").freezes, _streak("dddd").freezes) == (0, 1)


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _flight(to: str, at: str, done: list[str], now: str, zone: str) -> Streak:
    settings = [Setting(NEW_YEAR, zone, time(0)), Setting(_at(at), to, time(0))]
    return explain(settings, [_at(each) for each in done], _at(now), 0)


def test_a_date_skipped_by_a_journey_to_the_west_across_the_date_line_is_excused() -> None:
    """Checks a flight from Honolulu on the evening of the 9th, after which it is the 10th in Auckland."""
    streak = _flight(
        "Pacific/Auckland",
        "2026-06-09T23:59:00-10:00",
        ["2026-06-09T12:00:00-10:00", "2026-06-11T12:00:00+12:00"],
        "2026-06-11T13:00:00+12:00",
        "Pacific/Honolulu",
    )
    assert _states(streak) == "ded"
    assert streak.current == 2


@pytest.mark.parametrize(("hour", "state"), [("11:59", "e"), ("12:00", "m"), ("12:01", "m")])
def test_a_date_of_which_less_than_twelve_hours_were_lived_is_excused(hour: str, state: str) -> None:
    """Checks a change from UTC to a zone fourteen hours ahead: of the 10th nothing is left after ten o'clock."""
    streak = _flight(
        "Pacific/Kiritimati",
        f"2026-06-10T{hour}:00+00:00",
        ["2026-06-09T12:00:00+00:00", "2026-06-11T18:00:00+14:00"],
        "2026-06-11T19:00:00+14:00",
        "UTC",
    )
    assert _states(streak) == f"d{state}d"


def test_a_date_that_comes_twice_counts_once_and_what_is_done_later_than_today_counts() -> None:
    """Checks a flight from Auckland on the 10th to Honolulu, where it is the 9th again."""
    done = ["2026-06-08T12:00:00+12:00", "2026-06-09T12:00:00+12:00", "2026-06-10T08:00:00+12:00"]
    again = ["2026-06-09T12:00:00-10:00", "2026-06-10T12:00:00-10:00"]
    flight = ("Pacific/Honolulu", "2026-06-10T09:00:00+12:00", done, "2026-06-09T11:30:00-10:00", "Pacific/Auckland")
    assert (_states(_flight(*flight)), _flight(*flight).current) == ("ddd", 3)
    later = (*flight[:2], [*done, *again], "2026-06-11T00:30:00-10:00", "Pacific/Auckland")
    assert (_states(_flight(*later)), _flight(*later).current) == ("dddo", 3)


def test_today_not_done_is_open_though_the_next_date_is_done() -> None:
    streak = _flight(
        "Pacific/Honolulu",
        "2026-06-10T09:00:00+12:00",
        ["2026-06-08T12:00:00+12:00", "2026-06-10T08:00:00+12:00"],
        "2026-06-09T11:30:00-10:00",
        "Pacific/Auckland",
    )
    assert (_states(streak), streak.current) == ("dod", 2)


def test_a_date_that_the_zone_left_out_is_excused() -> None:
    settings = [Setting(_at("2011-01-01T00:00:00+00:00"), "Pacific/Apia", time(0))]
    done = [_at("2011-12-29T12:00:00-10:00"), _at("2011-12-31T12:00:00+14:00")]
    streak = explain(settings, done, _at("2011-12-31T13:00:00+14:00"), 0)
    assert (_states(streak), streak.current) == ("ded", 2)


def test_a_short_day_is_no_miss_and_a_long_one_counts_once() -> None:
    settings = [Setting(NEW_YEAR, "Africa/Cairo", time(0))]
    for change in ("2026-04-24", "2026-10-29"):
        noon = _at(f"{change}T12:00:00+02:00")
        done = [noon + n * DAY for n in (-1, 0, 1)]
        late = [done[0], noon + 10.5 * HOUR, noon + 10.75 * HOUR, done[2]]
        for moments in (done, late):
            assert _states(explain(settings, moments, noon + DAY + HOUR, 0)) == "ddd"


def test_the_day_start_moves_what_is_done_at_night() -> None:
    night = [_at("2026-06-10T12:00:00+02:00"), _at("2026-06-12T02:00:00+02:00")]
    now = _at("2026-06-12T13:00:00+02:00")
    assert _states(explain([Setting(NEW_YEAR, "Europe/Berlin", time(0))], night, now, 0)) == "dmd"
    assert _states(explain([Setting(NEW_YEAR, "Europe/Berlin", time(4))], night, now, 0)) == "ddo"


def test_a_change_of_zone_moves_nothing_that_was_before() -> None:
    berlin, done = Setting(NEW_YEAR, "Europe/Berlin", time(0)), [_at("2026-06-10T00:30:00+02:00")]
    before = explain([berlin], done, _at("2026-06-10T12:00:00+02:00"), 0)
    moved = Setting(_at("2026-06-10T11:00:00+02:00"), "America/New_York", time(0))
    assert explain([berlin, moved], done, _at("2026-06-10T12:00:00+02:00"), 0).days == before.days


def test_what_is_later_than_now_has_not_happened() -> None:
    assert explain([], [NEW_YEAR, NEW_YEAR + DAY], NEW_YEAR + HOUR, 1) == explain([], [NEW_YEAR], NEW_YEAR + HOUR, 1)


zones = st.sampled_from(["UTC", "Africa/Cairo", "America/Havana", "Pacific/Apia", "Pacific/Honolulu", "Asia/Kathmandu"])
near = st.integers(0, 60 * 24 * 60).map(lambda minutes: NEW_YEAR + timedelta(minutes=minutes))
changes = st.lists(st.builds(Setting, near, zones, st.sampled_from([time(0), time(4), time(6)])), max_size=4)


@given(changes, st.lists(near, max_size=60), near, st.integers(0, 2), st.integers(0, 9))
def test_a_streak_keeps_its_rules(
    settings: list[Setting], moments: list[datetime], now: datetime, freezes: int, seed: int
) -> None:
    streak = explain(settings, moments, now, freezes)
    shuffled = Random(seed).sample(moments + moments, 2 * len(moments))
    assert explain(settings, shuffled, now, freezes) == streak
    states = _states(streak)
    assert streak.current <= streak.longest <= states.count("d")
    assert 0 <= streak.freezes <= max(MOST_FREEZES, freezes)
    assert states[:1] in ("", "d")
    assert streak.current == states[states.rfind("m") + 1 :].count("d")
    assert [day.date for day in streak.days] == sorted({day.date for day in streak.days})
    assert "m" not in states[states.find("o") :] if "o" in states else True


@given(st.lists(st.booleans(), min_size=1, max_size=60))
def test_who_has_no_freeze_and_one_zone_has_the_runs_that_one_sees(days: list[bool]) -> None:
    runs = "".join("d" if done else "-" for done in days).rstrip("-").split("-")
    longest = max(len(run) for run in runs)
    streak = _streak("".join("d" if done else "-" for done in days), 0)
    if longest < 7:
        assert streak.longest == longest
        assert streak.freezes == 0
    else:
        assert streak.longest >= longest


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32))
def test_a_fold_that_goes_on_is_the_fold_of_all_days(seed: int) -> None:
    random = Random(seed)
    zones = ("UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Berlin")
    clock: list[Setting] = []
    done: set[date] = set()
    kept: Kept | None = None
    now = NEW_YEAR
    for _ in range(60):
        now += random.choice([0, 1, 1, 1, 2, 9]) * DAY + random.random() * HOUR
        if random.random() < 0.1:
            clock.append(Setting(now, random.choice(zones), time(random.randrange(7))))
            kept = None
        calendar = Calendar(clock)
        day = calendar.today(now).day - random.choice([0, 0, 0, 0, 1, 6]) * DAY
        if kept is not None and day < kept.until:
            kept = None
        done.add(day)
        since = {each for each in done if kept is None or each >= kept.until}
        went_on, whole = streak_of(since, calendar, now, kept=kept), streak_of(done, calendar, now)
        assert (went_on.current, went_on.longest, went_on.freezes) == (whole.current, whole.longest, whole.freezes)
        assert went_on.days == whole.days[-len(went_on.days) :]
        assert went_on.kept == whole.kept or went_on.kept == kept
        kept = went_on.kept
