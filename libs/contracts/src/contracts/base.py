"""Defines what every message is: a typed, versioned, immutable payload. Each owning service has a file of messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Annotated, Any, ClassVar, Literal, get_type_hints
from uuid import UUID

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


_JOB = "018f6a1e-0000-7000-8000-000000000001"
_ERASURE = "018f6a1e-0000-7000-8000-000000000009"


class StepStarted(Event):
    """A slow handler has claimed its message; `tries` counts from 1."""

    type = "step.started"
    public_fields = ("step", "tries")
    model_config = ConfigDict(json_schema_extra={"examples": [{"step": "speech.assess_attempt", "tries": 1}]})

    step: str
    tries: int = Field(ge=1)


class StepFailed(Event):
    """A handler has given up its message; the inbox row is dead and keeps the message."""

    type = "step.failed"
    public_fields = ("step", "problem")
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "step": "speech.assess_attempt",
                    "tries": 5,
                    "problem": {"type": "/problems/recording-undecodable", "title": "Not a recording", "status": 422},
                }
            ]
        }
    )

    step: str
    tries: int = Field(ge=0)
    problem: Problem


class _JobEnded(Event):
    job_id: UUID
    person_id: UUID | None = None
    kind: str
    finished_at: datetime


class JobSucceeded(_JobEnded):
    """A job has succeeded: every step on its path has its event in the log. Appended once, by the recorder."""

    type = "job.succeeded"
    public_fields = ("result",)
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "job_id": _JOB,
                    "kind": "attempt",
                    "finished_at": "2026-11-20T10:00:00Z",
                    "result": {"attempt_id": _JOB},
                }
            ]
        }
    )

    result: dict[str, str]


class JobFailed(_JobEnded):
    """A job has failed: a step on its path is dead, or the deadline has passed. `retry` is the retry's number."""

    type = "job.failed"
    public_fields = ("problem",)
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "job_id": _JOB,
                    "kind": "attempt",
                    "finished_at": "2026-11-20T10:00:00Z",
                    "retry": 0,
                    "problem": {"type": "/problems/deadline-passed", "title": "Too late", "status": 504},
                }
            ]
        }
    )

    problem: Problem
    retry: int = Field(default=0, ge=0)


class JobCancelled(_JobEnded):
    """A job was cancelled by its owner; or for what `problem` says, as when a consent was revoked."""

    type = "job.cancelled"
    version = (1, 1)
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"job_id": _JOB, "kind": "attempt", "finished_at": "2026-11-20T10:00:00Z", "retry": 0}]
        }
    )

    retry: int = Field(default=0, ge=0)
    problem: Problem | None = None


class JobLate(Event):
    """A job takes longer than its kind should. `shown` is what its command shows on the job's stream."""

    type = "job.late"
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "job_id": _JOB,
                    "kind": "hint",
                    "shown": {
                        "lesson_id": "018f6a1e-0000-7000-8000-000000000008",
                        "exercise_id": "which-is-v4",
                        "level": 1,
                    },
                }
            ]
        }
    )

    job_id: UUID
    person_id: UUID | None = None
    kind: str
    shown: Json


class JobRecovered(Event):
    """The ending event of a failed job came later, after an operator's retry. The job's status does not change."""

    type = "job.recovered"
    model_config = ConfigDict(json_schema_extra={"examples": [{"job_id": _JOB}]})

    job_id: UUID


class PersonErased(Event):
    """A person was erased: their key is destroyed, and every service deletes the rows that are about them.

    A service that has done so confirms it under `erasure_id`, which a gateway before 1.1 does not say.
    """

    type = "person.erased"
    version = (1, 1)
    model_config = ConfigDict(json_schema_extra={"examples": [{"person_id": _JOB, "erasure_id": _ERASURE}]})

    person_id: UUID
    erasure_id: UUID | None = None


class OutsideRecipient(BaseModel):
    """Says what became of a person's data with a recipient outside. `detail` is for people, and names nobody.

    `done`: deleted or ended there; `not_kept`: nothing is kept there; `asked`: only the person or time can say;
    `not_possible`: it cannot be taken back.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    recipient: str
    state: Literal["done", "not_kept", "asked", "not_possible"]
    detail: str


class PersonErasureConfirmed(Event):
    """A service has deleted what it had about an erased person: `rows` of its tables, and `media`.

    `outside` are the recipients that it had given something to. The person is nobody any more, so no field names them.
    """

    type = "person.erasure_confirmed"
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "erasure_id": _ERASURE,
                    "service": "notify",
                    "rows": 12,
                    "media": 0,
                    "outside": [{"recipient": "webhook", "state": "done", "detail": "1 webhook was deleted."}],
                }
            ]
        }
    )

    erasure_id: UUID
    service: str
    rows: int = Field(ge=0)
    media: int = Field(ge=0)
    outside: tuple[OutsideRecipient, ...] = ()


class PersonActive(Event):
    """A person was active on a day (UTC) on which nobody had said so yet, or counts as a child from now on, or no more.

    A service counts from the end of the newest day for how long it keeps what is theirs, and asks nobody. What is said
    `at` a later moment holds.
    """

    type = "person.active"
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"person_id": _JOB, "day": "2026-11-20", "child": False, "at": "2026-11-20T10:00:00Z"}]
        }
    )

    person_id: UUID
    day: date
    child: Annotated[bool, PERSONAL]
    at: datetime


class RetentionExecuted(Event):
    """A service has deleted `items` of a class of data because their time was over; the oldest was from `oldest_at`."""

    type = "retention.executed"
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "receipt_id": _JOB,
                    "service": "notify",
                    "kind": "notification",
                    "items": 120,
                    "oldest_at": "2026-08-22T10:00:00Z",
                    "done_at": "2026-11-20T10:00:00Z",
                }
            ]
        }
    )

    receipt_id: UUID
    service: str
    kind: str
    items: int = Field(ge=0)
    oldest_at: datetime | None = None
    done_at: datetime


class ExportBegun(Event):
    """A copy of everything about a person was asked for: each service writes the part of its own tables.

    `person_id` is whom it is about; the envelope names who has asked, who may be that person's guardian.
    """

    type = "export.begun"
    model_config = ConfigDict(json_schema_extra={"examples": [{"export_id": _JOB, "person_id": _JOB}]})

    export_id: UUID
    person_id: UUID


class ExportPartWritten(Event):
    """A service has written its part of an export: so many bytes, encrypted, at a place in the media store."""

    type = "export.part_written"
    public_fields = ("service",)
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"export_id": _JOB, "service": "speech", "place": f"exports/{_JOB}/speech/{_ERASURE}", "size": 20480}
            ]
        }
    )

    export_id: UUID
    service: str
    place: MediaKey
    size: int = Field(ge=0)


CHASSIS_MESSAGES: tuple[type[Message], ...] = (
    StepStarted,
    StepFailed,
    JobSucceeded,
    JobFailed,
    JobLate,
    JobCancelled,
    JobRecovered,
    PersonErased,
    PersonErasureConfirmed,
    PersonActive,
    RetentionExecuted,
    ExportBegun,
    ExportPartWritten,
)
