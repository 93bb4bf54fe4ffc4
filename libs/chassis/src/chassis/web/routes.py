"""Declares a service's operations. A vertical makes one `Routes`; its service lists them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypedDict, TypeVar, Unpack

from chassis.web.access import Word
from chassis.web.operation import Consent, IfMatchRule, Method, Operation, RouteFunction
from chassis.web.problems import ProblemType
from chassis.web.proposal import JobAccepted
from contracts.base import JobKind

F = TypeVar("F", bound=RouteFunction)


class Options(TypedDict, total=False):
    """Lists what any route may say."""

    #: the path parameter that is a person: the words `own` and `guardian` speak about them
    person: str
    #: without it nothing at all may happen
    consent: Consent
    #: whether it wants a sign-in of the last five minutes
    fresh: bool
    #: types of problem that its function raises, besides those that follow from what else it says
    problems: tuple[ProblemType, ...]


class ReadOptions(Options, total=False):
    """Lists what a read may say."""

    #: a rule of `chassis.web.cache`; NO_STORE unless it is said
    cache: str


class WriteOptions(Options, total=False):
    """Lists what a write may say."""

    #: reads what the write has made, by its id and the call: what a repeated request is answered with
    replay: RouteFunction
    #: by the name of a constraint (unique or check), the problem of a write that violates it
    conflicts: Mapping[str, ProblemType]
    #: `required` where several people edit, `optional` on one's own; so it is by the access words unless it is said.
    #: None: what is written has no versions, and the header means nothing
    if_match: IfMatchRule | None
    #: bytes of the body; 64 KiB unless it is said, 1 MiB at most
    max_body: int
    #: False: it puts nothing into the outbox, so it is not refused while that is full
    emits: bool


class PostOptions(WriteOptions, total=False):
    """Lists what a POST may say: one that costs time proposes a job."""

    #: 201 with the Location of what was made, unless it is said
    status: int
    #: the kind of job it proposes: its function returns a `Proposal`, or `Proposal | Out` where it may answer at once,
    #: with 200, when no job is needed
    job: JobKind
    #: the operationId that reads what comes of the job
    result: str
    #: the 202, with the public fields that a proposal adds
    accepted: type[JobAccepted]


class Routes:
    """Holds the operations of one vertical. A decorator returns the function as it is, so it can still be called.

    `access` are words any one of which is enough. The operationId is the function's name in camel case; its docstring
    is the public description.
    """

    def __init__(self, tag: str) -> None:
        """`tag` groups the operations in the public document."""
        self._tag = tag
        self.operations: list[Operation] = []

    def get(self, path: str, *, access: tuple[Word, ...], **options: Unpack[ReadOptions]) -> Callable[[F], F]:
        """Declares a read. ETag, If-None-Match and HEAD follow."""
        return self._declare("GET", path, access, dict(options))

    def post(self, path: str, *, access: tuple[Word, ...], **options: Unpack[PostOptions]) -> Callable[[F], F]:
        """Declares what makes something, or does something to something (`status=200`)."""
        return self._declare("POST", path, access, {"status": 201, **options})

    def put(self, path: str, *, access: tuple[Word, ...], **options: Unpack[WriteOptions]) -> Callable[[F], F]:
        """Declares what makes or replaces something whose name the caller chooses."""
        return self._declare("PUT", path, access, {"if_match": _if_match(access), **options})

    def patch(self, path: str, *, access: tuple[Word, ...], **options: Unpack[WriteOptions]) -> Callable[[F], F]:
        """Declares a change by JSON merge patch: the function takes a `Patch`."""
        return self._declare("PATCH", path, access, {"if_match": _if_match(access), **options})

    def delete(self, path: str, *, access: tuple[Word, ...], **options: Unpack[WriteOptions]) -> Callable[[F], F]:
        """Declares a deletion: the function returns None."""
        return self._declare("DELETE", path, access, {"if_match": _if_match(access), **options})

    def _declare(
        self, method: Method, path: str, access: tuple[Word, ...], options: dict[str, Any]
    ) -> Callable[[F], F]:
        def declare(function: F) -> F:
            made = Operation(method=method, path=path, function=function, tag=self._tag, access=access, **options)
            self.operations.append(made)
            return function

        return declare


def _if_match(access: tuple[Word, ...]) -> IfMatchRule:
    """Returns the rule for what people with these words edit: one's own needs no If-Match."""
    return "optional" if {"own", "guardian"} & set(access) else "required"
