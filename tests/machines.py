"""Runs state machines on the real database: hypothesis chooses operations, a small model tells what may result.

An operation runs alone, or it is held: its process stops before one of its statements, with the locks it has, until
the next operation has ended or waits for it; then it goes on, or its process dies. Whatever came of the two must be
what one after the other would have given, in either order. Nothing sleeps and no clock is moved: rows are.
"""

from __future__ import annotations

import asyncio
import os
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Generic, Protocol, Self, TypeVar, cast

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, run_state_machine_as_test

from chassis.bus.base import Outcome, Outgoing, ended
from chassis.bus.memory import MemoryBus
from chassis.storage.database import Database
from tests.stepped import Stepped

#: how many runs of a machine, unless it says otherwise; `make machines` asks for more, and of all the same
BRIEFLY = 10
EXAMPLES = int(os.environ.get("VOXBUS_TEST_EXAMPLES", "0"))
_STEPS = 40
#: an operation is held before one of its first statements and commits, or not: the longest has about as many
PLACES = st.sampled_from((None, None, None, 0, 1, 1, 2, 2, 3, 3, 4, 5, 6))
_WAITS = "SELECT 1 FROM pg_locks WHERE NOT granted AND locktype IN ('transactionid', 'advisory')"
#: what makes a failure small takes five minutes: `make machines` does
_AT_LENGTH = (Phase.shrink, Phase.explain)
_ONE_IN_THREE = st.sampled_from((False, False, True))
#: what a failure may take to be made small, and a second for each run
TIMEOUT_S = 400 + max(BRIEFLY, EXAMPLES)

R = TypeVar("R")
T = TypeVar("T")


class Deaf(MemoryBus):
    """Implements a bus whose publishes have no outcome, so that the outbox stays as it was written."""

    def publish(self, outgoing: Outgoing) -> asyncio.Future[Outcome]:
        return ended(Outcome.UNKNOWN)


class Process(Protocol):
    """Represents one replica."""

    database: Stepped


class Model(Protocol):
    """Models the state. `beside`: the operation ran beside another one, whose locked rows it may have skipped."""

    beside: bool

    def copy(self) -> Self:
        """Returns a copy that can be changed."""

    def picture(self) -> object:
        """Returns the state that the database should have: all that later operations may depend on."""


P = TypeVar("P", bound=Process)
M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Operation(Generic[P, M]):
    """Holds an operation: `do` it on a process; `explain` its result to a model, with an AssertionError if impossible.

    Both processes may do one operation, so what must be new each time (ids, owners) is made by `do`.
    """

    do: Callable[[P], Awaitable[Any]]
    explain: Callable[[M, Any], None]


class Machine(RuleBasedStateMachine, Generic[P, M]):
    """Represents a state machine on one database: its rules call `act`, which compares the result at once."""

    processes: tuple[P, P]
    model: M
    #: what the database said last, as `read` puts it
    found: Any

    def __init__(self, loop: asyncio.AbstractEventLoop, database: Database) -> None:
        super().__init__()
        self.loop = loop
        self.database = database
        self._held: tuple[P, Operation[P, M], asyncio.Task[Any]] | None = None
        self._failed = False

    @initialize(data=st.data())
    def begin(self, data: st.DataObject) -> None:
        """Takes the source of all draws, so that a draw can depend on the present state of the model."""
        self._data = data

    def draw(self, strategy: st.SearchStrategy[T], label: str) -> T:
        """Draws a value from a strategy."""
        return self._data.draw(strategy, label)

    @property
    def nothing_held(self) -> bool:
        """Tells whether no operation is held beside the next one: then a rule may prepare what it needs."""
        return self._held is None

    def wait(self, work: Coroutine[Any, Any, R]) -> R:
        """Runs in the machine's loop."""
        return self.loop.run_until_complete(work)

    def act(
        self,
        do: Callable[[P], Awaitable[Any]],
        explain: Callable[[M, Any], None],
        places: st.SearchStrategy[int | None] = PLACES,
    ) -> None:
        """Does what a rule says. `places`: after how many statements and commits it may be held; None for never."""
        self.wait(self._act(Operation(do, explain), places))

    async def _act(self, operation: Operation[P, M], at: st.SearchStrategy[int | None]) -> None:
        if self._held is not None:
            await self._beside(operation, *self._held)
            return
        places = self.draw(at, "held after so many statements")
        first, self.processes = self.processes[0], self.processes[::-1]
        if places is None:
            await self._explained((operation, await operation.do(first)))
            return
        first.database.hold(places)
        task = asyncio.ensure_future(operation.do(first))
        stopped = asyncio.ensure_future(first.database.stopped.wait())
        await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        self._held = first, operation, task
        if task.done():
            await self._let_go()
        elif self.draw(_ONE_IN_THREE, "the other one does the same"):
            await self._beside(operation, *self._held)

    async def _beside(
        self, operation: Operation[P, M], process: P, held: Operation[P, M], task: asyncio.Task[Any]
    ) -> None:
        dies = self.draw(st.booleans(), "the one that is held dies")
        second = asyncio.ensure_future(operation.do(self.processes[0]))
        while not (await asyncio.wait({second}, timeout=0.001))[0] and not await self._waits_for_the_held():
            pass
        self._held = None
        process.database.go_on(dies=dies)
        dead = asyncio.ensure_future(process.database.dead.wait())
        await asyncio.wait({task, dead}, return_when=asyncio.FIRST_COMPLETED)
        both = [(operation, await second)]
        if dead.done():
            task.cancel()  # waits in a dead process end
            await asyncio.wait({task})
        else:
            both.append((held, await task))
        dead.cancel()
        await self._explained(*both, beside=True)

    async def _let_go(self) -> None:
        """Lets the held operation go on with nothing beside it."""
        assert self._held is not None
        (process, operation, task), self._held = self._held, None
        process.database.go_on()
        await self._explained((operation, await task))

    async def _waits_for_the_held(self) -> bool:
        """Tells whether an operation waits for rows or a person of the held one. A wait for a table ends by itself."""
        return bool(await self.database.fetch(_WAITS))

    async def _explained(self, *done: tuple[Operation[P, M], Any], beside: bool = False) -> None:
        """Finds an order of the operations in which the model explains their results, and the database agrees."""
        before, self.found = self.found, await self.read()
        reasons = []
        for order in (done, done[::-1])[: len(done)]:
            model = self.model.copy()
            model.beside = beside
            try:
                for operation, result in order:
                    operation.explain(model, result)
                assert self.found == model.picture(), f"found {self.found}, but the model says {model.picture()}"
            except AssertionError as reason:
                reasons.append(reason)
                continue
            self.model = model
            self.hold_true(before)
            return
        self._failed = True
        was = [
            f"{operation.explain.__qualname__.removesuffix('.<lambda>')} gave {result}" for operation, result in done
        ]
        why = " | ".join(str(reason) or "it cannot be" for reason in reasons)
        raise AssertionError(f"{' and '.join(was)}: {why}") from reasons[-1]

    @abstractmethod
    async def read(self) -> Any:
        """Reads the state of the database in the form of `Model.picture`."""

    def hold_true(self, before: Any) -> None:
        """Checks what must hold whatever the model says, of the state read before and the one `found` now."""

    async def end(self) -> None:
        """Checks at the end of a run what must come true at last. Not called after a failure."""

    @abstractmethod
    async def clean(self) -> None:
        """Deletes the rows of this run."""

    def teardown(self) -> None:
        self.wait(self._teardown())

    async def _teardown(self) -> None:
        try:
            if self._held is not None:
                await self._let_go()
            if not self._failed:
                await self.end()
        finally:
            await self.clean()


def play(
    machine: Callable[[asyncio.AbstractEventLoop, Database], Machine[Any, Any]],
    database: Database,
    *,
    briefly: int = BRIEFLY,
) -> None:
    """Runs a machine, many times, on a database that is its own, in a loop of its own; closes the database.

    `briefly`: how many times in `make test`.
    """
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        loop = runner.get_loop()

        def start() -> RuleBasedStateMachine:
            return machine(loop, database)

        try:
            phases = [each for each in Phase if EXAMPLES or each not in _AT_LENGTH]
            often = settings(_SETTINGS, max_examples=EXAMPLES or briefly, phases=phases)
            run_state_machine_as_test(cast(type[RuleBasedStateMachine], start), settings=often)
        finally:
            loop.run_until_complete(database.close())


_SETTINGS = settings(
    stateful_step_count=_STEPS,
    deadline=None,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
