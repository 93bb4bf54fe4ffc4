"""What the outbox promises, as short as can be: a row goes once the broker has confirmed it; one at a time has it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

from chassis.bus.base import Outcome

#: claimed: somebody publishes it; waits: for its turn, and for nobody's sweep
State = Literal["absent", "claimed", "due", "waits"]

#: the routing key of each message
KEYS = ("demo.work", "demo.noted") * 5
#: rows counted as due, at most
BUDGET = 3


@dataclass
class Outbox:
    """All rows, what the broker has said of each, and the keys that rest, by relay."""

    rows: list[State] = field(default_factory=lambda: ["absent"] * len(KEYS))
    confirmed: frozenset[int] = frozenset()
    gone: frozenset[int] = frozenset()
    resting: frozenset[tuple[int, str]] = frozenset()
    beside: bool = False

    def copy(self) -> Outbox:
        return replace(self, rows=list(self.rows))

    def picture(self) -> list[State]:
        return list(self.rows)

    def emitted(self, numbers: Collection[int], *, waits: bool) -> None:
        """Born claimed, unless it is there already."""
        for number in numbers:
            if self.rows[number] == "absent":
                self.rows[number] = "waits" if waits else "claimed"

    def swept(self, found: Swept) -> None:
        """One sweeper takes all that is due, but for what rests, what it will delete, and what its own bus holds."""
        due = {number for number, state in enumerate(self.rows) if state == "due"}
        free = {number for number in due if (found.relay, KEYS[number]) not in self.resting} - found.held
        assert found.published <= free, "it publishes what is somebody else's, what waits, or what rests"
        assert self.beside or (found.published, found.counted) == (free, min(len(due), BUDGET)), "it leaves what is due"
        for number in found.published:
            self.rows[number] = "claimed"

    def answered(self, found: Answered | None) -> None:
        """A full queue lets its key rest; only what was confirmed may go."""
        if found is not None and found.outcome is Outcome.CONFIRMED:
            self.confirmed |= {found.number}
            self.resting -= {(found.relay, KEYS[found.number])}
        if found is not None and found.outcome is Outcome.REFUSED:
            self.resting |= {(found.relay, KEYS[found.number])}

    def deleted(self, numbers: Collection[int]) -> None:
        """What was confirmed goes."""
        for number in numbers:
            assert number in self.confirmed, "nobody has it, and its row is gone"
            self.rows[number] = "absent"
        self.gone |= set(numbers)

    def released(self, number: int, done: bool) -> None:
        """Its turn has come."""
        assert done == (self.rows[number] == "waits")
        if done:
            self.rows[number] = "claimed"

    def expired(self, numbers: Collection[int]) -> None:
        """Claims end; what waits for its turn goes on waiting."""
        for number in numbers:
            if self.rows[number] == "claimed":
                self.rows[number] = "due"

    def rested(self, relay: int) -> None:
        """The pauses of a relay are over."""
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
