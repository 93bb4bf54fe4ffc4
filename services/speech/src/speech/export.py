"""Declares what speech gives into a copy of everything about a person: what was heard, and the same as xAPI."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from datetime import UTC
from typing import Any

from chassis.delivery.export_part import json_line, rows_of
from chassis.privacy.export import MadeFile, Shown, Source, export_of
from speech.tables import METADATA, assessments

_ASSESSMENTS = Shown(
    table=assessments,
    about="What was heard in each of your readings, one row a reading.",
    columns={
        "attempt_id": "the reading",
        "transcript": "the words that were heard; null: none",
        "words": "each word of the text: what was heard in its place, from when to when in seconds, how sure that is",
        "scores": "overall, accuracy, fluency and completeness, 0 to 100; null: not assessed",
        "sounds": "the mean score of each sound that was said",
        "refusal": "why nothing was assessed, as when it was too quiet; null: it was",
        "engine": "the programs that listened and that gave the scores, with their versions",
        "created_at": "when it was stored",
        "findings": "what was found about the reading as a whole, as that another text was read",
    },
)


async def _statements(source: Source) -> AsyncIterator[bytes]:
    async with aclosing(rows_of(source, _ASSESSMENTS)) as rows:
        async for row in rows:
            yield json_line(statement(str(source.person), row))


def statement(person: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the xAPI statement (IEEE 9274.1.1) of a reading."""
    scores = row["scores"]
    result: dict[str, Any] = {"completion": row["refusal"] is None}
    if scores is not None:
        raw = scores["overall"]
        result["score"] = {"scaled": round(raw / 100, 4), "raw": raw, "min": 0, "max": 100}
    if row["transcript"] is not None:
        result["response"] = row["transcript"]
    return {
        "id": str(row["attempt_id"]),
        "actor": {"objectType": "Agent", "account": {"homePage": "urn:voxbus:people", "name": person}},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/attempted", "display": {"en": "attempted"}},
        "object": {
            "objectType": "Activity",
            "id": f"urn:uuid:{row['attempt_id']}",
            "definition": {"type": "http://adlnet.gov/expapi/activities/assessment", "name": {"en": "reading aloud"}},
        },
        "result": result,
        "timestamp": row["created_at"].astimezone(UTC).isoformat().replace("+00:00", "Z"),
    }


EXPORT = export_of(
    METADATA,
    tables=(_ASSESSMENTS,),
    files=(
        MadeFile(
            name="xapi.jsonl",
            kind="assessment",
            about="Your readings once more, as xAPI statements (IEEE 9274.1.1) for a learning record store.",
            columns={
                "id": "the reading",
                "actor": "you, by your id",
                "verb": "attempted",
                "object": "the reading, as an activity",
                "result": "the overall score, and the words that were heard",
                "timestamp": "when the result was stored",
            },
            make=_statements,
        ),
    ),
)
