"""Models the outbox as briefly as possible: one process at a time holds a row, and a confirmed row is deleted."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

from chassis.bus.base import Outcome

#: claimed: a process publishes it; waits: for its turn, and is not swept
State = Literal["absent", "claimed", "due", "waits"]

#: the routing key of each message
KEYS = ("demo.work", "demo.noted") * 5
#: rows counted as due, at most
BUDGET = 3


@dataclass
class Outbox:
    """Models all rows, the broker's answers about each, and the paused keys of each relay."""

    rows: list[State] = field(default_factory=lambda: ["absent"] * len(KEYS))
    confirmed: frozenset[int] = frozenset()
    gone: frozenset[int] = frozenset()
    resting: frozenset[tuple[int, str]] = frozenset()
    #: rows that could have been published for longer than a first claim: due, whoever claims them
    old: frozenset[int] = frozenset()
    beside: bool = False

    def copy(self) -> Outbox:
        return replace(self, rows=list(self.rows))

    def picture(self) -> list[State]:
        return list(self.rows)

    def emitted(self, numbers: Collection[int], *, waits: bool) -> None:
        """Notes an emitted row, which is born claimed, unless it exists already."""
        for number in numbers:
            if self.rows[number] == "absent":
                self.rows[number] = "waits" if waits else "claimed"

    def swept(self, found: Swept) -> None:
        """Checks that a sweep takes all due rows, except paused, confirmed and still held ones."""
        due = {number for number, state in enumerate(self.rows) if state == "due"}
        counted = due | {number for number in self.old if self.rows[number] == "claimed"}
        free = {number for number in due if (found.relay, KEYS[number]) not in self.resting} - found.held
        assert found.published <= free, "it publishes what is somebody else's, what waits, or what rests"
        assert self.beside or (found.published, found.counted) == (free, min(len(counted), BUDGET)), (
            "it leaves what is due"
        )
        for number in found.published:
            self.rows[number] = "claimed"

    def answered(self, found: Answered | None) -> None:
        """Notes the broker's answer: a refusal pauses the key, and only a confirmed row may be deleted."""
        if found is not None and found.outcome is Outcome.CONFIRMED:
            self.confirmed |= {found.number}
            self.resting -= {(found.relay, KEYS[found.number])}
        if found is not None and found.outcome is Outcome.REFUSED:
            self.resting |= {(found.relay, KEYS[found.number])}

    def deleted(self, numbers: Collection[int]) -> None:
        """Checks that only confirmed rows are deleted, and deletes them."""
        for number in numbers:
            assert number in self.confirmed, "nobody has it, and its row is gone"
            self.rows[number] = "absent"
        self.gone |= set(numbers)
        self.old -= set(numbers)

    def released(self, number: int, done: bool) -> None:
        """Gives a waiting row its turn."""
        assert done == (self.rows[number] == "waits")
        if done:
            self.rows[number] = "claimed"

    def expired(self, numbers: Collection[int]) -> None:
        """Lets claims end, as time passes."""
        self.old |= {number for number in numbers if self.rows[number] == "claimed"}
        self.cleared(numbers)

    def cleared(self, numbers: Collection[int] = range(len(KEYS))) -> None:
        """Ends claims at once; rows that wait for their turn go on waiting."""
        for number in numbers:
            if self.rows[number] == "claimed":
                self.rows[number] = "due"

    def rested(self, relay: int) -> None:
        """Ends the pauses of a relay."""
        self.resting = frozenset(pause for pause in self.resting if pause[0] != relay)


class Swept(NamedTuple):
    relay: int
    published: set[int]
    held: set[int]
    counted: int


class Answered(NamedTuple):
    relay: int
    number: int
    outcome: Outcome
