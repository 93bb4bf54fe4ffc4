"""Defines the events of streams as clients see them: one model for each type, with the same shapes as in REST.

They are made from the messages' `public_fields`, so a new message of a job needs nothing here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import reduce
from operator import or_
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, RootModel, ValidationError, create_model
from pydantic.config import JsonDict

from chassis.delivery.consumer import PROGRESS
from contracts.base import Json, Message, Problem
from contracts.catalogue import JOB_KINDS, MESSAGES, RETIRED
from contracts.common import JobCancelled, JobFailed, JobSucceeded, StepFailed, StepStarted
from contracts.feedback import Tip
from gateway.edge.schemas import JOB_ID, Findings, JobProblem, TipOut
from gateway.edge.streams.subscription import END

_TIME = "2026-11-20T10:00:00Z"
#: parts of messages that REST shows in a shape of its own
_SHOWN: Mapping[Any, Any] = {Tip: TipOut, Problem: JobProblem}
#: fields that are shown only where there is something in them
_SHOWN_IF_ANY: Mapping[str, Any] = {"findings": Findings}


class NoData(BaseModel):
    """Shows nothing: the event itself says it all."""


class JobEndData(BaseModel):
    """Shows nothing: the event itself says it all."""


class ProgressData(BaseModel):
    """Shows what a running step knows so far. `fence` grows with each run of the step, which begins anew.

    `text` is what a model has written since the event before, `from` the number of characters before it: from 0 it is
    the whole, once a second at least.
    """

    model_config = ConfigDict(extra="allow")

    fence: int
    transcript: str | None = None
    text: str | None = None
    begin: int | None = Field(None, alias="from", ge=0)


def shape(message: type[Message], payload: Mapping[str, Any]) -> Json:
    """Returns the fields of a message that a client sees.

    A payload that does not fit, of a much older release, is shown as it is.
    """
    try:
        return _DATA[message.type].model_validate(payload).model_dump(mode="json")
    except ValidationError:
        return {name: payload.get(name) for name in message.public_fields if name not in _SHOWN_IF_ANY}


def _shown(annotation: Any) -> Any:
    """Returns a type of a message as REST shows it."""
    if annotation in _SHOWN:
        return _SHOWN[annotation]
    origin, inner = get_origin(annotation), tuple(_shown(each) for each in get_args(annotation))
    if not inner or inner == get_args(annotation):
        return annotation
    if origin in (Union, UnionType):
        return reduce(or_, inner)
    generic: Any = origin
    return generic[inner]


def _require_all(schema: Json) -> None:
    """Says that an event always has its fields, also those with a default, but for those in `_SHOWN_IF_ANY`."""
    if properties := schema.get("properties"):
        schema["required"] = [name for name in properties if name not in _SHOWN_IF_ANY]


def _named(kind: str) -> str:
    return "".join(part.capitalize() for part in kind.replace("_", ".").split("."))


def _data(message: type[Message]) -> type[BaseModel]:
    fields = {name: message.model_fields[name] for name in message.public_fields}
    shown: dict[str, Any] = {
        name: (_SHOWN_IF_ANY.get(name, _shown(field.annotation)), ... if field.is_required() else field.default)
        for name, field in fields.items()
    }
    name = _named(message.stream_type())
    told = f"Shows the data of `{message.stream_type()}`."
    return create_model(f"{name}Data", __doc__=told, __config__=ConfigDict(json_schema_extra=_require_all), **shown)


_DATA: dict[str, type[BaseModel]] = {kind: _data(message) for kind, message in MESSAGES.items()}


def _event(kind: str, data: type[BaseModel], told: str, example: JsonDict, *, seq: int | None) -> type[BaseModel]:
    """Returns the model of one event. Transient events have no `seq`."""
    value: JsonDict = {"type": kind, "job_id": JOB_ID, "seq": seq, "time": _TIME, "data": example}
    fields: dict[str, Any] = {
        "type": (Literal[kind], ...),
        "job_id": (UUID, ...),
        "seq": (None if seq is None else Annotated[int, Field(ge=1)], ...),
        "time": (datetime, ...),
        "data": (data, ...),
    }
    config = ConfigDict(json_schema_extra={"examples": [value]})
    return create_model(f"{_named(kind)}Event", __doc__=told, __config__=config, **fields)


def _events() -> Iterator[type[BaseModel]]:
    """Yields a model for each event that a job of today may show."""
    kinds = [kind for kind in JOB_KINDS.values() if kind not in RETIRED]
    path = [*(kind.command for kind in kinds), *(step.done for kind in kinds for step in kind.steps)]
    ends: Sequence[type[Message]] = (StepStarted, StepFailed, JobSucceeded, JobFailed, JobCancelled)
    for message in dict.fromkeys([*path, *ends]):
        example = shape(message, message.examples()[0])
        told = " ".join((message.__doc__ or "").split())
        yield _event(message.stream_type(), _DATA[message.type], told, example, seq=1)
    told = "Tells how far a running step has come. It may be lost, and is not repeated."
    yield _event(PROGRESS, ProgressData, told, {"fence": 1, "transcript": "red lorry"}, seq=None)
    yield _event(END, JobEndData, "Ends every stream of a job that has ended: do not connect again.", {}, seq=None)


_UNION: Any = reduce(or_, _events())


class JobEvent(RootModel[Annotated[_UNION, Field(discriminator="type")]]):
    """Shows an event of a job. Ignore types that you do not know: later releases may add some."""
