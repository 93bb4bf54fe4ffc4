"""Opens the body of a dead letter, masks it, and makes the body and headers of an edited one."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Row

from chassis.errors import Erased, Undecodable, VoxbusError
from chassis.message.codec import PERSONAL, clear, encode, personal_fields
from chassis.message.crypto import Key
from chassis.message.envelope import Envelope
from chassis.message.mask import masked
from chassis.storage.keys import Keys
from contracts.base import Json, Message
from contracts.catalogue import MESSAGES
from contracts.upcast import can_read, upcast


class NotEdited(VoxbusError):
    """Reports why a body cannot be changed so, by fields and rules, never by their values."""


@dataclass(frozen=True, slots=True)
class OpenedLetter:
    """Holds a letter whose body could be read: the envelope, the body in clear, and the names of personal fields."""

    envelope: Envelope
    body: Json
    personal: frozenset[str]
    key: Key | None
    #: SHA-256 of the body as it lies there
    seen: bytes

    @property
    def message(self) -> type[Message] | None:
        """Returns the contract; None for a type that this release does not know."""
        return MESSAGES.get(self.envelope.type)

    @property
    def masked(self) -> Json:
        """Returns the body with its personal fields masked."""
        return masked(self.message, self.body, self.personal)


@dataclass(frozen=True, slots=True)
class EditedLetter:
    """Holds what an edit writes."""

    seen: bytes
    headers: str
    body: bytes


async def open_letter(row: Row[Any], keys: Keys) -> OpenedLetter:
    """Opens a letter. Raises `Undecodable`, `Erased`, `Permanent` for a ciphertext that does not open."""
    if row.headers is None or row.body is None:
        raise Erased
    return await opened(Envelope.parse(row.headers), bytes(row.body), keys)


async def open_original(row: Row[Any], keys: Keys) -> OpenedLetter | None:
    """Opens a letter as it was before the first edit; None where nobody has edited it. Raises as `open_letter` does."""
    if row.original is None:
        return None
    body = base64.b64decode(row.original["body"])
    return await opened(Envelope.parse(row.original["headers"]), body, keys)


async def opened(envelope: Envelope, body: bytes, keys: Keys) -> OpenedLetter:
    """Opens a body as its envelope says. Raises as `open_letter` does."""
    person = envelope.person_id
    key = (await keys.find([person])).get(person) if person is not None and envelope.enc is not None else None
    try:
        found, given = json.loads(clear(body, envelope.id, envelope.type, envelope.enc, key)), json.loads(body)
    except ValueError:
        raise Undecodable("no JSON") from None
    if not isinstance(found, dict):
        raise Undecodable("no JSON object")
    found.pop(PERSONAL, None)
    return OpenedLetter(envelope, found, frozenset(found.keys() - given.keys()), key, hashlib.sha256(body).digest())


async def edited(letter: OpenedLetter, changes: Mapping[str, Any], keys: Keys) -> EditedLetter:
    """Makes the letter with some fields changed, in the version of this release, sealed anew.

    The names of `changes` may go into objects (`passage.text`). Raises `NotEdited`.
    """
    message, envelope = letter.message, letter.envelope
    if message is None or not can_read(message, envelope.version[0]):
        raise NotEdited(f"This release does not know {envelope.type} {envelope.version[0]}.{envelope.version[1]}.")
    payload = json.loads(json.dumps(upcast(message, envelope.version[0], letter.body)))
    for name, value in changes.items():
        _set(payload, name, value, message)
    try:
        made = message.model_validate_json(json.dumps(payload))
    except ValidationError as error:
        rules = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()[:5])
        raise NotEdited(f"The contract of {envelope.type} refuses it: {rules}.") from None
    key = letter.key
    if personal_fields(message) and key is None and envelope.person_id is not None:
        key = (await keys.make([envelope.person_id])).get(envelope.person_id)
    if personal_fields(message) and key is None:
        raise NotEdited("It has personal fields, and there is no key to seal them with.")
    sealed, body = encode(made, replace(envelope, version=message.version, enc=None), key)
    return EditedLetter(letter.seen, json.dumps(sealed.headers()), body)


def _set(payload: Json, name: str, value: Any, message: type[Message]) -> None:
    *path, last = name.split(".")
    if (first := (path or [last])[0]) not in message.model_fields:
        raise NotEdited(f"{message.type} has no field {first}: it has {', '.join(message.model_fields)}.")
    at: Any = payload
    for step in path:
        at = at.get(step) if isinstance(at, dict) else None
    if not isinstance(at, dict):
        raise NotEdited(f"{name} leads into no object.")
    at[last] = value
