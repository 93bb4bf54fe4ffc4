"""Describes the bus as an AsyncAPI 3 document: its messages, their exchanges, publishers and consumers.

Beside it stand the streams that clients follow (`client_streams`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from uuid import UUID

from chassis.bus.topology import JOBS, Queue
from chassis.message.envelope import PREFIX, Envelope
from contracts.base import Json, Message
from contracts.catalogue import MESSAGES, OWNERS, RETIRED
from contracts.common import ExportPartWritten, StepFailed, StepStarted
from contracts.schema import schema
from voxbus import client_streams
from voxbus.services import topology

ANY = UUID(int=0)
#: the envelope, one row for each header
ATTRIBUTES = {
    "specversion": "CloudEvents version, always 1.0",
    "id": "UUIDv7, the stable identity of the message, by which duplicates are recognized",
    "type": "which message this is; also its routing key",
    "version": "major.minor of the body's schema; a newer minor version is understood, an unknown major one is parked",
    "source": "the service that publishes it, as voxbus/<service>",
    "time": "when it happened, RFC 3339 in UTC",
    "jobid": "the job it belongs to",
    "personid": "the person it is about",
    "correlationid": "the message that began the chain of causes",
    "causationid": "the message it follows from",
    "traceparent": "W3C trace context",
    "enc": "which key its personal fields are encrypted with, if any",
    "replay": "the replay it belongs to",
    "retry": "the number of the operator's retry it comes from",
}
#: messages of the chassis that every service publishes; the gateway alone publishes the others
IN_EVERY_SERVICE: tuple[type[Message], ...] = (StepStarted, StepFailed, ExportPartWritten)

_BROKER = [{"$ref": "#/servers/rabbitmq"}]
_BARE = Envelope(id=ANY, type="x", version=(1, 0), source="x", time=datetime(2026, 1, 1, tzinfo=UTC))
REQUIRED = [name.removeprefix(PREFIX) for name in _BARE.headers()]

_DESCRIPTION = (
    "All durable messages on the bus of Voxbus. Commands go to the direct exchange `jobs`, to the queue of one "
    "handler; events go to the topic exchange `events`, to every queue bound to their name. The envelope is "
    "CloudEvents 1.0 in AMQP headers, the body JSON. Fields marked `x-personal` tell something about a person: they "
    "are what encryption and erasure cover. The topic exchange `live` carries doorbells and progress, which may be "
    "lost freely and are no contract. The channels `client/…` are what clients follow over HTTP and WebSocket."
)


def document() -> Json:
    """Returns the whole document."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Voxbus messages",
            "version": version("voxbus"),
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "rabbitmq": {"host": "localhost:5672", "protocol": "amqp", "description": "RabbitMQ 3.10 or later"},
            **client_streams.SERVERS,
        },
        "channels": dict(_channels()) | client_streams.channels(),
        "operations": dict(_operations()) | client_streams.operations(),
        "components": {
            "messages": {kind: _message(owner, message) for kind, owner, message in _owned_messages()}
            | client_streams.messages(),
            "schemas": _schemas(),
        },
    }


def taken(queue: Queue) -> list[str]:
    """Lists the types of the messages that a queue gets; none for a dead queue, which gets all rejected messages."""
    wanted = [message for message in MESSAGES.values() if message.exchange == queue.exchange]
    return [message.type for message in wanted if "#" in queue.keys or message.type in queue.keys]


def publisher(owner: str, message: type[Message]) -> str:
    """Returns the service that publishes a message; `chassis` for messages that every service publishes."""
    return "gateway" if owner == "chassis" and message not in IN_EVERY_SERVICE else owner


def is_retired(message: type[Message]) -> bool:
    """Tells whether a message is the command of a retired kind of job, so that no service publishes it any more."""
    return any(kind.command is message for kind in RETIRED)


def _owned_messages() -> Iterator[tuple[str, str, type[Message]]]:
    for owner, messages in OWNERS.items():
        for message in messages:
            yield message.type, owner, message


def _channels() -> Iterator[tuple[str, Json]]:
    for kind, _, message in _owned_messages():
        exchange = message.exchange
        yield (
            f"{exchange}/{kind}",
            {
                "address": kind,
                "description": f"Exchange `{exchange}`, routing key `{kind}`.",
                "servers": _BROKER,
                "messages": {kind: {"$ref": f"#/components/messages/{kind}"}},
                "bindings": {
                    "amqp": {
                        "is": "routingKey",
                        "exchange": {
                            "name": exchange,
                            "type": "direct" if exchange == JOBS else "topic",
                            "durable": True,
                            "autoDelete": False,
                        },
                        "bindingVersion": "0.3.0",
                    }
                },
            },
        )
    for queue in topology().queues:
        if queue.keys:
            yield f"queue/{queue.name}", _queue(queue)


def _queue(queue: Queue) -> Json:
    bounded = {} if queue.max_length is None else {"x-max-length": queue.max_length}
    return {
        "address": queue.name,
        "description": f"Bound to exchange `{queue.exchange}` with {', '.join(f'`{key}`' for key in queue.keys)}.",
        "servers": _BROKER,
        "messages": {kind: {"$ref": f"#/components/messages/{kind}"} for kind in taken(queue)},
        "bindings": {
            "amqp": {
                "is": "queue",
                "queue": {"name": queue.name, "durable": True, "exclusive": False, "autoDelete": False},
                "bindingVersion": "0.3.0",
            }
        },
        "x-queue-type": "quorum",
        "x-dead-letter-queue": queue.dead,
        **bounded,
    }


def _operations() -> Iterator[tuple[str, Json]]:
    for kind, owner, message in _owned_messages():
        service = publisher(owner, message)
        yield f"{service}.send.{kind}", _operation("send", service, f"{message.exchange}/{kind}", [kind])
    for queue in topology().queues:
        if queue.keys:
            service = queue.name.partition(".")[0]
            yield f"{queue.name}.receive", _operation("receive", service, f"queue/{queue.name}", taken(queue))


def _operation(action: str, service: str, channel: str, kinds: list[str]) -> Json:
    pointer = "#/channels/" + channel.replace("~", "~0").replace("/", "~1")
    return {
        "action": action,
        "channel": {"$ref": pointer},
        "tags": [{"name": service}],
        "messages": [{"$ref": f"{pointer}/messages/{kind}"} for kind in kinds],
    }


def _message(owner: str, message: type[Message]) -> Json:
    payload = schema(message, owner)
    for name in ("$schema", "$id", "$defs"):
        payload.pop(name, None)
    if is_retired(message):
        payload["deprecated"] = True
    return {
        "name": message.type,
        "title": message.__name__,
        "summary": " ".join((message.__doc__ or "").split()),
        "contentType": "application/json",
        "headers": {"$ref": "#/components/schemas/Envelope"},
        "payload": _pointing(payload),
        "examples": [{"payload": example} for example in message.examples()],
    }


def _schemas() -> Json:
    """Returns the parts that several payloads share, by name, and the envelope."""
    found: Json = {
        "Envelope": {
            "type": "object",
            "required": [PREFIX + name for name in REQUIRED],
            "properties": {PREFIX + name: {"type": "string", "description": what} for name, what in ATTRIBUTES.items()},
        }
    }
    for kind, owner, message in _owned_messages():
        for name, part in schema(message, owner).get("$defs", {}).items():
            if found.setdefault(name, _pointing(part)) != _pointing(part):
                raise ValueError(f"{kind} calls something {name} that is another thing elsewhere")
    for name, part in client_streams.schemas().items():
        if found.setdefault(name, part) != part:
            raise ValueError(f"a stream calls something {name} that is another thing on the bus")
    return found


def _pointing(part: Json) -> Json:
    """Returns the same schema with its references pointing into this document."""
    return {key: _pointing_value(value) for key, value in part.items()}


def _pointing_value(value: object) -> object:
    if isinstance(value, dict):
        return _pointing(value)
    if isinstance(value, list):
        return [_pointing_value(one) for one in value]
    return value.replace("#/$defs/", "#/components/schemas/") if isinstance(value, str) else value
