"""Defines toys as authors write and everybody sees them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from chassis.web.validation import Input


class ToyFields(Input):
    """Holds what authors write. `age` in years, from which on it is for."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Bear", "age": 3, "note": "soft"}]})

    name: Annotated[str, Field(min_length=1, max_length=40)]
    age: Annotated[int, Field(ge=0, le=99)] = 3
    note: Annotated[str, Field(max_length=200)] | None = None
    worn_at: datetime | None = None


class ToyOut(BaseModel):
    """Shows one toy."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    age: int
    note: str | None
    worn_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime
