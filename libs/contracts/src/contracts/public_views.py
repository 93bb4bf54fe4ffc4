"""Declares the views in schema `public_api`: what a client of Supabase's Data API reads of the person of its token.

Their columns are those of the public API's representations, as far as a database has them in clear. `make check`
compares them with what the services' migrations make. Columns are added, and never taken away or given another type.
"""

from __future__ import annotations

from collections.abc import Mapping

from contracts.views import ASSESSMENTS, FEEDBACK, NOTIFICATIONS, PROGRESS, TWISTERS, View

_UUID, _TEXT, _TEXTS, _JSON, _TIME = "uuid", "text", "text[]", "jsonb", "timestamp with time zone"


def _of(view: View, *left_out: str) -> dict[str, str]:
    """Returns the columns of a view in schema `api`, but for some."""
    return {name: kind for name, kind in view.columns.items() if name not in left_out}


#: their columns with Postgres's names of types
PUBLIC_VIEWS: Mapping[str, Mapping[str, str]] = {
    "me": {
        "id": _UUID,
        "email": _TEXT,
        "email_verified": "boolean",
        "username": _TEXT,
        "birth_date": "date",
        "country": _TEXT,
        "time_zone": _TEXT,
        "language": _TEXT,
        "roles": _TEXTS,
        "created_at": _TIME,
    },
    "attempts": {"id": _UUID, "status": _TEXT, **_of(ASSESSMENTS, "attempt_id", "person_id")},
    "assessments": _of(ASSESSMENTS, "person_id"),
    "feedback": _of(FEEDBACK, "person_id"),
    "twister_progress": _of(PROGRESS, "person_id"),
    "notifications": _of(NOTIFICATIONS, "person_id"),
    "consents": {
        "purpose": _TEXT,
        "recipient": _TEXT,
        "state": _TEXT,
        "method": _TEXT,
        "notice_version": "integer",
        "granted_at": _TIME,
        "confirmed_at": _TIME,
        "revoked_at": _TIME,
    },
    "children": {"id": _UUID, "username": _TEXT, "linked_at": _TIME, "consents": _JSON},
    "lessons": {
        "lesson_id": _UUID,
        "key": _TEXT,
        "topic": _TEXT,
        "title": _TEXT,
        "summary": _TEXT,
        "content": _TEXT,
        "difficulty": _TEXT,
        "sequence_order": "integer",
        "minutes": "integer",
        "language": _TEXT,
        "requires": _TEXTS,
        "revision": "integer",
        "created_at": _TIME,
    },
    "progress": {
        "progress_id": _UUID,
        "user_id": _UUID,
        "lesson_id": _UUID,
        "completion_status": "boolean",
        "status": _TEXT,
        "score": "smallint",
        "best_score": "smallint",
        "attempts": "integer",
        "started_at": _TIME,
        "completed_at": _TIME,
    },
    "gamification": {"record_id": _UUID, "user_id": _UUID, "badge": _TEXT, "awarded_at": _TIME},
    "cms_content": {
        "content_id": _UUID,
        "kind": _TEXT,
        "title": _TEXT,
        "description": _TEXT,
        "lesson_id": _UUID,
        "updated_at": _TIME,
    },
    "users": {
        "user_id": _UUID,
        "email": _TEXT,
        "username": _TEXT,
        "xp_points": "integer",
        "current_streak": "integer",
        "created_at": _TIME,
    },
    "twisters": {**TWISTERS.columns, "version": "integer", "created_at": _TIME, "updated_at": _TIME},
}
#: who may read them: nobody but the catalogue's readers without a token
READERS: Mapping[str, tuple[str, ...]] = {
    name: ("anon", "authenticated") if name == "twisters" else ("authenticated",) for name in PUBLIC_VIEWS
}
