"""Defines an operation: the declaration of a route, as a value. The gateway reads it from the public document."""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal, get_args, get_type_hints

from pydantic import BaseModel
from starlette.responses import Response

from chassis.web.access import Word
from chassis.web.cache import NO_STORE
from chassis.web.problems import ProblemType
from chassis.web.proposal import JobAccepted, Proposal
from contracts.base import JobKind

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
IfMatchRule = Literal["required", "optional"]
RouteFunction = Callable[..., Awaitable[Any]]

#: bytes of a JSON body: the default, and the largest limit that an operation may declare
JSON_BYTES, MOST_BYTES = 64 * 1024, 1024 * 1024


def operation_id(function: str) -> str:
    """Returns the name of a function in camel case: `listTwisters` for `list_twisters`."""
    head, *rest = function.split("_")
    return head + "".join(word.capitalize() for word in rest)


@cache
def _returned(function: RouteFunction) -> Any:
    """Returns what a function is annotated to return. Each request asks, and to evaluate annotations takes long."""
    return get_type_hints(function, include_extras=True)["return"]


@dataclass(frozen=True, slots=True)
class Consent:
    """Names the purpose and the recipient that a person must have consented to before an operation does anything."""

    purpose: str
    recipient: str

    def described(self) -> dict[str, Any]:
        """Returns it as the public document has it."""
        return {"purpose": self.purpose, "recipient": self.recipient}


@dataclass(frozen=True, slots=True)
class ConsentByField:
    """Names the recipient by the value of a field of the body; of any other value the owner makes a 422."""

    purpose: str
    field: str
    recipients: Mapping[str, str]

    def described(self) -> dict[str, Any]:
        """Returns it as the public document has it."""
        return {"purpose": self.purpose, "field": self.field, "recipients": dict(self.recipients)}


@dataclass(frozen=True, slots=True)
class Upload:
    """Says which field of a body is a file, as an `UploadedFile`, and how many bytes it may have."""

    field: str
    limit: int


@dataclass(frozen=True, slots=True)
class Written:
    """Says how a read is written as text for whoever does not ask for JSON alone: `media_type`, and `write`."""

    media_type: str
    write: Callable[[Any], str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Operation:
    """Declares one method of one path. `Routes` makes it and documents the options. TypeError for a contradiction."""

    method: Method
    path: str
    function: RouteFunction
    tag: str
    access: tuple[Word, ...]
    status: int = 200
    person: str | None = None
    consent: Consent | ConsentByField | None = None
    fresh: bool = False
    cache: str = NO_STORE
    #: whether the answer of a public read depends on who asks, so that only that to an anonymous caller is cached
    personal: bool = False
    written: Written | None = None
    #: of a read, the security event by which the gateway notes it
    noted: str | None = None
    job: JobKind | None = None
    result: str | None = None
    accepted: type[JobAccepted] = JobAccepted
    replay: RouteFunction | None = None
    conflicts: Mapping[str, ProblemType] = field(default_factory=dict)
    if_match: IfMatchRule | None = None
    #: whether the function may find what it was to make (`Call.found`), which is answered with 200
    finds: bool = False
    #: whether a body of any kind is passed over
    any_body: bool = False
    max_body: int = JSON_BYTES
    #: of a write whose body is a form with a file
    upload: Upload | None = None
    emits: bool = True
    problems: tuple[ProblemType, ...] = ()
    #: of a direct operation, the seconds that its answer may take; it writes nothing and is sent once
    direct: float | None = None
    #: of a direct operation, the model of its answer as JSON, and the other media types that it may have; of a read
    #: that answers with a file, its media types
    shows: type[BaseModel] | None = None
    media: tuple[str, ...] = ()
    #: by name, the descriptions of headers that a direct answer, or that of a file, has
    answer_headers: Mapping[str, str] = field(default_factory=dict)
    #: names of the gateway's limits that it takes a request from
    limits: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if mistake := self._mistake():
            raise TypeError(f"{self.method} {self.path}: {mistake}")

    @property
    def id(self) -> str:
        """Returns the operationId, which is the function's name in camel case."""
        return operation_id(self.function.__name__)

    @property
    def at_once(self) -> type[BaseModel] | None:
        """Returns what a function that returns `Proposal | Out` shows where no job is needed; None without an `Out`."""
        others = [each for each in get_args(self.answer) if each is not Proposal]
        return others[0] if self.job is not None and others else None

    @property
    def model(self) -> Any:
        """Returns the annotation of the client's answer; None if it has no schema, as for a ready response."""
        if self.job is not None:
            return self.accepted
        if self.direct is not None:
            return self.shows
        plain = isinstance(self.answer, type) and issubclass(self.answer, (type(None), Response))
        return None if plain else self.answer

    @property
    def route(self) -> str:
        """Returns method and path template: the scope of an Idempotency-Key."""
        return f"{self.method} {self.path}"

    @property
    def writes(self) -> bool:
        """Tells whether the operation has a unit and an idempotency record, as a quick write does.

        So does a slow verb with `replay`, which may do at once what it would else propose.
        """
        return self.method != "GET" and self.direct is None and (self.job is None or self.replay is not None)

    @property
    def parameters(self) -> tuple[str, ...]:
        """Returns the names in the path, in order."""
        return tuple(re.findall(r"{(\w+)}", self.path))

    @property
    def answer(self) -> Any:
        """Returns the annotation of the function's result; NoneType for none."""
        return _returned(self.function)

    @property
    def success(self) -> int:
        """Returns the status of success: 202 for an accepted job, 204 if the function returns nothing."""
        return 202 if self.job is not None else 204 if self.answer is type(None) else self.status

    @property
    def success_of_write(self) -> int:
        """Returns the status of what was written in the request; of a slow verb too, where no job was needed."""
        return 200 if self.job is not None else self.success

    def specificity(self) -> tuple[tuple[bool, str], ...]:
        """Sorts paths so that a literal segment comes before a parameter."""
        return tuple((segment.startswith("{"), segment) for segment in self.path.split("/"))

    def _mistake(self) -> str | None:
        """Returns the mistake in the declaration; None if there is none."""
        wrong_words = set(self.access) - {word for each in get_args(Word) for word in get_args(each) or (each,)}
        rules: dict[str, bool] = {
            "access= needs at least one word": not self.access,
            f"access= knows no {', '.join(map(str, wrong_words))}": bool(wrong_words),
            "the path begins with / and does not end with it": not re.fullmatch(r"(/[\w.-]+|/{\w+})+", self.path),
            "person= names no parameter of the path": self.person not in (None, *self.parameters),
            "fresh= needs a caller, so the operation is not public": self.fresh and "public" in self.access,
            "the word guardian needs person=": "guardian" in self.access and self.person is None,
            "only what is public for everybody may be cached": self.cache != NO_STORE and self.access != ("public",),
            "max_body= is 1 byte to 1 MiB": not 0 < self.max_body <= MOST_BYTES,
            "upload= is for a POST that writes": self.upload is not None and (not self.writes or self.method != "POST"),
            "the function needs a parameter `call`": "call" not in inspect.signature(self.function).parameters,
            "a route with job= returns Proposal": (self.job is not None) != self._proposes,
            "beside Proposal it returns nothing or one model": self._proposes and not self._is_clear,
            "a slow verb that always proposes needs no replay=": self.job is not None
            and self.replay is not None
            and self.at_once is None,
            "a write that returns something needs replay=": self.writes
            and self.answer is not type(None)
            and self.replay is None,
        }
        return next((sentence for sentence, holds in rules.items() if holds), None)

    @property
    def _proposes(self) -> bool:
        return Proposal in (self.answer, *get_args(self.answer))

    @property
    def _is_clear(self) -> bool:
        """Tells whether the answer without a job has at most one schema."""
        others = [each for each in get_args(self.answer) if each is not Proposal]
        return len(others) <= 1 and all(isinstance(each, type) and issubclass(each, BaseModel) for each in others)
