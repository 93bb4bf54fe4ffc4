"""Encodes messages as bytes and decodes them. A body is JSON; only the envelope says which message it is.

The fields marked `PERSONAL` are encrypted: they are moved out of the JSON into the one field `_personal`; the
envelope's `enc` names the key.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import replace
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from pydantic import ValidationError

from chassis.errors import Erased, Permanent, UnknownVersion
from chassis.message.crypto import Key, Tampered, decrypt, encrypt
from chassis.message.envelope import Envelope
from contracts.base import Json, Message, Problem
from contracts.upcast import can_read, upcast

M = TypeVar("M", bound=Message)

PERSONAL = "_personal"


@cache
def personal_fields(message: type[Message]) -> frozenset[str]:
    """Names the fields that are encrypted."""
    return frozenset(message.personal_fields())


def encode(message: Message, envelope: Envelope, key: Key | None = None) -> tuple[Envelope, bytes]:
    """Encodes the payload as JSON bytes, personal fields encrypted with `key`, and returns the envelope that says so.

    Raises RuntimeError when there are personal fields but no key, so that they are never published in clear.
    """
    personal = personal_fields(type(message))
    if not personal:
        return envelope, message.model_dump_json().encode()
    if key is None:
        raise RuntimeError(f"{message.type} has personal fields: it needs its person's key")
    payload = message.model_dump_json(include=set(personal)).encode()
    hidden = json.dumps({PERSONAL: conceal(payload, envelope.id, envelope.type, key)}).encode()
    return replace(envelope, enc=key.id), _joined(message.model_dump_json(exclude=set(personal)).encode(), hidden)


def decode(expected: type[M], envelope: Envelope, body: bytes, key: Key | None = None) -> M:
    """Decodes the payload as `expected`. `key` is that of the envelope's person, if there is one.

    A body of an older major version is upcast; a version that cannot be upcast raises `UnknownVersion`. Raises
    `Permanent` for another type, an invalid body or a changed ciphertext, as another try cannot help. Raises `Erased`
    when the key of the ciphertext was destroyed. The problem names fields and rules, never values.
    """
    major = envelope.version[0]
    named = f"{envelope.type} {major}.{envelope.version[1]}"
    if envelope.type != expected.type:
        raise Permanent(_problem("unknown-message", named))
    if not can_read(expected, major):
        raise UnknownVersion(_problem("unknown-version", named))
    try:
        readable = clear(body, envelope.id, envelope.type, envelope.enc, key)
        if major == expected.version[0]:
            return expected.model_validate_json(readable)
        return expected.model_validate_json(_upcast(expected, major, readable))
    except ValidationError as error:
        fields = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['type']}" for e in error.errors()[:5])
        raise Permanent(_problem("wrong-schema", fields)) from None


def _upcast(expected: type[Message], major: int, body: bytes) -> bytes:
    try:
        return json.dumps(upcast(expected, major, json.loads(body))).encode()
    except Exception as error:  # an upcast may raise any error for a body that was never valid
        raise Permanent(_problem("wrong-schema", f"version {major}: {type(error).__name__}")) from None


def clear(body: bytes, identity: UUID, kind: str, enc: str | None, key: Key | None) -> bytes:
    """Returns a body as JSON with its personal fields in clear.

    `enc` is the envelope's; without it nothing is encrypted.

    Raises `Erased` or `Permanent` as `decode` does.
    """
    if enc is None:
        return body
    if key is None or key.id != enc:
        raise Erased(enc)
    try:
        return _joined(body, _opened(json.loads(body)[PERSONAL], identity, kind, key))
    except (Tampered, ValueError, KeyError, TypeError):
        raise Permanent(_problem("unreadable", "the personal fields cannot be decrypted")) from None


def opened(body: bytes, envelope: Envelope, key: Key | None) -> tuple[Json, frozenset[str]]:
    """Returns a payload in clear, and the names of the fields that were encrypted, whatever today's contract says.

    Raises `Erased` or `Permanent` as `decode` does; `Permanent` also for a body that is no JSON object.
    """
    try:
        payload: Json = {**json.loads(body)}
        if envelope.enc is None:
            return payload, frozenset()
        if key is None or key.id != envelope.enc:
            raise Erased(envelope.enc)
        personal = reveal(payload.pop(PERSONAL), envelope.id, envelope.type, key)
    except (Tampered, ValueError, KeyError, TypeError):
        raise Permanent(_problem("unreadable", "the body cannot be read")) from None
    return payload | personal, frozenset(personal)


def conceal(clear_json: bytes, identity: UUID, kind: str, key: Key) -> str:
    """Encrypts a JSON object for one message only: it cannot be moved into another's body."""
    return base64.b64encode(encrypt(key, clear_json, _bound(identity, kind, key))).decode()


def reveal(concealed: str, identity: UUID, kind: str, key: Key) -> dict[str, Any]:
    """Decrypts the JSON object. Raises `Tampered`."""
    found: dict[str, Any] = json.loads(_opened(concealed, identity, kind, key))
    return found


def _opened(concealed: str, identity: UUID, kind: str, key: Key) -> bytes:
    try:
        ciphertext = base64.b64decode(concealed, validate=True)
    except (binascii.Error, ValueError, TypeError):
        raise Tampered("no base64") from None
    return decrypt(key, ciphertext, _bound(identity, kind, key))


def _joined(first: bytes, second: bytes) -> bytes:
    """Joins two JSON objects without parsing them; for a name in both, the second value counts."""
    head = first.rstrip().removesuffix(b"}").rstrip()
    return head + (b"" if head.endswith(b"{") else b",") + second.lstrip().removeprefix(b"{")


def _bound(identity: UUID, kind: str, key: Key) -> bytes:
    return f"{identity}|{kind}|{key.id}".encode()


def _problem(name: str, detail: str) -> Problem:
    return Problem(type=f"/problems/{name}", title=f"Not a message this handler understands ({name})", detail=detail)


#: the problem of a message that cannot be decoded
NOT_UNDERSTOOD = tuple(
    _problem(name, "") for name in ("unknown-message", "unknown-version", "wrong-schema", "unreadable")
)
