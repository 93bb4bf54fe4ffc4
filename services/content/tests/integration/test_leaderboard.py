"""Tests leaderboards: who is in a league, who sees it, who is seen in it, and what is told at its end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from chassis.conformance import owner_alone
from chassis.storage.media import open_media
from chassis.testing import Harness, until
from chassis.web.principal import Principal
from chassis.web.testing import Caller, signed_in
from content.gamification.league import begin_of, week_before, week_of
from content.service import SERVICE
from contracts.learning import LeagueClosed, LeaguesDrawn
from services.content.tests.integration.test_rebuild import rebuilt
from services.content.tests.integration.toy_lessons import LESSON, NEXT, event, hand_in, publish_toys


@pytest.fixture
async def owner(postgres_url: str, tmp_path: Path) -> AsyncIterator[tuple[Harness, Caller]]:
    """Runs content for one test: leagues are drawn by a timer of its start, and one test takes a table away."""
    async with owner_alone(SERVICE, postgres_url, open_media(None, tmp_path)) as (harness, caller):
        await publish_toys(harness)
        yield harness, caller.by(signed_in())


THIS = week_of(datetime.now(UTC))
LAST = week_before(THIS)


async def known(harness: Harness, person: Any, *, adult: bool = True) -> None:
    """Notes what accounts tell of a person."""
    statement = "INSERT INTO learners VALUES ($1, $2, $3, now()) ON CONFLICT (person_id) DO UPDATE SET adult = $2"
    await harness.rows("content", statement, person, adult, f"name-{person}")


async def earned(harness: Harness, person: Any, xp: int, *, week: int = 1, ranked: bool = True) -> None:
    """Gives XP so many weeks ago."""
    statement = """INSERT INTO xp_awards (person_id, key, xp, event_id, day, at, given_at, ranked)
        VALUES ($1, $2, $3, $1, current_date, now(), now() - $4::interval, $5)"""
    key = f"lesson/{xp}/{week}"
    await harness.rows("content", statement, person, key, xp, timedelta(days=7 * week), ranked)


async def joined(harness: Harness, person: Any, league: int) -> None:
    """Puts a person into a league of the last week."""
    member = "INSERT INTO league_members (week, person_id, league) VALUES ($1, $2, $3)"
    await harness.rows("content", member, LAST, person, league)


async def drawn(harness: Harness) -> None:
    """Draws the leagues of this week anew."""
    await harness.until_settled("content")
    for statement in (
        "DELETE FROM leagues_drawn",
        "DELETE FROM league_members WHERE week = '" + THIS + "'",
        "UPDATE timers SET due_at = now() WHERE key = 'league-week'",
    ):
        await harness.rows("content", statement)
    for _ in range(200):
        if await harness.rows("content", "SELECT FROM leagues_drawn"):
            return
        await harness.rows("content", "SELECT pg_sleep(0.05)")
    raise AssertionError("the leagues are not drawn")


async def board(caller: Caller, week: str = THIS) -> Any:
    """Reads the leaderboard."""
    answer = await caller("GET", f"/gamification/leaderboard?week={week}")
    assert answer.status == 200, answer.body
    return answer.json()


async def test_a_league_shows_those_who_may_be_seen(owner: tuple[Harness, Caller]) -> None:
    harness, caller = owner
    people = [caller.by(signed_in()) for _ in range(4)]
    for at, each in enumerate(people):
        await known(harness, each.principal.id, adult=at != 3)
        await earned(harness, each.principal.id, 10 + at)
        await earned(harness, each.principal.id, 5, week=0, ranked=at != 2)
    await drawn(harness)
    await people[1]("PUT", "/gamification/settings", {"name": "username"})
    found = await board(people[0])
    assert (found["week"], found["league"]) == (THIS, 1)
    assert [(each["rank"], each["xp"], each["me"]) for each in found["items"]] == [
        (1, 5, True),
        (1, 5, False),
        (3, 0, False),  # what was answered too fast counts for nothing here
    ]
    names = [each["name"] for each in found["items"]]
    assert f"name-{people[1].principal.id}" in names
    assert f"name-{people[0].principal.id}" not in names
    state = (await people[0]("GET", "/gamification")).json()["leaderboard"]
    assert state == {"enabled": True, "reason": None, "week": THIS, "league": 1, "rank": 1, "xp": 5}
    # who opts out is in no list any more, and sees none
    await people[1]("PUT", "/gamification/settings", {"leaderboard": False})
    assert len((await board(people[0]))["items"]) == 2
    off = await people[1]("GET", "/gamification/leaderboard")
    assert (off.status, off.json()["type"], off.json()["reason"]) == (403, "/problems/leaderboard-off", "opted_out")


async def test_minors_and_unknown_ages_see_none(owner: tuple[Harness, Caller]) -> None:
    harness, caller = owner
    teen, strange = caller.by(signed_in()), caller.by(signed_in())
    await known(harness, teen.principal.id, adult=False)
    child = caller.by(Principal(id=signed_in().id, age_band="under_consent_age"))
    for each, reason in ((teen, "minor"), (strange, "age_unknown"), (child, "minor")):
        answer = await each("GET", "/gamification/leaderboard")
        assert (answer.status, answer.json()["reason"]) == (403, reason)
        assert (await each("GET", "/gamification")).json()["leaderboard"]["reason"] == reason
    for week in ("2026-W54", "9999-W52", "0001-W01"):
        assert (await teen("GET", f"/gamification/leaderboard?week={week}")).status == 422, week


async def test_the_end_of_a_week_is_told_to_each_member_once(owner: tuple[Harness, Caller]) -> None:
    harness, caller = owner
    ids = [signed_in().id for _ in range(3)]
    for at, person in enumerate(ids):
        await known(harness, person)
        await earned(harness, person, 100 - at)
        await joined(harness, person, 1 if at == 0 else 2)
    await drawn(harness)
    told = await harness.told(LeagueClosed, 3)
    assert {(each.person_id, each.week, each.league, each.rank, each.xp, each.result) for each in told} == {
        (ids[0], LAST, 1, 1, 100, "stays"),
        (ids[1], LAST, 2, 1, 99, "up"),
        (ids[2], LAST, 2, 2, 98, "up"),
    }
    past = await board(caller.by(signed_in_as(ids[1])), LAST)
    assert [(each["rank"], each["xp"]) for each in past["items"]] == [(1, 99), (2, 98)]


async def test_members_are_told_a_few_leagues_at_a_time_and_none_twice(owner: tuple[Harness, Caller]) -> None:
    harness, _ = owner

    async def drawn_at_start() -> bool:
        return bool(await harness.rows("content", "SELECT FROM leagues_drawn"))

    await until(drawn_at_start, what="the draw of nobody")
    ids = [signed_in().id for _ in range(24)]
    for at, person in enumerate(ids):
        await known(harness, person)
        await earned(harness, person, 100 + at)
        await joined(harness, person, at + 1)
    await drawn(harness)
    messages = await harness.told(LeaguesDrawn, 3)
    assert sorted((each.week, each.first, each.last) for each in messages) == [
        (LAST, 1, 10),
        (LAST, 11, 20),
        (LAST, 21, 30),
    ]
    told = await harness.told(LeagueClosed, 24)
    await harness.until_settled("content")
    assert len(await harness.told(LeagueClosed, 24)) == 24
    assert sorted((each.league, each.rank, each.xp) for each in told) == [(at + 1, 1, 100 + at) for at in range(24)]
    assert {each.result for each in told if each.league > 1} == {"up"}, "all are in the highest league now"


async def test_who_is_erased_meanwhile_ends_no_draw(owner: tuple[Harness, Caller]) -> None:
    harness, _ = owner
    ids = [signed_in().id for _ in range(3)]
    for at, person in enumerate(ids):
        await known(harness, person)
        await earned(harness, person, 100 - at)
        await joined(harness, person, 1)
    assert ids[1] is not None
    await harness.keys.destroy(ids[1])  # the rows go only when content hears of it
    await drawn(harness)
    assert {each.person_id for each in await harness.told(LeagueClosed, 2)} == {ids[0], ids[2]}

    async def goes_on() -> bool:  # the draw of the start may be the later one, and sets the timer anew
        return bool(await harness.rows("content", "SELECT FROM timers WHERE key = 'league-week' AND due_at > now()"))

    await until(goes_on, what="the timer of next week")


async def test_the_result_is_the_league_that_is_drawn(owner: tuple[Harness, Caller]) -> None:
    harness, _ = owner
    idle, *others = (signed_in().id for _ in range(10))
    for at, person in enumerate(others):
        await known(harness, person)
        await earned(harness, person, 100 + at)
        await joined(harness, person, 2 if at < 8 else 3)
    await known(harness, idle)
    await joined(harness, idle, 2)
    await drawn(harness)
    told = {each.person_id: each.result for each in await harness.told(LeagueClosed, 9)}
    # few are left, so that all have a place in the highest league; who has earned nothing is in none, and told of none
    assert told == dict.fromkeys(others, "up")


def signed_in_as(person: Any) -> Principal:
    """Returns a person of age."""
    return Principal(id=person, age_band="of_age", roles=frozenset({"learner"}), issuer="voxbus")


async def test_answers_without_a_pause_earn_xp_that_count_in_no_league(owner: tuple[Harness, Caller]) -> None:
    harness, caller = owner
    right = [("rains", {"value": True}), ("word", {"text": "router"}), ("card", {"rating": "good"})]
    at_once = [
        event(*each, lesson=lesson) for lesson in (LESSON, NEXT) for each in right[: 3 if lesson == LESSON else 1]
    ]
    assert (await hand_in(caller, *at_once))["xp"]["total"] == 70
    at = datetime.now(UTC) - timedelta(minutes=5)
    other = caller.by(signed_in())
    for seconds, each in enumerate(right):
        await hand_in(other, event(*each, happened_at=(at + 10 * timedelta(seconds=seconds)).isoformat()))
    counted = "SELECT bool_or(ranked) AS some, bool_and(ranked) AS every FROM xp_awards WHERE person_id = $1"
    assert tuple((await harness.rows("content", counted, caller.principal.id))[0]) == (False, False)
    assert tuple((await harness.rows("content", counted, other.principal.id))[0]) == (True, True)


async def test_no_clock_of_a_client_lends_answers_a_pace(owner: tuple[Harness, Caller]) -> None:
    harness, caller = owner
    await hand_in(caller, event("rains", {"value": True}))
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    right: list[tuple[str, dict[str, Any], Any]] = [
        ("word", {"text": "router"}, LESSON),
        ("card", {"rating": "good"}, LESSON),
    ]
    right += [("rains", {"value": True}, NEXT), ("word", {"text": "router"}, NEXT)]
    claimed = [
        event(exercise, answer, lesson=lesson, happened_at=(hour_ago + at * timedelta(minutes=1)).isoformat())
        for at, (exercise, answer, lesson) in enumerate(right)
    ]
    assert (await hand_in(caller, *claimed))["xp"]["total"] > 40
    ranked = await harness.rows("content", "SELECT DISTINCT ranked FROM xp_awards")
    assert [row.ranked for row in ranked] == [False]


async def test_what_counts_today_leaves_room_for_the_rest_of_the_day(owner: tuple[Harness, Caller]) -> None:
    harness, caller = owner
    await earned(harness, caller.principal.id, 385, week=0)
    await harness.rows("content", "UPDATE xp_awards SET day = day - 3")
    for exercise, answer in (("rains", {"value": True}), ("word", {"text": "router"})):
        assert (await hand_in(caller, event(exercise, answer)))["results"][0]["attempt"]["xp"] == 10
    ranked = await harness.rows("content", "SELECT ranked FROM xp_awards ORDER BY given_at, key")
    assert [row.ranked for row in ranked] == [True, True, False]


async def test_what_a_rebuild_mends_counts_when_it_was_earned(owner: tuple[Harness, Caller]) -> None:
    harness, caller = owner
    await hand_in(caller, event("rains", {"value": True}))
    for table in ("learning_events SET received_at = received_at", "xp_awards SET given_at = given_at"):
        await harness.rows("content", f"UPDATE {table} - interval '8 days'")
    given = "SELECT key, xp, given_at, paced_at, ranked FROM xp_awards"
    before = await harness.rows("content", given)
    await harness.rows("content", "DELETE FROM xp_awards")
    await rebuilt(harness, applies=True)
    after = await harness.rows("content", given)
    assert [tuple(row)[:3] for row in after] == [tuple(row)[:3] for row in before]


async def test_a_draw_that_fails_ends_no_other(owner: tuple[Harness, Caller]) -> None:
    harness, _ = owner
    await harness.until_settled("content")
    await harness.rows("content", "ALTER TABLE leagues_drawn RENAME TO gone")
    await harness.rows("content", "UPDATE timers SET due_at = now() WHERE key = 'league-week'")

    async def planned() -> bool:
        timer = "SELECT FROM timers WHERE key = 'league-week' AND due_at > now()"
        return bool(await harness.rows("content", timer))

    await until(planned, what="the timer of the next draw")
    await harness.rows("content", "ALTER TABLE gone RENAME TO leagues_drawn")


async def test_a_frozen_week_takes_nobody_down(owner: tuple[Harness, Caller]) -> None:
    harness, _ = owner
    begin = begin_of(LAST)
    ids = sorted(person for person in (signed_in().id for _ in range(36)) if person is not None)
    for at, person in enumerate(ids):
        await known(harness, person)
        await joined(harness, person, 1 if at < 30 else 2)
        if at != 7:
            await earned(harness, person, 200 - at)
    # seven days, of which one in that week is left out, by somebody who has earned nothing
    done = [begin.date() + timedelta(days=day) for day in (-4, -3, -2, -1, 0, 2, 3)]
    await harness.rows(
        "content",
        "INSERT INTO learned_days SELECT $1, unnest($2::date[]), 'UTC', 1, 0",
        ids[7],
        done,
    )
    await drawn(harness)
    [[league]] = await harness.rows(
        "content", "SELECT league FROM league_members WHERE week = $1 AND person_id = $2", THIS, ids[7]
    )
    assert league == 1
