"""Errors are born with their verdict: what the pipeline does with a failed try is decided where the error arises."""

from __future__ import annotations

from contracts.base import Problem


class VoxbusError(Exception):
    """Base of all errors that Voxbus raises on purpose."""


class SettingsError(VoxbusError):
    """A missing or wrong setting; its message is one sentence that names the variable."""


class Permanent(VoxbusError):
    """Trying again cannot help: the message becomes a dead letter with this problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.type}: {problem.detail or problem.title}")
        self.problem = problem


class Retryable(VoxbusError):
    """Trying again may help, not before `after` seconds where that is known. Spends a try."""

    def __init__(self, reason: str, after: float | None = None) -> None:
        super().__init__(reason)
        self.after = after


class DependencyDown(VoxbusError):
    """What the handler needs does not answer: the message is given back without spending a try, for a while."""

    def __init__(self, name: str, probe_after: float = 30.0) -> None:
        super().__init__(f"{name} does not answer")
        self.name = name
        self.probe_after = probe_after


class UnknownVersion(DependencyDown):
    """A major version that this release cannot read, but another one may: the message is parked, spending no try."""

    def __init__(self, problem: Problem, probe_after: float = 120.0) -> None:
        super().__init__("a release that reads it", probe_after)
        self.problem = problem


class Fenced(VoxbusError):
    """Someone else has settled or taken over this message: write nothing, emit nothing."""


class Undecodable(VoxbusError):
    """Bytes or headers that are no message of ours."""


class Erased(VoxbusError):
    """The key of what a message tells about a person is gone: nobody can read it any more."""
