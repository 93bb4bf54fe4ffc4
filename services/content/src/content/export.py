"""Declares what content gives into a copy of everything about a person: progress, and what was proposed and begun."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Iterable
from contextlib import aclosing
from typing import Any

from chassis.delivery.export_part import rows_of
from chassis.privacy.export import MadeFile, Shown, Source, export_of
from content.gamification.tables import (
    badges,
    clock_settings,
    league_members,
    learned_days,
    learner_settings,
    learners,
    standings,
    xp_awards,
)
from content.hints.tables import hints
from content.lessons.tables import imports, lesson_places, reports
from content.progress.tables import (
    events_taken,
    handed_in,
    learning_events,
    lesson_progress,
    review_cards,
    statements_due,
    statements_sent,
)
from content.tables import METADATA
from content.twisters.tables import folded_attempts, twister_progress

_PROGRESS = Shown(
    table=twister_progress,
    about="How you get on with each sound of English, one row a sound.",
    columns={
        "sound": "the sound, in ARPAbet without stress",
        "attempts": "how many readings with this sound were counted",
        "score": "what you can do, 0 to 100: a mean in which later readings weigh more",
        "recent": "the same of the last few readings",
        "difficulty": "the level of twisters that you have reached for this sound, 1 to 5",
        "trend": "rising, steady or falling",
    },
)
_FOLDED = Shown(
    table=folded_attempts,
    about="Which readings were counted into your progress, one row a reading.",
    columns={
        "attempt_id": "the reading",
        "twister_id": "the twister that was read; null: a text of your own",
        "next_twister_id": "the twister that was proposed after it; null: none",
        "folded_at": "when it was counted",
    },
)
_PLACES = Shown(
    table=lesson_places,
    about="Where you are in the lessons, one row a lesson that you may begin or have begun.",
    columns={
        "lesson_id": "the lesson",
        "unlocked_at": "when you could begin it for the first time",
        "revision": "the edition of the lesson that you are in; null: not begun, or completed",
        "started_at": "when you began it; null: not yet",
        "restarted_at": "when you last began it again; null: never",
        "completed_at": "when you completed it for the first time; null: not yet",
        "score": "your best result, 0 to 100; null: not completed",
    },
)

_EVENTS = Shown(
    table=learning_events,
    about="What you did in the lessons, one row an answer, a hint, or a lesson that you opened or began again.",
    columns={
        "id": "the event",
        "client_id": "its number on your device",
        "type": "attempt, review, opened, hint or restarted",
        "lesson_id": "the lesson",
        "exercise_id": "the exercise; null: the lesson as a whole",
        "revision": "the edition of the lesson by which it was judged",
        "at": "when it happened",
        "received_at": "when it reached us",
        "day": "the day of your streak that it belongs to",
        "time_zone": "your time zone then",
        "duration_ms": "how long it took, in thousandths of a second, as your device said",
        "answer": "your answer",
        "correct": "whether all of it was right",
        "score": "the part that was right, 0 to 1",
        "rating": "how well you knew a flash card, as you said",
        "hint": "the level of the hint that you saw",
        "result": "what you were told at once",
    },
)
_TAKEN = Shown(
    table=events_taken,
    about="How much you handed in on the last day on which you did.",
    columns={"day": "the day (UTC)", "events": "how many answers, and lessons that you opened or began again"},
)
_LESSONS = Shown(
    table=lesson_progress,
    about="How far you are in each lesson, one row a lesson.",
    columns={
        "id": "the row",
        "lesson_id": "the lesson",
        "revision": "the edition of the lesson",
        "status": "open, started or completed",
        "score": "your result this time, 0 to 100",
        "best_score": "your best result, 0 to 100",
        "attempts": "how many answers you gave",
        "started_at": "when you began it",
        "completed_at": "when you completed it for the first time",
        "last_at": "when you last did something in it",
        "exercises": "the same for each exercise",
        "snapshot": "with what the same is counted on at your next answer",
    },
)
_STATEMENTS_DUE = Shown(
    table=statements_due,
    about="What you did in the lessons and agreed to be told to a learning record store, and is not told yet.",
    columns={
        "number": "its place in the order",
        "type": "attempt, review, opened, completed or passed",
        "lesson_id": "the lesson",
        "event_id": "the event; null: that the lesson was completed or passed",
        "added_at": "since when it waits",
    },
)
_STATEMENTS_SENT = Shown(
    table=statements_sent,
    about="How much of what you did in the lessons a learning record store was told, under your number.",
    columns={
        "statements": "how many statements",
        "first_at": "when the first ones were sent",
        "last_at": "when the last ones were sent",
    },
)
_CARDS = Shown(
    table=review_cards,
    about="Which exercises you are asked again, and when, one row an exercise.",
    columns={
        "lesson_id": "the lesson",
        "exercise_id": "the exercise",
        "revision": "the edition of the lesson",
        "due": "when it is due",
        "state": "learning, review or relearning",
        "stability": "after how many days you remember it with a probability of 90 percent",
        "difficulty": "how hard it is for you, 1 to 10",
        "reviews": "how often you answered it",
        "card": "the same as the scheduler FSRS keeps it, with its parameters",
    },
)
_HINTS = Shown(
    table=hints,
    about="The hints that you were given, one row a hint.",
    columns={
        "id": "the hint",
        "lesson_id": "the lesson",
        "exercise_id": "the exercise",
        "level": "how strong it was, 1 to 3",
        "text_level": "of which level its text is; null: not known",
        "run": "when you had begun the lesson again; 1970: never",
        "text": "the hint",
        "source": "who wrote it: authored (the lesson's author), or a local or cloud model",
        "provider": "whose model; null: no model",
        "model": "which model; null: none",
        "verdicts": "what the check for answers said of each text that was looked at",
        "asked_as": "other numbers under which it was asked for at the same time",
        "cost_usd": "what it cost us, in US dollars",
        "created_at": "when you were given it",
    },
)
_HANDED_IN = Shown(
    table=handed_in,
    about="What your device was answered within the last day, so that a repetition is answered alike.",
    columns={"id": "the request", "answer": "the answer", "at": "when it was given"},
)
_IMPORTS = Shown(
    table=imports,
    about="What your imports of lessons were answered within the last day, so that a repetition is answered alike.",
    columns={"id": "the import", "answer": "the answer", "at": "when it was given"},
)
_REPORTS = Shown(
    table=reports,
    about="What you told us about lessons, and what you were answered.",
    columns={
        "id": "the report",
        "lesson_id": "the lesson; null: none in particular",
        "exercise_id": "the exercise; null: none in particular",
        "kind": "mistake, unclear, idea, praise or bug",
        "text": "what you wrote",
        "status": "open, in_progress, resolved or rejected",
        "reply": "the answer; null: none yet",
        "replied_at": "when it was answered",
        "created_at": "when you wrote it",
        "updated_at": "when it was last changed",
    },
    without={
        "version": "It counts the changes of the row.",
        "replied_by": "It names somebody else.",
    },
)
_CLOCKS = Shown(
    table=clock_settings,
    about="When your time zone or the start of your day changed.",
    columns={
        "since": "since when",
        "time_zone": "the new time zone; null: it stayed",
        "day_start": "when your day starts; null: it stayed",
    },
)
_DAYS = Shown(
    table=learned_days,
    about="The days on which you learned, which make your streak.",
    columns={
        "day": "the date",
        "time_zone": "your time zone then",
        "events": "how many answers and reviews",
        "reviews": "how many of them were reviews",
    },
)
_XP = Shown(
    table=xp_awards,
    about="Your points of experience, one row for each thing that earned some.",
    columns={
        "key": "what earned them",
        "xp": "how many",
        "reason": "why fewer than usual; null: not so",
        "event_id": "the event that earned them",
        "day": "the day on which",
        "at": "when",
        "given_at": "when we gave them",
        "paced_at": "when it happened as far as our own clock knows",
        "ranked": "whether they count in a league; not so where answers came too fast",
    },
)
_LEARNER = Shown(
    table=learners,
    about="What others may see of you in a league, if you are in one.",
    columns={
        "adult": "whether you are known to be 18 or older",
        "username": "your name, which is shown only if you want that",
        "at": "since when that is so",
    },
)
_LEAGUES = Shown(
    table=league_members,
    about="The leagues that you were in, one row a week.",
    columns={"week": "the ISO week", "league": "the league; 1 is the highest"},
)
_BADGES = Shown(
    table=badges,
    about="Your badges.",
    columns={"badge": "the badge", "event_id": "the event that earned it", "awarded_at": "when it was awarded"},
)
_STANDINGS = Shown(
    table=standings,
    about="How long your streak is.",
    columns={
        "streak": "its days",
        "updated_at": "when that was noted",
        "noted_at": "when what follows was noted",
        "xp": "all your points of experience",
        "reviews": "all your reviews",
        "kept_until": "a day, and how the streak stood when it began:",
        "kept_run": "its days then",
        "kept_longest": "the longest until then",
        "kept_freezes": "the freezes that were left",
        "kept_last": "the last day before on which you learned",
    },
)
_SETTINGS = Shown(
    table=learner_settings,
    about="How you want to learn.",
    columns={
        "leaderboard": "whether you want to be in leaderboards",
        "name": "under which name: pseudonym or username",
        "daily_goal": "how many points a day you aim at",
    },
)


async def _csv(source: Source) -> AsyncIterator[bytes]:
    async with aclosing(rows_of(source, _PROGRESS)) as rows:
        async for row in rows:
            yield _line(row.values())


def _line(values: Iterable[Any]) -> bytes:
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerow(values)
    return written.getvalue().encode()


EXPORT = export_of(
    METADATA,
    tables=(
        _FOLDED,
        _PLACES,
        _PROGRESS,
        _EVENTS,
        _TAKEN,
        _LESSONS,
        _STATEMENTS_DUE,
        _STATEMENTS_SENT,
        _CARDS,
        _HINTS,
        _HANDED_IN,
        _IMPORTS,
        _REPORTS,
        _CLOCKS,
        _DAYS,
        _XP,
        _LEARNER,
        _LEAGUES,
        _BADGES,
        _SETTINGS,
        _STANDINGS,
    ),
    files=(
        MadeFile(
            name="content/progress.csv",
            kind="twister_progress",
            about="Your progress once more, as a table for a spreadsheet (RFC 4180).",
            columns=_PROGRESS.columns,
            make=_csv,
            head=_line(_PROGRESS.columns),
        ),
    ),
)
