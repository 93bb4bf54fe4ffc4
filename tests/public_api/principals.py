"""Provides people of whom each service has a row, and acts for them as PostgREST does."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from chassis.message.envelope import new_id
from contracts.public_views import PUBLIC_VIEWS

SUPABASE, CLERK = "https://project.supabase.co/auth/v1", "https://clerk.example.org"
OWN_VIEWS = sorted(PUBLIC_VIEWS.keys() - {"twisters", "children"})


@dataclass(frozen=True)
class Principal:
    """Holds somebody of whom each service has a row, and the claims of their token."""

    issuer: str
    subject: str
    id: UUID = field(default_factory=new_id)
    attempt: UUID = field(default_factory=new_id)

    @property
    def claims(self) -> str:
        return json.dumps({"iss": self.issuer, "sub": self.subject, "role": "authenticated", "aud": "authenticated"})


def _own() -> Principal:
    id = new_id()
    return Principal("voxbus", str(id), id=id)


#: a grown-up, two who sign in elsewhere, a guardian and the child
OWN, GUARDIAN, CHILD = _own(), _own(), _own()
OF_SUPABASE, OF_CLERK = Principal(SUPABASE, str(uuid4())), Principal(CLERK, "user_2abcDEF")
EVERYBODY = {
    "own": OWN,
    "guardian": GUARDIAN,
    "child": CHILD,
    "supabase": OF_SUPABASE,
    "clerk": OF_CLERK,
}
TWISTER, LESSON, RETIRED = new_id(), new_id(), new_id()


async def add_content(owner: asyncpg.Connection) -> None:
    """Adds a twister, two lessons of which one is retired, and a draft of another that nobody may see."""
    await owner.execute("INSERT INTO content.twisters VALUES ($1, 'Red lorry', 'en', 3, '{R,L}')", TWISTER)
    written = ((LESSON, "toys/one", "published"), (RETIRED, "toys/two", "retired"), (new_id(), "x", "draft"))
    for id, key, status in written:
        await owner.execute(
            "INSERT INTO content.entries (id, kind, key, title, description, status, revision, published_revision)"
            " VALUES ($1, 'lesson', $2, 'The draft', 'of a draft', $3, 2, 1)",
            id,
            key,
            status,
        )
        for number, title in ((1, "One"), (2, "The draft")):
            content = json.dumps({"title": title, "summary": "A summary", "text": f"Text of {title}"})
            await owner.execute(
                "INSERT INTO content.revisions (entry_id, revision, source, content, published_at)"
                " VALUES ($1, $2, '', $3, now())",
                id,
                number,
                content,
            )
        if status != "draft":
            await owner.execute(
                "INSERT INTO content.lessons (id, key, topic, position, sequence, title, summary, difficulty, minutes,"
                " language, requires, exercises, revision, retired)"
                " VALUES ($1, $2, 'toys', '1', 7, 'One', 'A summary', 'beginner', 5, 'en', '{}', 3, 1, $3)",
                id,
                key,
                status == "retired",
            )


async def add(owner: asyncpg.Connection, name: str, who: Principal) -> None:
    person, attempt = who.id, who.attempt
    await owner.execute(
        "INSERT INTO gateway.people (id, email, username, password_hash) VALUES ($1, $2, $3, 'a hash')",
        person,
        f"{name}@example.org",
        name,
    )
    if who.issuer != "voxbus":
        identity = (new_id(), person, who.issuer, who.subject)
        await owner.execute(
            "INSERT INTO gateway.identities (id, person_id, issuer, subject) VALUES ($1, $2, $3, $4)", *identity
        )
    await owner.execute(
        "INSERT INTO gateway.jobs (id, kind, person_id, status, deadline, last_seq)"
        " VALUES ($1, 'attempt', $2, 'succeeded', now(), 7), ($3, 'export', $2, 'running', now(), 1)",
        attempt,
        person,
        new_id(),
    )
    await owner.execute(
        "INSERT INTO speech.assessments (attempt_id, person_id, transcript, words, sounds, engine)"
        " VALUES ($1, $2, $3, '[]', '[]', '{}')",
        attempt,
        person,
        "7" if name == "own" else f"words of {name}",
    )
    await owner.execute("INSERT INTO feedback.feedback VALUES ($1, $2, $3, '[]', 'coach/1')", attempt, person, name)
    await owner.execute(
        "INSERT INTO notify.notifications (id, person_id, type, title, body, channel, delivered)"
        " VALUES ($1, $2, 'feedback_ready', $3, 'a body', 'in_app', true)",
        new_id(),
        person,
        name,
    )
    await owner.execute("INSERT INTO content.twister_progress VALUES ($1, $2, 4, 71.46, 70, 2, 'rising')", person, name)
    await owner.execute(
        "INSERT INTO content.lesson_progress"
        " (person_id, lesson_id, id, revision, status, score, best_score, attempts, last_at, exercises)"
        " VALUES ($1, $2, $3, 1, 'completed', 80, 90, 4, now(), '{}')",
        person,
        LESSON,
        new_id(),
    )
    await owner.execute("INSERT INTO content.badges VALUES ($1, 'first-lesson', NULL, now())", person)
    await owner.execute("INSERT INTO content.standings VALUES ($1, 3)", person)
    for key in ("a", "b"):
        await owner.execute(
            "INSERT INTO content.xp_awards VALUES ($1, $2, 10, NULL, $3, '2026-11-20', now())", person, key, new_id()
        )
    await owner.execute(
        "INSERT INTO gateway.consents (id, person_id, purpose, recipient, number, state, notice_version, by_id, reason)"
        " VALUES ($1, $2, 'notify', 'email', 1, 'granted', 1, $3, 'asked')",
        new_id(),
        person,
        GUARDIAN.id,
    )


async def act(connection: asyncpg.Connection, claims: str | None, role: str = "authenticated") -> None:
    """Does what PostgREST does at the beginning of a request."""
    if claims is not None:
        await connection.fetchval("SELECT set_config('request.jwt.claims', $1, true)", claims)
    await connection.execute(f"SET LOCAL ROLE {role}")


async def shown(connection: asyncpg.Connection) -> dict[str, list[Any]]:
    """Reads every view but the catalogue."""
    return {
        name: [dict(row) for row in await connection.fetch(f"SELECT * FROM public_api.{name}")]
        for name in (*OWN_VIEWS, "children")
    }
