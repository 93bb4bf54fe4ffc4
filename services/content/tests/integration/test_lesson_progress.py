"""Tests what a learner hands in: once for ever, in any order, late, wrong, and nothing told before it is due."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from chassis.testing import Harness
from chassis.web.testing import Caller, signed_in
from services.content.tests.integration.toy_lessons import (
    EXERCISES,
    LESSON,
    NEXT,
    REVISION,
    SECRET,
    event,
    hand_in,
    problems,
)


async def test_a_lesson_is_completed_and_opens_the_next(owner: tuple[Harness, Caller]) -> None:
    _, caller = owner
    first = await hand_in(caller, event("rains", {"value": False}, lesson=NEXT), event(None), event("card", {}))
    assert problems(first) == ["lesson-locked", None, "bad-answer"]
    answers = await hand_in(
        caller,
        event("rains", {"value": False}),
        event("rains", {"value": True}),
        event("word", {"text": "A rooter."}),
        event("card", {"rating": "good"}),
    )
    attempts = [each["attempt"] for each in answers["results"]]
    assert [each["correct"] for each in attempts] == [False, True, True, True]
    assert [each["number"] for each in attempts] == [1, 2, 1, 1]
    assert [each["explanation"] for each in attempts] == [None, SECRET, SECRET, SECRET]
    assert attempts[3]["feedback"] == "It forgets."
    assert [each["xp"] for each in attempts] == [0, 5, 10, 10 + 20]
    assert answers["xp"]["total"] == 45
    assert (answers["streak"]["current"], answers["streak"]["today"]) == (1, "done")
    own = (await caller("GET", "/progress/lessons")).json()["items"]
    assert [(each["status"], each["score"], each["unlocked"]) for each in own] == [
        ("completed", 83, True),
        ("open", None, True),
    ]
    summary = (await caller("GET", "/progress")).json()
    assert summary["totals"] | {"minutes": 0} == {
        "lessons": 2,
        "completed": 1,
        "in_progress": 0,
        "xp": 45,
        "minutes": 0,
    }
    assert summary["next"] == {"lesson_id": str(NEXT), "reason": "next_in_topic"}
    badges = (await caller("GET", "/gamification")).json()["badges"]
    assert [badge["badge"] for badge in badges] == ["first-lesson"]
    detail = (await caller("GET", f"/progress/lessons/{LESSON}")).json()
    assert {each["exercise_id"]: each["score"] for each in detail["exercises"]} == {"rains": 0.5, "word": 1, "card": 1}


async def test_an_event_counts_once_for_ever(owner: tuple[Harness, Caller]) -> None:
    harness, caller = owner
    right = event("rains", {"value": True})
    once = await hand_in(caller, right, right)
    assert [each["status"] for each in once["results"]] == ["accepted", "duplicate"]
    again = await hand_in(caller, right | {"answer": {"value": False}, "happened_at": "2026-11-28T10:00:00Z"})
    assert again["results"][0] == once["results"][1]
    assert again["xp"]["total"] == 10
    assert len(await harness.rows("content", "SELECT FROM learning_events")) == 1
    other = await hand_in(caller.by(signed_in()), right)
    assert other["results"][0]["status"] == "accepted"


async def test_five_thousand_events_a_day_are_taken(owner: tuple[Harness, Caller]) -> None:
    harness, caller = owner
    first = event("rains", {"value": False})
    await hand_in(caller, first, event(None), event("nothing"))
    assert [tuple(row) for row in await harness.rows("content", "SELECT events FROM events_taken")] == [(2,)]
    await harness.rows("content", "UPDATE events_taken SET events = 4998")
    opened = [event(None) for _ in range(4)]
    answer = await hand_in(caller, first, *opened)
    assert [each["status"] for each in answer["results"]] == [
        "duplicate",
        "accepted",
        "accepted",
        "rejected",
        "rejected",
    ]
    assert problems(answer)[3:] == ["rate-limited"] * 2
    before = await harness.rows("content", "SELECT snapshot FROM lesson_progress")
    again = await hand_in(caller, first, *opened, event("rains", {"value": True}))
    assert problems(again) == [None] * 3 + ["rate-limited"] * 3
    assert await harness.rows("content", "SELECT snapshot FROM lesson_progress") == before
    other = await hand_in(caller.by(signed_in()), event(None))
    assert problems(other) == [None]
    await harness.rows("content", "UPDATE events_taken SET day = day - 1")
    assert problems(await hand_in(caller, *opened)) == [None] * 4
    found = await harness.rows("content", "SELECT events FROM events_taken WHERE person_id = $1", caller.principal.id)
    assert [tuple(row) for row in found] == [(2,)]


async def test_a_fold_goes_on_only_from_all_that_was_handed_in(owner: tuple[Harness, Caller]) -> None:
    harness, caller = owner
    await hand_in(caller, event("rains", {"value": False}))
    await harness.rows("content", "UPDATE lesson_progress SET attempts = 7")  # what a fold that goes on believes
    await hand_in(caller, event("word", {"text": "rain"}))
    assert [row.attempts for row in await harness.rows("content", "SELECT attempts FROM lesson_progress")] == [8]
    await harness.rows(
        "content",
        "INSERT INTO learning_events (id, person_id, client_id, type, lesson_id, exercise_id, revision, at,"
        " received_at, day, time_zone, answer, correct, score)"
        " SELECT gen_random_uuid(), person_id, gen_random_uuid(), type, lesson_id, exercise_id, revision,"
        " clock_timestamp(), clock_timestamp(), day, time_zone, answer, correct, score"
        " FROM learning_events LIMIT 1",
    )
    await hand_in(caller, event("word", {"text": "rain"}))
    assert [row.attempts for row in await harness.rows("content", "SELECT attempts FROM lesson_progress")] == [4]
    # of a row of a release before, which says nothing of when or how long, all is folded anew once
    for attempts, unsaid in ((5, "received"), (6, "spent_ms")):
        await harness.rows("content", f"UPDATE lesson_progress SET attempts = 7, snapshot = snapshot - '{unsaid}'")
        await hand_in(caller, event("word", {"text": "rain"}))
        found = await harness.rows("content", "SELECT attempts FROM lesson_progress")
        assert [row.attempts for row in found] == [attempts]


async def test_the_minutes_are_those_of_all_that_was_done(owner: tuple[Harness, Caller]) -> None:
    harness, caller = owner

    async def minutes() -> int:
        found: int = (await caller("GET", "/progress")).json()["totals"]["minutes"]
        return found

    first = event("rains", {"value": False}, duration_ms=50_000)
    await hand_in(caller, first, event(None, duration_ms=15_000))
    await hand_in(caller, first, event("rains", {"value": True}, duration_ms=60_000))
    assert await minutes() == 2
    late = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    await hand_in(caller, event("word", {"text": "rain"}, happened_at=late, duration_ms=60_000))
    assert await minutes() == 3
    assert (await caller.by(signed_in())("GET", "/progress")).json()["totals"]["minutes"] == 0
    await harness.rows("content", "UPDATE learning_events SET duration_ms = 60000")
    assert await minutes() == 3, "the log is not added up"
    await harness.rows("content", "UPDATE lesson_progress SET snapshot = snapshot - 'spent_ms'")
    assert await minutes() == 4


async def test_a_repeated_request_is_answered_alike(owner: tuple[Harness, Caller]) -> None:
    _, caller = owner
    body = {"events": [event("rains", {"value": True}), event("word", {"text": 1})]}
    key = {"Idempotency-Key": "once"}
    first = await caller("POST", "/progress", body, headers=key)
    second = await caller("POST", "/progress", body, headers=key)
    assert second.headers["idempotency-replayed"] == "true"
    assert second.json() == first.json()


async def test_each_bad_event_rejects_itself_alone(owner: tuple[Harness, Caller]) -> None:
    _, caller = owner
    answer = await hand_in(
        caller,
        event("rains", {"value": True}),
        event("rains", {"value": "true"}),
        event("nothing", {"value": True}),
        event("rains", {"value": True}, lesson=uuid4()),
        event("rains", {"value": True}, type="answered"),
        event("rains", {"value": True}, more=1),
        event("rains", {"value": True}, happened_at="yesterday"),
        event("rains", {"value": True}, revision=7),  # which was never published
        event("word", {"text": "rain"}, type="review"),
        event("word", {"give_up": True}),
        {"client_id": str(uuid4())},
    )
    assert problems(answer) == [
        None,
        "bad-answer",
        "not-found",
        "not-found",
        "invalid",
        "invalid",
        "invalid",
        "not-found",
        "not-found",
        "too-early",
        "invalid",
    ]
    wrong: tuple[Any, ...] = ({}, {"events": []}, {"events": {}}, {"events": [1]}, {"events": [{"client_id": "x"}]}, [])
    for body in wrong:
        assert (await caller("POST", "/progress", body)).status == 422
    many = {"events": [event(None) for _ in range(101)]}
    assert (await caller("POST", "/progress", many)).status == 422


async def test_the_solution_is_told_after_three_wrong_tries(owner: tuple[Harness, Caller]) -> None:
    _, caller = owner
    wrong = [event("word", {"text": "switch"}) for _ in range(3)]
    answer = await caller("POST", "/progress", {"events": wrong})
    assert b"router" not in answer.body
    assert SECRET.encode() not in answer.body
    given_up = (await hand_in(caller, event("word", {"give_up": True})))["results"][0]["attempt"]
    assert (given_up["solution"], given_up["explanation"]) == ({"text": "router"}, SECRET)
    assert (given_up["correct"], given_up["score"], given_up["xp"]) == (False, 0, 0)
    practice = (await hand_in(caller, event("word", {"text": "router"})))["results"][0]["attempt"]
    assert (practice["correct"], practice["xp"]) == (True, 0)


async def test_when_it_happened_follows_from_the_clients_own_clock(owner: tuple[Harness, Caller]) -> None:
    _, caller = owner
    now = datetime.now(UTC)

    def at(moment: datetime, **more: Any) -> dict[str, Any]:
        return event("rains", {"value": True}, happened_at=moment.isoformat(), **more)

    old, future = now - timedelta(days=3652), now + timedelta(days=400)
    wrong_clock = await hand_in(caller, at(old - timedelta(hours=1)), sent_at=old.isoformat())
    attempt = wrong_clock["results"][0]["attempt"]
    assert abs(datetime.fromisoformat(attempt["at"]) - (now - timedelta(hours=1))) < timedelta(minutes=5)
    assert attempt["late"] is True
    ahead = (await hand_in(caller, at(future)))["results"][0]["attempt"]
    assert datetime.fromisoformat(ahead["at"]) <= datetime.now(UTC)
    assert ahead["late"] is False
    assert problems(await hand_in(caller, at(now - timedelta(days=7, minutes=1)))) == ["too-old"]
    assert problems(await hand_in(caller, at(now - timedelta(days=6)))) == [None]


async def test_late_work_repairs_the_streak(owner: tuple[Harness, Caller]) -> None:
    _, caller = owner
    now = datetime.now(UTC)
    for days in (4, 0, 3, 2, 1):
        await hand_in(caller, event("rains", {"value": True}, happened_at=(now - timedelta(days=days)).isoformat()))
    streak = (await caller("GET", "/gamification/streak")).json()
    assert (streak["current"], streak["freezes"]) == (5, 1)
    assert [day["state"] for day in streak["days"]] == ["done"] * 5


async def test_a_mistake_makes_a_card_that_comes_back(owner: tuple[Harness, Caller]) -> None:
    harness, caller = owner
    day = datetime.now(UTC) - timedelta(days=1)
    await hand_in(caller, event("rains", {"value": False}, happened_at=day.isoformat()))
    assert (await caller("GET", "/progress/reviews")).json()["items"] == []  # it is not solved yet
    early = await hand_in(caller, event("rains", {"value": True}, type="review"))
    assert problems(early) == ["too-early"]
    await hand_in(caller, event("rains", {"value": True}, happened_at=(day + timedelta(minutes=1)).isoformat()))
    reviews = (await caller("GET", "/progress/reviews")).json()
    assert [each["exercise"]["id"] for each in reviews["items"]] == ["rains"]
    assert set(reviews["items"][0]["exercise"]) == {"id", "type", "prompt", "points", "hints"}
    for there, due in (
        (["word"], 0),
        (["word", "rains"], 1),
    ):  # a revision may leave it out
        await harness.rows("content", "UPDATE lessons SET exercise_ids = $1", there)
        assert len((await caller("GET", "/progress/reviews")).json()["items"]) == due
        assert (await caller("GET", "/progress")).json()["reviews_due"] == due
    done = await hand_in(caller, event("rains", {"value": True}, type="review"))
    assert done["results"][0]["attempt"]["xp"] == 2
    after = (await caller("GET", "/progress/reviews")).json()
    assert after["items"] == []
    assert after["next_due"] is not None
    again = await hand_in(caller, event("rains", {"value": True}, type="review"))
    assert again["results"][0]["attempt"]["xp"] == 0


async def test_a_late_last_answer_completes_the_run_before_a_new_beginning(owner: tuple[Harness, Caller]) -> None:
    harness, caller = owner
    ago = (datetime.now(UTC) - timedelta(minutes=20)).isoformat()
    first = event("rains", {"value": True}, happened_at=ago), event("word", {"text": "router"}, happened_at=ago)
    await hand_in(caller, *first)
    begun_again = "UPDATE lesson_places SET revision = 1, restarted_at = now() WHERE lesson_id = $1"
    await harness.rows("content", begun_again, LESSON)
    await hand_in(caller, event("word", {"text": "router"}))
    late = event("card", {"rating": "good"}, happened_at=ago)
    assert (await hand_in(caller, late))["results"][0]["attempt"]["xp"] == 10 + 20 + 10
    own = (await caller("GET", f"/progress/lessons/{LESSON}")).json()
    assert (own["status"], own["completion_status"], own["best_score"]) == ("started", True, 100)
    [place] = await harness.rows("content", "SELECT revision FROM lesson_places WHERE lesson_id = $1", LESSON)
    assert place.revision == 1
    second = (await caller("GET", f"/progress/lessons/{NEXT}")).json()
    assert second["unlocked"]


async def test_what_was_told_earns_nothing_though_it_is_said_to_have_come_before(
    owner: tuple[Harness, Caller],
) -> None:
    _, caller = owner
    ago = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    await hand_in(caller, *(event("word", {"text": "switch"}) for _ in range(3)))
    await hand_in(caller, event("word", {"give_up": True}))
    told = await hand_in(caller, event("word", {"text": "router"}, happened_at=ago))
    assert (told["results"][0]["attempt"]["correct"], told["xp"]["total"]) == (True, 0)


async def test_an_answer_is_judged_by_the_revision_that_was_seen(owner: tuple[Harness, Caller]) -> None:
    harness, caller = owner
    now = datetime.now(UTC)
    dry = [each | {"answer": False} if each["id"] == "rains" else each for each in EXERCISES]
    content = json.dumps({"key": "toys/first", "exercises": dry})
    await harness.rows("content", REVISION.replace("($1, 1,", "($1, 2,"), LESSON, content)
    await harness.rows("content", "UPDATE lessons SET revision = 2 WHERE id = $1", LESSON)
    # a phone that kept the lesson of before
    kept = await hand_in(caller, event("rains", {"value": True}, revision=1))
    assert [kept["results"][0]["attempt"][each] for each in ("correct", "revision")] == [True, 1]
    # and who is inside stays in it, whatever the client says
    same = await hand_in(caller, event("card", {"rating": "good"}, revision=2))
    assert same["results"][0]["attempt"]["revision"] == 1
    other = caller.by(signed_in())
    new = await hand_in(other, event("rains", {"value": True}))
    assert [new["results"][0]["attempt"][each] for each in ("correct", "revision")] == [False, 2]
    # what newcomers have not seen for more than a week is no choice any more
    weeks = now - timedelta(days=20)
    await harness.rows("content", "UPDATE revisions SET published_at = $1 WHERE revision = 2", weeks)
    third = await hand_in(caller.by(signed_in()), event("rains", {"value": True}, revision=1))
    assert third["results"][0]["attempt"]["revision"] == 2


async def test_nobody_sees_what_is_anothers(owner: tuple[Harness, Caller]) -> None:
    _, caller = owner
    await hand_in(caller, event("rains", {"value": True}), event(None))
    history = (await caller("GET", "/progress/history?limit=1")).json()
    assert len(history["items"]) == 1
    following = (await caller("GET", f"/progress/history?limit=1&cursor={history['next_cursor']}")).json()
    assert {history["items"][0]["type"], following["items"][0]["type"]} == {"attempt", "opened"}
    page = (await caller("GET", "/progress/lessons?limit=1")).json()
    rest = (await caller("GET", f"/progress/lessons?limit=1&cursor={page['next_cursor']}")).json()
    assert [each["items"][0]["lesson_id"] for each in (page, rest)] == [str(LESSON), str(NEXT)]
    assert rest["next_cursor"] is None
    other = caller.by(signed_in())
    assert (await other("GET", "/progress/history")).json()["items"] == []
    assert (await other("GET", "/gamification")).json()["xp"]["total"] == 0
    assert (await caller("GET", f"/progress/lessons/{uuid4()}")).status == 404


async def test_the_day_start_may_change_four_times_a_week(owner: tuple[Harness, Caller]) -> None:
    _, caller = owner
    for start in ("04:00", "03:00", "02:00", "01:00"):
        answer = await caller("PUT", "/gamification/settings", {"day_start": start, "daily_goal": 100})
        assert (answer.status, answer.json()["day_start"]) == (200, start)
    assert (await caller("PUT", "/gamification/settings", {"day_start": "05:00"})).status == 429
    assert (await caller("PUT", "/gamification/settings", {"daily_goal": 5})).status == 422
    assert (await caller("PUT", "/gamification/settings", {"leaderboard": "yes"})).status == 422
    assert (await caller("GET", "/gamification")).json()["xp"]["daily_goal"] == 100


async def test_what_one_did_is_there_as_statements(owner: tuple[Harness, Caller]) -> None:
    _, caller = owner
    ago = (datetime.now(UTC) - timedelta(hours=2)).isoformat()
    await hand_in(caller, event("rains", {"value": False}, happened_at=ago, duration_ms=1500), event(None))
    await hand_in(caller, event("rains", {"value": True}), event("word", {"text": "router"}))
    await hand_in(caller, event("card", {"rating": "good"}))
    found = (await caller("GET", "/progress/xapi")).json()["items"]
    verbs = [each["verb"]["display"]["en"] for each in found]
    assert verbs[:2] == ["answered", "experienced"]
    assert sorted(verbs[2:]) == ["answered", "answered", "answered", "completed", "passed"]
    first = found[0]
    assert first["result"]["success"] is False
    assert (first["result"]["score"], first["result"]["duration"]) == ({"scaled": 0.0}, "PT1.50S")
    assert first["actor"]["account"] == {"homePage": "urn:voxbus:people", "name": str(caller.principal.id)}
    assert {UUID(each["id"]).version for each in found} == {5}
    assert None not in [value for each in found for value in each.values()]  # a record store refuses null
    assert len({each["id"] for each in found}) == len(found) == 7
    assert (await caller("GET", "/progress/xapi")).json()["items"] == found
    pages: list[Any] = []
    cursor: str | None = ""
    while cursor is not None:
        page = (await caller("GET", f"/progress/xapi?limit=2{cursor and '&cursor='}{cursor}")).json()
        pages += page["items"]
        cursor = page["next_cursor"]
    assert pages == found
    assert (await caller("GET", f"/progress/xapi?to={ago.replace('+', '%2B')}")).json()["items"] == []
    assert (await caller.by(signed_in())("GET", "/progress/xapi")).json()["items"] == []
