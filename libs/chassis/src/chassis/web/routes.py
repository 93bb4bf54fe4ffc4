"""Declares a service's operations. A vertical makes one `Routes`; its service lists them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Required, TypedDict, TypeVar, Unpack

from pydantic import BaseModel

from chassis.web.access import Word
from chassis.web.operation import (
    Consent,
    ConsentByField,
    IfMatchRule,
    Method,
    Operation,
    RouteFunction,
    Upload,
    Written,
)
from chassis.web.problems import ProblemType
from chassis.web.proposal import JobAccepted
from chassis.web.stream import Stream
from contracts.base import JobKind

F = TypeVar("F", bound=RouteFunction)


class Options(TypedDict, total=False):
    """Lists the options of every route."""

    #: the path parameter that is a person, to whom the words `own` and `guardian` refer
    person: str
    #: the consent without which the operation does nothing
    consent: Consent | ConsentByField
    #: whether it needs a sign-in within the last five minutes
    fresh: bool
    #: types of problem that its function raises, besides those that follow from the other options
    problems: tuple[ProblemType, ...]


class ReadOptions(Options, total=False):
    """Lists the options of a read."""

    #: a rule of `chassis.web.cache`; NO_STORE by default
    cache: str
    #: media types of the file that the function answers with
    media: tuple[str, ...]
    #: by name, the descriptions of headers of that answer, which no other operation's may have
    answer_headers: Mapping[str, str]
    #: True: who is signed in gets another answer than everybody, which no cache keeps
    personal: bool
    #: a text that is the answer unless the header Accept asks for JSON and not for that text
    written: Written
    #: the security event by which the gateway notes that somebody reads this
    noted: str


class WriteOptions(Options, total=False):
    """Lists the options of a write."""

    #: reads what the write has made, by its id and the call, to answer a repeated request. A slow verb that has it
    #: writes what it answers at once: it opens its unit in any case, and what it proposes then leaves nothing there
    replay: RouteFunction
    #: by the name of a constraint (unique or check), the problem of a write that violates it
    conflicts: Mapping[str, ProblemType]
    #: `required` where several people edit, `optional` for a person's own; by default it follows from the access words.
    #: None: the resource has no versions, and the header is ignored
    if_match: IfMatchRule | None
    #: bytes of the body; 64 KiB by default, 1 MiB at most
    max_body: int
    #: False: the write emits no event, so it is not refused while the outbox is over its budget
    emits: bool
    #: names of the gateway's limits that it takes a request from
    limits: tuple[str, ...]


class PostOptions(WriteOptions, total=False):
    """Lists the options of a POST; a slow one proposes a job."""

    #: by default 201 with the Location of what was made
    status: int
    #: True: the function calls `Call.found` where what it was to make is there already, and the answer is 200
    finds: bool
    #: True: a body of any kind is passed over, such as the form that a mail program sends
    any_body: bool
    #: the kind of job that it proposes: its function returns a `Proposal`, or `Proposal | Out` where it may answer at
    #: once, with 200, when no job is needed
    job: JobKind
    #: the operationId that reads the job's result
    result: str
    #: the model of the 202, with the public fields that a proposal adds
    accepted: type[JobAccepted]
    #: the body is a form with a file, which the gateway stores; the function gets it as an `UploadedFile`
    upload: Upload


class DirectOptions(TypedDict, total=False):
    """Lists the options of a direct operation."""

    #: the status of its answer, by default 200
    status: int
    #: seconds that its answer may take as a whole
    deadline: Required[float]
    #: the model of its answer as JSON
    shows: Required[type[BaseModel]]
    #: other media types that its answer may have
    media: tuple[str, ...]
    #: by name, the descriptions of headers of its answer, which no other operation's may have
    answer_headers: Mapping[str, str]
    #: names of the gateway's limits that it takes a request from
    limits: tuple[str, ...]
    #: bytes of the body; 64 KiB by default, 1 MiB at most
    max_body: int
    #: types of problem that its function raises
    problems: tuple[ProblemType, ...]


class Routes:
    """Holds the operations of one vertical. A decorator returns the function unchanged, so it can still be called.

    `access` lists words; any one of them is enough. The operationId is the function's name in camel case; its docstring
    is the public description.
    """

    def __init__(self, tag: str) -> None:
        """Takes the `tag` that groups the operations in the public document."""
        self._tag = tag
        self.operations: list[Operation] = []
        self.streams: list[Stream] = []
        #: by the name of an event, the body of the calls that the service itself makes to a person's URL
        self.webhooks: dict[str, type[BaseModel]] = {}

    def get(self, path: str, *, access: tuple[Word, ...], **options: Unpack[ReadOptions]) -> Callable[[F], F]:
        """Declares a read. ETag, If-None-Match and HEAD follow."""
        return self._declare("GET", path, access, dict(options))

    def post(self, path: str, *, access: tuple[Word, ...], **options: Unpack[PostOptions]) -> Callable[[F], F]:
        """Declares an operation that makes a resource, or acts on one (`status=200`)."""
        return self._declare("POST", path, access, {"status": 201, **options})

    def direct(self, path: str, *, access: tuple[Word, ...], **options: Unpack[DirectOptions]) -> Callable[[F], F]:
        """Declares a POST that writes nothing and answers as long as `deadline`, piece by piece where it likes.

        It is sent once and never repeated, and ends when its client goes away. Its function returns a `Response`. No
        answer of its repeats a name or a value of the request.
        """
        declared: dict[str, Any] = dict(options)
        return self._declare("POST", path, access, {"direct": declared.pop("deadline"), **declared})

    def put(self, path: str, *, access: tuple[Word, ...], **options: Unpack[WriteOptions]) -> Callable[[F], F]:
        """Declares an operation that makes or replaces a resource whose name the caller chooses."""
        return self._declare("PUT", path, access, {"if_match": _if_match(access), **options})

    def patch(self, path: str, *, access: tuple[Word, ...], **options: Unpack[WriteOptions]) -> Callable[[F], F]:
        """Declares a change by JSON merge patch: the function takes a `Patch`."""
        return self._declare("PATCH", path, access, {"if_match": _if_match(access), **options})

    def delete(self, path: str, *, access: tuple[Word, ...], **options: Unpack[WriteOptions]) -> Callable[[F], F]:
        """Declares a deletion: the function returns None."""
        return self._declare("DELETE", path, access, {"if_match": _if_match(access), **options})

    def stream(
        self, path: str, *, access: tuple[Word, ...], problems: tuple[ProblemType, ...] = ()
    ) -> Callable[[F], F]:
        """Declares a WebSocket: its function takes `call`, a `StreamCall`, and `socket`, a `StreamSocket`.

        `problems` are those by which it may be refused. Anonymous callers may have sent a provider's key.
        """

        def declare(function: F) -> F:
            self.streams.append(Stream(path=path, function=function, access=access, problems=problems))
            return function

        return declare

    def webhook(self, events: Iterable[str], body: type[BaseModel]) -> None:
        """Declares what the service sends to a person's URL at some events, signed as Standard Webhooks 1.0 says."""
        self.webhooks |= dict.fromkeys(events, body)

    def _declare(
        self, method: Method, path: str, access: tuple[Word, ...], options: dict[str, Any]
    ) -> Callable[[F], F]:
        def declare(function: F) -> F:
            made = Operation(method=method, path=path, function=function, tag=self._tag, access=access, **options)
            self.operations.append(made)
            return function

        return declare


def _if_match(access: tuple[Word, ...]) -> IfMatchRule:
    """Returns the rule for If-Match that follows from the access words: a person's own resource needs none."""
    return "optional" if {"own", "guardian"} & set(access) else "required"
