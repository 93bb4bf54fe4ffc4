"""Declares what content gives into a copy of everything about a person: progress, and what was proposed and begun."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Iterable
from contextlib import aclosing
from typing import Any

from chassis.delivery.export_part import rows_of
from chassis.privacy.export import MadeFile, Shown, Source, export_of
from content.lessons.tables import lesson_places
from content.tables import METADATA
from content.twisters.tables import folded_attempts, progress

_PROGRESS = Shown(
    table=progress,
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
    tables=(_FOLDED, _PLACES, _PROGRESS),
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
