"""Reads a proposal: a kind of job with its first command, checked against the contracts of this release."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from chassis.errors import VoxbusError
from chassis.web.proposal import LARGEST, MEDIA_TYPE
from contracts.base import Command, JobKind, Json
from contracts.upcast import can_read, upcast
from gateway.edge.forward.forwarder import Answer
from gateway.edge.forward.hop import NoAnswer

#: fields that the gateway sets in a command that has them
_PERSON = "person_id"
#: characters of an owner's name that the log repeats
_NAMED = 100


class NoProposal(VoxbusError):
    """Says why no job can be made of an owner's answer. The reason holds nothing of the command."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """Holds a proposal that can be accepted. `public` is added to the 202."""

    kind: JobKind
    command: Command
    public: Json


class _Document(BaseModel):
    model_config = ConfigDict(extra="ignore")

    kind: str
    type: str
    version: str = Field(pattern=r"^[0-9]{1,4}\.[0-9]{1,4}$")
    command: Json
    public: Json = {}


def is_proposal(answer: Answer) -> bool:
    """Tells whether an owner has answered with a proposal; any other answer goes to the client unchanged."""
    types = [value.partition(b";")[0].strip() for name, value in answer.headers if name == b"content-type"]
    return types == [MEDIA_TYPE.encode()]


async def read_proposal(answer: Answer, kinds: Mapping[str, JobKind], declared: str | None, person: UUID) -> Proposed:
    """Reads a proposal of the kind `declared`; the gateway sets its person, whatever the owner says.

    A newer minor version is accepted as the one that this release knows. Raises `NoProposal`.
    """
    try:
        document = _Document.model_validate_json(await _content(answer))
    except ValidationError as error:
        raise NoProposal(f"not the document of a proposal: {_fields(error)}") from None
    kind = kinds.get(document.kind)
    if kind is None or kind.name != declared:
        raise NoProposal(f"of the kind {document.kind[:_NAMED]!r}, not of {declared}")
    return Proposed(kind, _command(kind.command, document, person), document.public)


def _command(expected: type[Command], document: _Document, person: UUID) -> Command:
    major = int(document.version.partition(".")[0])
    if document.type != expected.type or not can_read(expected, major):
        raise NoProposal(f"with the command {document.type[:_NAMED]!r} {document.version}, not with {expected.type}")
    try:
        values: dict[str, Any] = upcast(expected, major, document.command)
    except Exception as error:  # an upcast may raise any error for a body that was never valid
        raise NoProposal(f"a command of version {document.version}: {type(error).__name__}") from None
    if _PERSON in expected.model_fields:
        values = {**values, _PERSON: person}
    try:
        return expected.model_validate(values)
    except ValidationError as error:
        raise NoProposal(f"not a command: {_fields(error)}") from None


async def _content(answer: Answer) -> bytes:
    """Reads the body; the caller closes the answer."""
    read = bytearray()
    try:
        async for piece in answer.pieces:
            read += piece
            if len(read) > LARGEST:
                raise NoProposal("too large")
    except NoAnswer as error:
        raise NoProposal(str(error)) from None
    return bytes(read)


def _fields(error: ValidationError) -> str:
    """Describes an error by fields and rules, never by values."""
    return "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['type']}" for each in error.errors()[:5])
