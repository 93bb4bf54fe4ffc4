"""Declares handlers: queue, retries, dead letters, metrics and span follow from one decorated function."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, Literal, Protocol, TypeVar, overload
from uuid import UUID

from sqlalchemy.engine import Result
from sqlalchemy.sql.expression import Executable

from contracts.base import Command, Event, Json, Message

M = TypeVar("M", bound=Message)
D = TypeVar("D", bound="Deps")


@dataclass(frozen=True, slots=True)
class Backoff:
    """Says how a failed try is repeated: after `first` seconds, doubling up to `cap`, with at most `attempts` tries."""

    attempts: int = 5
    first: float = 2.0
    cap: float = 300.0

    def delay(self, tries: int) -> float:
        """Returns the seconds to wait after try number `tries` (from 1)."""
        return float(min(self.cap, self.first * 2 ** (tries - 1)))


class Rows(Protocol):
    """Runs statements on the service's rows in an open transaction."""

    async def execute(self, statement: Executable, parameters: Any = None) -> Result[Any]:
        """Runs a SQLAlchemy Core statement of the service."""


class Acts(Rows, Protocol):
    """Writes rows, and messages about one person at a time, in a handler's unit or in a request's.

    So what needs both need not know who calls it. In a batch a message follows from the one about its person.
    """

    @property
    def emits(self) -> bool:
        """Tells whether it may emit: a request may have been declared without."""

    def emit(self, event: Event, *, about: UUID) -> None:
        """Puts an event about a person into the outbox."""

    def schedule(
        self, key: str, due: datetime | timedelta, message: Command | Event, *, about: UUID, unless_due: bool = False
    ) -> None:
        """Emits a message about a person later; see `Unit.schedule`."""

    def unschedule(self, key: str) -> None:
        """Removes a scheduled message, unless it has been emitted."""

    def ring(self, person: UUID) -> None:
        """Tells the clients of a person who follow what is new, once it is committed. It may be lost."""


class Unit(Rows, Protocol):
    """Opens the one transaction of a run: it writes inbox, the service's rows and the outbox, or nothing."""

    @property
    def emits(self) -> bool:
        """Returns true; see `Acts`."""

    def emit(self, event: Event, cause: Message | None = None, about: UUID | None = None) -> None:
        """Puts an event into the outbox. In a batch, `cause` says which message it follows from; else the one `about`.

        It is about the cause's person, or about another (`about`), whose key then encrypts its personal fields; if that
        other person was erased, an event with personal fields is left out.
        """

    def schedule(
        self,
        key: str,
        due: datetime | timedelta,
        message: Command | Event,
        cause: Message | None = None,
        about: UUID | None = None,
        *,
        unless_due: bool = False,
    ) -> None:
        """Emits a message later: at a moment, or a time span after the database's now.

        It replaces the message scheduled under this key; with `unless_due` not one that is due and has yet to be
        emitted, whose consumer then schedules anew. It belongs to the cause's person and to no job, and gets its
        id when it is emitted; its consumer must check that the reason still holds. Raises ValueError for a message with
        personal fields, because timers are stored in clear.
        """

    def unschedule(self, key: str) -> None:
        """Removes a scheduled message, unless it has been emitted."""

    def ring(self, person: UUID) -> None:
        """Tells the clients of a person who follow what is new, once it is committed. It may be lost."""


@dataclass(frozen=True, slots=True)
class LookUp:
    """Decides an unknown effect by asking: `ask` returns its result if the far side has done it, else None."""

    ask: Callable[[], Awaitable[Json | None]]


#: the rule for a call with an unknown outcome: `resend`, if the far side takes an idempotency key and acts only once;
#: `LookUp`; or `give_up`, which makes the message a dead letter
Rule = Literal["resend", "give_up"] | LookUp


class Effects(Protocol):
    """Makes calls to the outside that must not be done twice."""

    @property
    def message_id(self) -> UUID:
        """Returns the id of the message that is handled, which is the same at each try."""

    @property
    def tries(self) -> int:
        """Returns which try this is, from 1. A try whose process died counts, one that was given back does not."""

    async def once(
        self, name: str, call: Callable[[], Awaitable[Json]], rule: Rule, *, as_if: Json | None = None
    ) -> Json:
        """Makes the call named `name` of this message, or returns its result when it is known from an earlier try.

        The result is stored in clear for weeks, so it must hold nothing about a person. All effects come before `unit`.
        A call may raise `Permanent`, `Retryable` or `DependencyDown` only if the far side surely did nothing; after any
        other error the outcome is unknown. Raises `Permanent` for an effect that is given up, `Fenced` when the job has
        ended. `as_if` is the result of a call that succeeded, with which a dry run goes on.
        """


_NO_RUN = "effects are only there inside the run of a slow handler"


class _NoEffects:
    @property
    def message_id(self) -> UUID:
        raise RuntimeError(_NO_RUN)

    @property
    def tries(self) -> int:
        raise RuntimeError(_NO_RUN)

    async def once(
        self, name: str, call: Callable[[], Awaitable[Json]], rule: Rule, *, as_if: Json | None = None
    ) -> Json:
        raise RuntimeError(_NO_RUN)


_NO_EFFECTS = _NoEffects()


async def _no_progress(what: dict[str, Any]) -> None:
    """Does nothing: outside a run no client follows the progress."""


def _no_unit() -> AbstractAsyncContextManager[Unit]:
    raise RuntimeError("unit() is only there inside the run of a slow handler")


@dataclass(frozen=True, kw_only=True)
class Deps:
    """Holds the dependencies of every handler; a service's own Deps adds fields.

    `unit` opens the run's one transaction (slow handlers). `effects` makes calls to the outside. `progress` sends a
    transient message to the clients that follow the job; it may be lost. The pipeline replaces all three for each run.
    """

    unit: Callable[[], AbstractAsyncContextManager[Unit]] = _no_unit
    progress: Callable[[dict[str, Any]], Awaitable[None]] = _no_progress
    effects: Effects = _NO_EFFECTS


SlowFunction = Callable[[M, D], Awaitable[None]]
FastFunction = Callable[[Sequence[M], D, Unit], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class SlowHandler(Generic[M, D]):
    """Works outside any transaction under a lease, `slots` at a time, each try at most `timeout` seconds."""

    message: type[M]
    function: SlowFunction[M, D]
    slots: int
    timeout: float
    retry: Backoff
    #: what follows from a replay is not for it
    live_only: bool = False
    #: what people read that it writes; the metrics tell how late it is
    projection: str | None = None

    @property
    def name(self) -> str:
        """Returns the handler's name; its queue is `<service>.<name>`."""
        return self.function.__name__


@dataclass(frozen=True, slots=True)
class FastHandler(Generic[M, D]):
    """Takes the messages that have arrived, up to `batch`, in one transaction of the chassis."""

    message: type[M]
    function: FastFunction[M, D]
    batch: int
    timeout: float
    retry: Backoff
    #: what follows from a replay is not for it
    live_only: bool = False
    #: as of `SlowHandler`
    projection: str | None = None

    @property
    def name(self) -> str:
        """Returns the handler's name; its queue is `<service>.<name>`."""
        return self.function.__name__


Handler = SlowHandler[Any, Any] | FastHandler[Any, Any]


@overload
def handles(
    message: type[M],
    *,
    slots: int,
    timeout: float,
    retry: Backoff = ...,
    live_only: bool = ...,
    projection: str | None = ...,
) -> Callable[[SlowFunction[M, D]], SlowHandler[M, D]]: ...
@overload
def handles(
    message: type[M],
    *,
    batch: int,
    timeout: float = ...,
    retry: Backoff = ...,
    live_only: bool = ...,
    projection: str | None = ...,
) -> Callable[[FastFunction[M, D]], FastHandler[M, D]]: ...
def handles(
    message: type[M],
    *,
    slots: int | None = None,
    batch: int | None = None,
    timeout: float = 30.0,
    retry: Backoff | None = None,
    live_only: bool = False,
    projection: str | None = None,
) -> Callable[[Any], Any]:
    """Makes a handler of a function: slow with `slots=`, fast with `batch=`; never both.

    One that tells people something is `live_only`: its service takes nothing that follows from a replay. One that
    writes what people read names it (`projection`).
    """
    if (slots is None) == (batch is None):
        raise TypeError("a handler is either slow (slots=) or fast (batch=)")
    policy = retry or Backoff()

    def declare(function: Any) -> Any:
        if slots is not None:
            return SlowHandler(message, function, slots, timeout, policy, live_only, projection)
        return FastHandler(message, function, batch or 1, timeout, policy, live_only, projection)

    return declare
