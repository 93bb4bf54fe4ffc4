"""Defines the errors that decide what the pipeline does with a failed try, where the error is raised."""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar
from uuid import UUID

from contracts.base import Problem


class VoxbusError(Exception):
    """Serves as the base of all errors that Voxbus raises on purpose."""

    exit_code: ClassVar[int] = 1  # of a command that ends with it


class SettingsError(VoxbusError):
    """Reports a missing or wrong setting in one sentence that names the variable."""


class Permanent(VoxbusError):
    """Reports that another try cannot help: the message becomes a dead letter with this problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.type}: {problem.detail or problem.title}")
        self.problem = problem


class Retryable(VoxbusError):
    """Reports that another try may help, after `after` seconds if that is known. Spends a try."""

    def __init__(self, reason: str, after: float | None = None) -> None:
        super().__init__(reason)
        self.after = after


class DependencyDown(VoxbusError):
    """Reports that a dependency of the handler does not answer.

    The message is given back for a while, and no try is spent.
    """

    def __init__(self, name: str, probe_after: float = 30.0) -> None:
        super().__init__(f"{name} does not answer")
        self.name = name
        self.probe_after = probe_after


class NotYet(DependencyDown):
    """Reports that a message has to let others go first: it is given back for `after` seconds, without a log line."""

    def __init__(self, after: float) -> None:
        super().__init__("the turn of others", after)


class UnknownVersion(DependencyDown):
    """Reports a major version that only another release can read: the message is parked without spending a try."""

    def __init__(self, problem: Problem, probe_after: float = 120.0) -> None:
        super().__init__("a release that reads it", probe_after)
        self.problem = problem


class Fenced(VoxbusError):
    """Reports that another run has settled or taken over this message: write nothing, emit nothing."""


class Undecodable(VoxbusError):
    """Reports bytes or headers that are not a message of ours."""


class ConsentRevoked(VoxbusError):
    """Reports that nobody has agreed any more to what a message asks for: its handler does not begin."""


class Erased(VoxbusError):
    """Reports that the key of a message's personal fields is destroyed: nobody can read them any more.

    `persons` are the persons without a key, if the error knows them.
    """

    def __init__(self, what: str = "", persons: Collection[UUID] = ()) -> None:
        super().__init__(what)
        self.persons = frozenset(persons)
