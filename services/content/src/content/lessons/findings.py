"""Defines what the rules say of a file: a place, a rule and a sentence."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict


class Finding(BaseModel):
    """Names a mistake in a lesson's file. `path` is the field, such as `exercises[0].hints`; `line` counts from 1."""

    model_config = ConfigDict(frozen=True)

    path: str
    line: int
    rule: str
    message: str


#: findings of one file that are shown
MOST_SHOWN = 100


class Refused(Exception):
    """Says that a file cannot be read at all; `findings` tell why."""

    def __init__(self, *findings: Finding) -> None:
        super().__init__(findings)
        self.findings = findings


def bounded(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Returns the first of a file's findings, and where there are more than `MOST_SHOWN`, one that counts the rest."""
    shown, rest = findings[:MOST_SHOWN], len(findings) - MOST_SHOWN
    if rest <= 0:
        return tuple(shown)
    return (*shown, Finding(path="", line=shown[-1].line, rule="more", message=f"{rest:,} more are not shown."))


def path_of(parts: Sequence[str | int]) -> str:
    """Returns the name of a field: `exercises[0].hints`."""
    written = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return written.removeprefix(".")
