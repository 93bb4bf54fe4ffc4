"""Decides whether and when a person is told something, and on which channels. All of it is pure.

The rules are asked in one order, and the first that applies decides: see `RULES`. In the application a notification is
only a line in a list, so no cap, no digest and no quiet hours hold it back there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from notify.notifications.quiet import quiet_until
from notify.notifications.wanted import (
    DIGESTED,
    IN_APP,
    PRESSING,
    PUSHES,
    URGENT_PER_DAY,
    Wanted,
)

Choice = Literal["send", "defer", "drop"]
Reason = Literal[
    "sent",
    "quiet-hours",
    "digest",
    "type-off",
    "channel-gone",
    "cap-reached",
    "duplicate",
    "already-done",
    "too-late",
    "minor",
    "no-consent",
    "cancelled",
    "first-channel-confirmed",
    "superseded",
    "unknown-outcome",
]
#: the rules in their order
RULES = ("erased", "type", "minor", "already", "key", "channel", "urgent", "cap", "digest", "quiet_hours", "send")
#: the rule by which a channel decides what becomes of what was sent
OUTCOME = "outcome"
_RULE_OF: Mapping[str, str] = {
    "type-off": "type",
    "minor": "minor",
    "no-consent": "minor",
    "already-done": "already",
    "too-late": "already",
    "cancelled": "already",
    "channel-gone": "channel",
    "cap-reached": "cap",
}


@dataclass(frozen=True, slots=True)
class Notice:
    """Holds what there is to tell. From `stale_at` on it has lost its sense; `kinds` are the channels asked for."""

    type: str
    urgent: bool = False
    stale_at: datetime | None = None
    kinds: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """Holds a kind of channel outside the application that a person has. `allowed`: its recipient was agreed to."""

    kind: str
    allowed: bool = True
    gone: bool = False


@dataclass(frozen=True, slots=True)
class History:
    """Holds what has happened that matters. `pushes` and `urgent` are the notifications of the person's date so far.

    `already` says why there is nothing to tell any more. `in_app`: it was shown in the application before.
    """

    erased: bool = False
    already: Literal["already-done", "superseded"] | None = None
    duplicate: bool = False
    in_app: bool = False
    pushes: int = 0
    urgent: int = 0
    ways: Sequence[Way] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """Holds what was decided for one channel, why, and by which rule."""

    channel: str
    choice: Choice
    reason: Reason
    rule: str
    deliver_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Holds the decisions for the application, which comes first, and for each way outside."""

    decisions: tuple[Decision, ...]

    @property
    def outside(self) -> tuple[Decision, ...]:
        """Returns those for the ways outside."""
        return self.decisions[1:]

    @property
    def in_app(self) -> Decision:
        """Returns that for the application."""
        return self.decisions[0]

    @property
    def deferred_to(self) -> datetime | None:
        """Returns when what is deferred is to go out; None for nothing."""
        return min(
            (each.deliver_at for each in self.outside if each.choice == "defer" and each.deliver_at), default=None
        )

    @property
    def choice(self) -> Choice:
        """Returns send if anything goes out now, else defer if anything does later; else what the application does."""
        choices = {each.choice for each in self.outside}
        return "send" if "send" in choices else "defer" if "defer" in choices else self.in_app.choice

    @property
    def deliver_at(self) -> datetime | None:
        """Returns when it goes out; None if it does not."""
        if self.choice == "defer":
            return self.deferred_to
        return next((each.deliver_at for each in self.decisions if each.choice == "send"), None)

    @property
    def reasons(self) -> list[Reason]:
        """Returns the reasons, without repetition: those of the ways outside if there are any."""
        return list(dict.fromkeys(each.reason for each in self.outside or self.decisions))


def decide(now: datetime, notice: Notice, wanted: Wanted, history: History) -> Verdict:
    """Returns what becomes of a notification at a moment."""
    ways = [way for way in history.ways if way.kind in _kinds(notice, wanted)]
    dropped = _dropped(now, notice, wanted, history)
    if dropped is not None:
        return Verdict(tuple(replace(dropped, channel=kind) for kind in [IN_APP, *(way.kind for way in ways)]))
    shown = Decision(IN_APP, "send", "sent", "urgent" if is_urgent(notice, history) else "send", now)
    if history.in_app:
        shown = Decision(IN_APP, "drop", "duplicate", "key")
    return Verdict((shown, *(_by_way(now, notice, wanted, history, way) for way in ways)))


def _kinds(notice: Notice, wanted: Wanted) -> frozenset[str]:
    kinds = frozenset(wanted.of(notice.type).channels)
    return kinds if notice.kinds is None else notice.kinds


def _dropped(now: datetime, notice: Notice, wanted: Wanted, history: History) -> Decision | None:
    """Applies the rules that are the same for all channels."""
    if history.erased:
        return Decision("", "drop", "cancelled", "erased")
    if not wanted.of(notice.type).enabled:
        return Decision("", "drop", "type-off", "type")
    if not wanted.adult and notice.type in PRESSING:
        return Decision("", "drop", "minor", "minor")
    if history.already is not None:
        return Decision("", "drop", history.already, "already")
    if notice.stale_at is not None and now >= notice.stale_at:
        return Decision("", "drop", "too-late", "already")
    if history.duplicate:
        return Decision("", "drop", "duplicate", "key")
    return None


def _by_way(now: datetime, notice: Notice, wanted: Wanted, history: History, way: Way) -> Decision:
    """Applies the rules that differ from channel to channel."""
    if not way.allowed:
        return Decision(way.kind, "drop", "minor" if wanted.minor else "no-consent", "minor")
    if way.gone:
        return Decision(way.kind, "drop", "channel-gone", "channel")
    if is_urgent(notice, history):
        return Decision(way.kind, "send", "sent", "urgent", now)
    if way.kind in PUSHES and history.pushes >= wanted.push_per_day:
        return Decision(way.kind, "drop", "cap-reached", "cap")
    if wanted.digest is not None and notice.type in DIGESTED:
        return _later(now, notice, way, wanted.digest.after(wanted.zone, now), "digest", "digest")
    if wanted.quiet is not None and (until := quiet_until(wanted.quiet, wanted.zone, now)) > now:
        return _later(now, notice, way, until, "quiet-hours", "quiet_hours")
    return Decision(way.kind, "send", "sent", "send", now)


def is_urgent(notice: Notice, history: History) -> bool:
    """Tells whether a notification passes cap, digest and quiet hours: ours about the account, a few of one's own."""
    return notice.urgent and (notice.type == "account" or (notice.type == "custom" and history.urgent < URGENT_PER_DAY))


def _later(now: datetime, notice: Notice, way: Way, until: datetime, reason: Reason, rule: str) -> Decision:
    """Defers, unless the notification will have lost its sense by then."""
    if notice.stale_at is not None and until >= notice.stale_at:
        return Decision(way.kind, "drop", "too-late", rule)
    return Decision(way.kind, "defer", reason, rule, until)


def rule_of(reason: Reason) -> str:
    """Returns the rule by which a delivery is not made, or not known to have arrived."""
    return _RULE_OF.get(reason, OUTCOME)
