"""Defines what every message is: a typed, versioned, immutable payload. Each owning service has a file of messages.

Those that all services have are in `common`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Annotated, Any, ClassVar, Literal, get_type_hints

from pydantic import BaseModel, ConfigDict, Field

Json = dict[str, Any]
#: a pure function from the body of one major version to the body of the next
Upcast = Callable[[Json], Json]


@dataclass(frozen=True, slots=True)
class Personal:
    """Marks a field that tells something about a person: it is what encryption and erasure cover."""


PERSONAL = Personal()

MediaKey = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[a-z0-9][a-z0-9/_.-]*$")]


class Ref(BaseModel):
    """Names an object in the media store. Recordings travel as a Ref, never as bytes.

    `key` is relative to the store; `size` in bytes; `media_type` as sniffed from the content.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    key: MediaKey
    media_type: str
    size: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Message(BaseModel):
    """Serves as the base of commands and events.

    Unknown fields are ignored, so that an older consumer understands a newer minor version.
    `type` names the message everywhere: routing key, schema, log, docs. `version` is (major, minor).
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: ClassVar[str]
    version: ClassVar[tuple[int, int]] = (1, 0)
    #: by older major version, the upcast to the next one; each version that was ever released has one
    upcasts: ClassVar[Mapping[int, Upcast]] = {}
    exchange: ClassVar[Literal["jobs", "events"]]
    #: False for a message that goes on after its job has ended: its envelope names no job, so none can cancel it
    job_scoped: ClassVar[bool] = True
    #: the purpose and the recipient that its person, or their guardian, has agreed to; such a message has a field
    #: `by_consent`, and where that is true the consent is asked for again before a handler begins
    consent: ClassVar[tuple[str, str] | None] = None
    #: the name a client's stream shows for it, where that is not `type`
    stream_name: ClassVar[str | None] = None
    #: the payload fields a client's stream carries
    public_fields: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def stream_type(cls) -> str:
        """Returns the SSE event name of this message."""
        return cls.stream_name or cls.type

    @classmethod
    def personal_fields(cls) -> tuple[str, ...]:
        """Returns the names of the fields marked `PERSONAL`, in order of declaration."""
        return _personal_fields(cls)

    @classmethod
    def examples(cls) -> tuple[Json, ...]:
        """Returns valid payloads, as declared in `model_config`: producer and consumer are both tested against them."""
        extra = cls.model_config.get("json_schema_extra")
        found = extra.get("examples", []) if isinstance(extra, Mapping) else []
        return tuple(example for example in found if isinstance(example, dict)) if isinstance(found, list) else ()


@cache
def _personal_fields(message: type[Message]) -> tuple[str, ...]:
    hints = get_type_hints(message, include_extras=True)
    return tuple(name for name in message.model_fields if PERSONAL in getattr(hints[name], "__metadata__", ()))


class Command(Message):
    """Asks for something to be done by exactly one handler. Only the gateway issues commands."""

    exchange: ClassVar[Literal["jobs", "events"]] = "jobs"


class Event(Message):
    """States a durable fact: something that has happened."""

    exchange: ClassVar[Literal["jobs", "events"]] = "events"


class Problem(BaseModel):
    """RFC 9457 problem, as stored with a dead letter and shown for a failed job. Never holds a caller's input."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: str = Field(pattern=r"^/problems/[a-z0-9-]+$")
    title: str
    status: int = Field(default=500, ge=400, le=599)
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """Describes one step on the path of a job kind.

    `handler` is `<service>.<handler>`; `done` is the event that the handler emits after its work. `max_silence`: a job
    in this step counts as lost when it had no event for this long and is in no table and no queue. The time includes
    that of the repair of a deleted queue.
    """

    handler: str
    done: type[Event]
    max_silence: timedelta = timedelta(minutes=2)

    @property
    def service(self) -> str:
        """Names the service that takes this step."""
        return self.handler.partition(".")[0]


@dataclass(frozen=True, slots=True)
class JobKind:
    """Describes a kind of job: its first command, the steps on its path, the event that ends it, its deadline.

    `result` is the name under which a succeeded job's result holds the id of what the job has made, which is the job's
    own id; `shows` are the fields of the ending event that it holds where the job has made nothing that has an id.
    `max_ready`: how many first commands may wait in the broker for a slow handler; the others wait for their
    turn, which goes round from person to person. It is at most the number of the handler's slots, or a newcomer waits
    for the excess. None: every command is published at once.
    `late`: after so long `JobLate` is said once of a job that has not ended, so that the service of its last step may
    end it without the others; from then on only the ending event is waited for.
    """

    name: str
    command: type[Command]
    steps: tuple[Step, ...]
    completed_by: type[Event]
    deadline: timedelta
    result: str | None = None
    max_ready: int | None = None
    shows: tuple[str, ...] = ()
    late: timedelta | None = None

    def __post_init__(self) -> None:
        if self.max_ready is not None and self.max_ready < 1:
            raise ValueError(f"job kind {self.name}: nothing would ever go through a window of {self.max_ready}")
        if self.late is not None and self.late >= self.deadline:
            raise ValueError(f"job kind {self.name}: it is late before its deadline, or never")
        if self.completed_by not in {step.done for step in self.steps}:
            raise ValueError(f"job kind {self.name}: the ending event is not the event of a step")
        if unknown := set(self.shows) - self.completed_by.model_fields.keys():
            raise ValueError(f"job kind {self.name}: the ending event has no {', '.join(sorted(unknown))}")

    @property
    def services(self) -> frozenset[str]:
        """Names the services on the path: they handle the job's cancellation and failure."""
        return frozenset(step.service for step in self.steps)
