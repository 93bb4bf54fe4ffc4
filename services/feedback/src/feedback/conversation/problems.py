"""Defines the problems of conversations that are kept."""

from __future__ import annotations

from chassis.web.problems import ProblemType
from feedback.conversation.kept import MOST_MESSAGES, MOST_SESSIONS

SESSION_ENDED = ProblemType(
    name="session-ended", status=409, title="The session has ended", detail="Start another one to go on."
)
TOO_MANY = ProblemType(
    name="too-many",
    status=409,
    title="Too many",
    detail=f"A person has at most {MOST_SESSIONS} sessions, a session {MOST_MESSAGES:,} messages: delete or start one.",
)
