"""Tests leagues: weeks, ranks, who goes up or down, and that every replica draws the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

import pytest

from content.earned import Ledger, hasty, paced, title_of, topic_badge
from content.earnings import Award, Badge, Deed
from content.gamification.league import (
    MOST_MEMBERS,
    Standing,
    begin_of,
    draw,
    moves,
    pseudonym,
    ranked,
    result_of,
    week_before,
    week_of,
)
from content.gamification.xp import award_rows, rank
from content.lessons.lesson import TOPIC_MAX
from content.progress.facts import awarded

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def by_person(found: list[Standing]) -> dict[UUID, Standing]:
    return {each.person: each for each in found}


def standings(*xp: int) -> list[Standing]:
    """Returns the standings of people 1, 2, … who reached their XP one after the other."""
    return [Standing(UUID(int=at), each, NOON + at * timedelta(minutes=1)) for at, each in enumerate(xp, start=1)]


@pytest.mark.parametrize(
    ("moment", "week"),
    [
        ("2026-11-29T23:59:59+00:00", "2026-W48"),
        ("2026-11-30T00:00:00+00:00", "2026-W49"),
        ("2026-11-30T00:30:00+01:00", "2026-W48"),
        ("2027-01-03T12:00:00+00:00", "2026-W53"),
        ("2027-01-04T00:00:00+00:00", "2027-W01"),
    ],
)
def test_weeks_are_those_of_iso_in_utc(moment: str, week: str) -> None:
    assert week_of(datetime.fromisoformat(moment)) == week
    assert begin_of(week) <= datetime.fromisoformat(moment) < begin_of(week) + timedelta(days=7)


def test_the_week_before_is_found_across_years_and_no_week_is_invented() -> None:
    assert week_before("2027-W01") == "2026-W53"
    for wrong in ("2026-W54", "2026-W00", "2027-W53", "W48", "2026-48"):
        with pytest.raises(ValueError, match="week"):
            begin_of(wrong)


def test_equal_xp_have_equal_rank_and_who_was_earlier_comes_first() -> None:
    shown = [(rank, each.person.int) for rank, each in ranked(reversed(standings(10, 30, 10, 20)))]
    assert shown == [(1, 2), (2, 4), (3, 1), (3, 3)]


def test_five_go_up_and_five_down_but_nobody_with_a_frozen_day() -> None:
    there = standings(*range(200, 80, -10))
    found = moves(there, 2, 3, frozen=[UUID(int=12)])
    assert [found[each.person] for each in there] == ["up"] * 5 + ["stays"] * 2 + ["down"] * 4 + ["stays"]
    assert set(moves(there, 1, 3).values()) == {"stays", "down"}
    assert set(moves(there, 3, 3).values()) == {"up", "stays"}
    assert set(moves(standings(0, 0), 2, 3).values()) == {"down"}


def test_leagues_are_drawn_alike_whatever_the_order() -> None:
    week = standings(*(1 + 7 * at % 50 for at in range(95)))
    first = draw(by_person(week), {})
    Random(1).shuffle(week)
    assert draw(by_person(week), {}) == first
    assert sorted(list(first.values()).count(league) for league in set(first.values())) == [5, 30, 30, MOST_MEMBERS]
    best = max(week, key=lambda each: each.xp)
    assert first[best.person] == 1


def test_who_goes_up_is_drawn_before_who_stays_below() -> None:
    week = standings(*range(200, 170, -1), 900, 800, 5)
    found = draw(by_person(week), {each.person: 1 if each.person.int <= 30 else 2 for each in week[:-1]})
    assert list(found)[:2] == [UUID(int=31), UUID(int=32)]
    assert [at for at in range(1, 34) if found[UUID(int=at)] == 2] == [29, 30, 33]


def test_nobody_with_a_frozen_day_is_drawn_below() -> None:
    week = standings(*range(160, 135, -1), *range(50, 45, -1), *range(90, 60, -1), 0)
    before = {each.person: (each.person.int - 1) // 30 + 1 for each in week}
    kept = {UUID(int=at) for at in (26, 27, 28, 29, 30, 61)}
    found = draw(by_person(week), before, kept)
    assert {person for person in kept if found[person] > before[person]} == set()
    # nobody leaves the highest league, so that nobody has a place in it who would come up
    assert {found[UUID(int=at)] for at in range(31, 61)} == {2}
    assert found[UUID(int=61)] == 3
    few = draw(by_person(week[:20] + week[30:]), before, kept)
    assert all(few[person] <= before[person] for person in kept)
    assert max(list(found.values()).count(league) for league in found.values()) == MOST_MEMBERS
    assert [result_of(2, league) for league in (1, 2, 3)] == ["up", "stays", "down"]


def test_the_badge_of_a_topic_with_the_longest_name_can_be_told() -> None:
    badge = topic_badge("t" * TOPIC_MAX)
    [told] = awarded(UUID(int=1), [Badge(badge, title_of(badge), False, NOON)])
    assert told.name == badge


def test_what_was_done_on_eight_days_and_comes_at_once_counts_in_a_league_as_one_day() -> None:
    deeds = [
        Deed(
            event_id=UUID(int=100 * day + number),
            at=NOON - timedelta(days=day, minutes=number),
            received=NOON,
            day=(NOON - timedelta(days=day)).date(),
            time_zone="UTC",
            awards=(Award(f"exercise/{day}/{number}", 10),),
        )
        for day in range(8)
        for number in range(41)
    ]
    rows = award_rows(UUID(int=1), deeds, Ledger(set(), {}), NOON - timedelta(days=30))
    assert sum(row["xp"] for row in rows) == 8 * 400
    rank(rows, (), {NOON.date(): 50, NOON.date() - timedelta(days=1): 400})
    assert sum(row["xp"] for row in rows if row["ranked"]) == 350
    later = award_rows(UUID(int=1), [replace(deeds[0], received=NOON + timedelta(days=1))], Ledger(set(), {}))
    rank([*rows, *later])
    assert [row["ranked"] for row in later] == [True]


def test_more_than_three_right_answers_in_three_seconds_are_hasty() -> None:
    at = [NOON + timedelta(seconds=each) for each in (0, 1, 2, 3, 60, 61, 62, 90)]
    assert hasty(at) == set(at[:4])
    assert hasty([NOON + timedelta(seconds=1.1 * each) for each in range(9)]) == set()


def test_a_pseudonym_is_the_same_each_time_and_not_the_id() -> None:
    one, other = UUID(int=1), UUID(int=2)
    assert pseudonym(one) == pseudonym(UUID(int=1)) != pseudonym(other)
    assert str(one) not in pseudonym(one)


def test_the_pace_of_answers_is_that_of_our_own_clock() -> None:
    received, last = NOON, NOON - timedelta(minutes=5)
    claimed = [NOON - timedelta(days=1) + timedelta(seconds=4 * each) for each in range(5)]
    assert {paced(at, received, last) for at in claimed} == {last}, "it was done after what was given last"
    assert {paced(at, received, None) for at in claimed} == {received}
    between = last + timedelta(minutes=1)
    assert paced(between, received, last) == between
