"""Reads and writes the envelope: CloudEvents 1.0 attributes, carried as AMQP headers beside a body of bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from chassis.errors import Undecodable

#: the prefix of the CloudEvents AMQP binding
PREFIX = "cloudEvents_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """Holds the attributes of a message that the pipeline uses without reading its body.

    `id` is the stable identity; the AMQP message-id is new for each publish attempt. `version` is (major, minor).
    `enc` names the key of encrypted fields, `replay` the replay it belongs to, `retry` counts an operator's retries.
    """

    id: UUID
    type: str
    version: tuple[int, int]
    source: str
    time: datetime
    job_id: UUID | None = None
    person_id: UUID | None = None
    correlation: UUID | None = None
    causation: UUID | None = None
    traceparent: str | None = None
    enc: str | None = None
    replay: str | None = None
    retry: int = 0

    def headers(self) -> dict[str, str]:
        """Returns the envelope as AMQP headers; an absent attribute is left out."""
        values = {
            "specversion": "1.0",
            "id": str(self.id),
            "type": self.type,
            "version": f"{self.version[0]}.{self.version[1]}",
            "source": self.source,
            "time": self.time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
            "jobid": _string(self.job_id),
            "personid": _string(self.person_id),
            "correlationid": _string(self.correlation),
            "causationid": _string(self.causation),
            "traceparent": self.traceparent,
            "enc": self.enc,
            "replay": self.replay,
            "retry": str(self.retry) if self.retry else None,
        }
        return {PREFIX + name: value for name, value in values.items() if value is not None}

    @classmethod
    def parse(cls, headers: Mapping[str, object]) -> Envelope:
        """Reads the headers of a delivery.

        Raises `Undecodable` when the headers are not those of a CloudEvent of ours.
        """
        try:
            return cls(
                id=_uuid7(_text(headers, "id")),
                type=_text(headers, "type"),
                version=_version(_text(headers, "version")),
                source=_text(headers, "source"),
                time=datetime.fromisoformat(_text(headers, "time")).astimezone(UTC),
                job_id=_uuid(headers, "jobid"),
                person_id=_uuid(headers, "personid"),
                correlation=_uuid(headers, "correlationid"),
                causation=_uuid(headers, "causationid"),
                traceparent=_optional(headers, "traceparent"),
                enc=_optional(headers, "enc"),
                replay=_optional(headers, "replay"),
                retry=_count(_optional(headers, "retry") or "0"),
            )
        except (KeyError, ValueError, OverflowError) as error:
            raise Undecodable(f"not an envelope: {type(error).__name__}") from None


def new_id() -> UUID:
    """Makes a fresh UUIDv7: unique and roughly ordered; nothing decides by its order."""
    return UUID(bytes=uuid7().bytes)


def stand_in() -> Envelope:
    """Makes an envelope for bytes without one. Its id is new, so a redelivery makes a second dead letter."""
    return Envelope(
        id=new_id(),
        type="undecodable",
        version=(0, 0),
        source="unknown",
        time=datetime.now(UTC),
    )


def id_time(identity: UUID) -> datetime:
    """Returns the time at which a UUIDv7 was made, to the millisecond."""
    return datetime.fromtimestamp((identity.int >> 80) / 1000, tz=UTC)


def derived_id(cause: UUID, event_type: str, handler: str, fence: int, ordinal: int = 0) -> UUID:
    """Derives the id of an emitted message: the same cause, type, handler and fence give the same id.

    Layout of a UUIDv7 (RFC 9562, section 5.7): the time of the cause, then 74 bits of SHA-256 in place of randomness.
    `ordinal` tells several events of one type and cause apart.
    """
    seed = f"{cause}|{event_type}|{handler}|{fence}|{ordinal}".encode()
    random = int.from_bytes(hashlib.sha256(seed).digest()[:10], "big")
    value = (cause.int >> 80) << 80
    value |= 0x7 << 76 | (random >> 62 & 0xFFF) << 64
    value |= 0b10 << 62 | random & (1 << 62) - 1
    return UUID(int=value)


def _string(value: UUID | None) -> str | None:
    return str(value) if value is not None else None


def _text(headers: Mapping[str, object], name: str) -> str:
    value = headers[PREFIX + name]
    if isinstance(value, bytes):
        value = value.decode()
    if not isinstance(value, str) or not value or "\0" in value:  # Postgres stores no NUL, in text or in JSON
        raise ValueError(name)
    return value


def _optional(headers: Mapping[str, object], name: str) -> str | None:
    return _text(headers, name) if headers.get(PREFIX + name) is not None else None


def _uuid(headers: Mapping[str, object], name: str) -> UUID | None:
    value = _optional(headers, name)
    return UUID(value) if value is not None else None


def _uuid7(text: str) -> UUID:
    """Makes a UUIDv7; its time decides whether a message is too old, and in which partition it lies."""
    identity = UUID(text)
    if identity.version != 7:
        raise ValueError("id")
    id_time(identity)
    return identity


def _count(text: str) -> int:
    number = int(text)
    if not 0 <= number < 2**31:
        raise ValueError("retry")
    return number


def _version(text: str) -> tuple[int, int]:
    major, _, minor = text.partition(".")
    return int(major), int(minor)
