"""Says what is asked of a replay, and how it went."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from chassis.filters import Filters
from contracts.base import Json
from gateway.operate.replay_differences import Difference
from gateway.operate.replay_plan import Mode


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Says what is to be replayed: to `<service>.<handler>`, from the log or from a tape."""

    handler: str
    mode: Mode
    filters: Filters = field(default_factory=Filters)
    tape: Path | None = None
    dry: bool = False
    rate: float | None = None
    reveal: bool = False


@dataclass(slots=True)
class Report:
    """Holds how a replay went. `failed` lists events with the reason, the first ones."""

    id: UUID
    handler: str
    mode: Mode
    dry: bool
    plan: Json
    result: Counter[str] = field(default_factory=Counter)
    effects: int = 0
    differences: list[Difference] = field(default_factory=list)
    failures: list[tuple[UUID, str]] = field(default_factory=list)
    cancelled: bool = False

    def document(self) -> Json:
        """Returns it as JSON."""
        names = ("same", "differs", "new", "failed", "skipped") if self.dry else ("done", "failed", "skipped")
        return {
            "id": str(self.id),
            "handler": self.handler,
            "mode": self.mode,
            "dry_run": self.dry,
            "planned": self.plan,
            "result": dict.fromkeys(("same", "differs", "new", "failed", "skipped"), 0)
            | {name: self.result[name] for name in names},
            "not_compared": self.result["not_compared"],
            "effects_recorded": self.effects,
            "differences": [each.document() for each in self.differences],
            "failures": [{"event_id": str(event), "why": why} for event, why in self.failures],
        }
