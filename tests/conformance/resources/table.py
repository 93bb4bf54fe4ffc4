"""Lists every managed resource: a new one gets the suite by a row here."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from chassis.conformance import Filter, Resource
from content.service import SERVICE as CONTENT
from feedback.service import SERVICE as FEEDBACK
from libs.chassis.tests.integration.toys import TOYS
from notify.service import SERVICE as NOTIFY

#: a month that is still to come
SOON = (datetime.now(UTC) + timedelta(days=60)).strftime("%Y-%m")

RESOURCES: dict[str, Resource] = {
    "toys": Resource(
        service=TOYS,
        path="/toys",
        body=lambda n: {"name": f"Toy {n:03}", "age": n, "note": "soft", "worn_at": f"2026-11-{n + 1:02}T10:00:00Z"},
        patch={"age": 50, "note": None},
        filters={
            "age": Filter("3", lambda toy: toy["age"] == 3, "old"),
            "q": Filter("y%20004", lambda toy: "y 004" in toy["name"], "x" * 41),
        },
        sorts=("id", "name", "-age", "worn_at", "-worn_at"),
    ),
    "notes": Resource(
        service=TOYS,
        path="/notes",
        body=lambda n: {"text": f"note {n}"},
        patch={"text": "another"},
        sorts=("id", "-id"),
    ),
    "twisters": Resource(
        service=CONTENT,
        path="/twisters",
        body=lambda n: {
            "text": f"Red lorry {n}, yellow lorry.",
            "language": "en",
            "difficulty": n % 5 + 1,
            "sounds": ["R", "L"] if n % 2 else ["AO", "R"],
        },
        patch={"text": "A proper copper coffee pot", "sounds": ["P", "K"]},
        filters={
            "sound": Filter("ao", lambda twister: "AO" in twister["sounds"], "AO1"),
            "difficulty": Filter("3", lambda twister: twister["difficulty"] == 3, "6"),
            "q": Filter("LORRY%204!", lambda twister: " 4," in twister["text"], "?!"),
        },
        sorts=("id", "difficulty", "-updated_at"),
    ),
    "conversations": Resource(
        service=FEEDBACK,
        path="/api/conversation/sessions",
        body=lambda n: {"title": f"Session {n}"},
        patch={"title": "Another"},
        sorts=("-id", "id"),
    ),
    "notifications": Resource(
        service=NOTIFY,
        path="/notifications",
        body=lambda n: {
            "title": f"Read lesson {n}",
            "body": "",
            **({} if n % 3 == 2 else {"send_at": f"{SOON}-{n % 28 + 1:02}T10:00:00Z"}),
        },
        patch={"title": "Read another", "body": "now"},
        filters={"state": Filter("scheduled", lambda each: each["state"] == "scheduled", "gone")},
        sorts=("-id", "id"),
    ),
    "webhooks": Resource(
        service=NOTIFY,
        path="/webhooks",
        body=lambda n: {"url": f"https://8.8.8.8/hooks/{n}", "events": ["job.succeeded", "job.failed"]},
        sorts=("-id", "id"),
    ),
}
