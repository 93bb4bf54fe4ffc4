"""Defines the result of a slow verb's route. The gateway makes a job of it, or nothing is left of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from chassis.web.cache import NO_STORE
from contracts.base import Command, JobKind

MEDIA_TYPE = "application/vnd.voxbus.proposal+json"
#: bytes
LARGEST = 64 * 1024


class JobStatus(StrEnum):
    """Names the state of a job; the last three are final."""

    ACCEPTED = "accepted"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class JobReference(BaseModel):
    """Refers to a job."""

    id: UUID
    kind: str = Field(json_schema_extra={"x-enum": "JobKind"})
    status: JobStatus


class JobAccepted(BaseModel):
    """Refers to the job that a request has become; a slow verb may add public fields."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"job": {"id": "018f6a1e-0000-7000-8000-000000000001", "kind": "attempt", "status": "accepted"}}
            ]
        }
    )

    job: JobReference


@dataclass(frozen=True, slots=True)
class Proposal:
    """Proposes a job of a kind with its first command. `public` is added to the 202, as `accepted=` declares it.

    The gateway sets person, job id and time itself, so a command names none of them but the person.
    """

    kind: JobKind
    command: Command
    public: Mapping[str, Any] = field(default_factory=dict)

    def content(self) -> bytes:
        """Returns the JSON that the gateway reads. Raises ValueError for another kind's command, or one too large."""
        if not isinstance(self.command, self.kind.command):
            raise ValueError(f"{self.kind.name} begins with {self.kind.command.type}, not {self.command.type}")
        major, minor = self.command.version
        content = json.dumps(
            {
                "kind": self.kind.name,
                "type": self.command.type,
                "version": f"{major}.{minor}",
                "command": self.command.model_dump(mode="json"),
                "public": dict(self.public),
            }
        ).encode()
        if len(content) > LARGEST:
            raise ValueError(f"a proposal of {len(content)} bytes: at most {LARGEST} are accepted")
        return content

    def answer(self) -> Response:
        """Returns the owner's answer to the gateway. Raises as `content` does."""
        return Response(self.content(), headers={"Cache-Control": NO_STORE}, media_type=MEDIA_TYPE)
