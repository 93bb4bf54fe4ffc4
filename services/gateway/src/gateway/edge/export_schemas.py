"""Defines what people see of the copies that they ask for of everything about them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from chassis.web.proposal import JobReference
from gateway.edge.schemas import JOB_ID, example
from gateway.jobs.exports import Export, State

_AT = "2026-11-20T10:00:00Z"


class ExportReference(BaseModel):
    """Names an export: its id is that of its job."""

    id: UUID


class ExportAccepted(BaseModel):
    """Says that a copy is being made."""

    model_config = example({"job": {"id": JOB_ID, "kind": "export", "status": "accepted"}, "export": {"id": JOB_ID}})

    job: JobReference
    export: ExportReference


class ExportOut(BaseModel):
    """Describes a copy. `size` (bytes) and `sha256` are of its file. `child_id`: it is about a child of one's own."""

    model_config = example(
        {
            "id": JOB_ID,
            "state": "ready",
            "created_at": _AT,
            "expires_at": "2026-11-27T10:00:00Z",
            "size": 20480,
            "sha256": "5f" * 32,
            "child_id": None,
        }
    )

    id: UUID
    state: State
    created_at: datetime
    expires_at: datetime | None
    size: Annotated[int, Field(ge=0)] | None
    sha256: str | None
    child_id: UUID | None

    @classmethod
    def of(cls, export: Export) -> ExportOut:
        """Shapes an export as the client sees it."""
        return cls(
            id=export.id,
            state=export.state,
            created_at=export.created_at,
            expires_at=export.expires_at,
            size=export.size,
            sha256=export.sha256,
            child_id=None if export.person == export.owner else export.person,
        )
