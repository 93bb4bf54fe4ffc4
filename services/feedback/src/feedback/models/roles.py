"""Lists the roles in which models answer: by which models in which order, and what answers when none may.

A feature asks for a role, never for a model. An order of models is an installation's to change (`VOXBUS_ROLE_<ROLE>`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from feedback.models.model import Kind

#: stands for no model at all in VOXBUS_ROLE_<ROLE>
RULES = "rules"


@dataclass(frozen=True, kw_only=True, slots=True)
class Role:
    """Describes a role. `default` names the rules that answer when no model does; None: nothing does."""

    name: str
    models: tuple[str, ...]
    default: str | None
    kind: Kind = "chat"


_CHEAP = ("gpt-6-luna", "claude-haiku-5-5", "gemini-3.5-flash-lite")
_QUICK = ("gpt-6-luna", "claude-haiku-5-5", "gemini-3.8-flash")
_GOOD = ("gpt-6.1-terra", "claude-sonnet-5-5", "gemini-3.8-flash")

_ALL = (
    Role(name="child_feedback", models=_CHEAP, default="rules/coach-1"),
    Role(name="lesson_hint", models=_CHEAP, default="rules/ladder-1"),
    Role(name="tweet_style", models=_QUICK, default="rules/style-1"),
    Role(name="tweet_writer", models=_GOOD, default="rules/starter-1"),
    Role(name="story_understand", models=_QUICK, default=None),  # its rules are not written yet
    Role(name="conversation", models=_QUICK, default="rules/facilitator-1"),
    Role(name="design_notes", models=_GOOD, default="rules/notes-1"),
    Role(
        name="realtime",
        models=("gpt-realtime-2.1-mini", "gpt-realtime-2.1"),
        default=None,
        kind="realtime",
    ),
)
ROLES: Mapping[str, Role] = MappingProxyType({role.name: role for role in _ALL})
