"""Describes in AsyncAPI what clients follow: the Server-Sent Events of a job, and the WebSocket for many jobs."""

from __future__ import annotations

from collections.abc import Iterable

from contracts.base import Json
from gateway.edge.sockets import Request, SocketError
from gateway.edge.streams.shapes import JobEvent

_SCHEMA = "#/components/schemas/"
_STREAM, _SOCKET = "client/jobs.events", "client/events.ws"
_OF_SOCKET = ("SocketRequest", "SocketError")
_TICKET = "Browsers send `?ticket=` of `POST /auth/tickets`, others an Authorization header."

SERVERS: Json = {
    "gateway": {"host": "localhost:8000", "protocol": "http", "description": "The gateway. " + _TICKET},
    "gateway-ws": {"host": "localhost:8000", "protocol": "ws", "description": "The same, for WebSocket. " + _TICKET},
}


def channels() -> Json:
    """Returns both channels."""
    events = _event_schemas()
    return {
        _STREAM: {
            "address": "/jobs/{job_id}/events",
            "description": "Server-Sent Events: the object is `data`, its type `event`, its `seq` the `id`.",
            "servers": [{"$ref": "#/servers/gateway"}],
            "parameters": {"job_id": {"description": "The job."}},
            "messages": {name: {"$ref": f"#/components/messages/client.{name}"} for name in events},
        },
        _SOCKET: {
            "address": "/events/ws",
            "description": "One connection for many jobs, with the same objects.",
            "servers": [{"$ref": "#/servers/gateway-ws"}],
            "messages": {name: {"$ref": f"#/components/messages/client.{name}"} for name in [*events, *_OF_SOCKET]},
        },
    }


def operations() -> Json:
    """Returns what the gateway sends and receives there."""
    events = _event_schemas()
    return {
        "gateway.stream.send": _operation("send", _STREAM, events),
        "gateway.socket.send": _operation("send", _SOCKET, [*events, "SocketError"]),
        "gateway.socket.receive": _operation("receive", _SOCKET, ["SocketRequest"]),
    }


def messages() -> Json:
    """Returns the messages by name; `client.` keeps them apart from those on the bus."""
    found = schemas()
    return {
        f"client.{name}": {
            "name": name,
            "summary": found[name].get("description", ""),
            "contentType": "application/json",
            "payload": {"$ref": _SCHEMA + name},
            "examples": [{"payload": example} for example in found[name].get("examples", [])],
        }
        for name in [*_event_schemas(), *_OF_SOCKET]
    }


def schemas() -> Json:
    """Returns the schemas of the messages and their parts, with the union of all events as `JobEvent`."""
    found: Json = {}
    for name, model in (("JobEvent", JobEvent), ("SocketRequest", Request), ("SocketError", SocketError)):
        own = model.model_json_schema(ref_template=_SCHEMA + "{model}")
        found |= own.pop("$defs", {}) | {name: {**own, "title": name}}
    return found


def _event_schemas() -> list[str]:
    """Returns the names of the events' schemas."""
    union = JobEvent.model_json_schema(ref_template="{model}")
    return [each["$ref"] for each in union["oneOf"]]


def _operation(action: str, channel: str, names: Iterable[str]) -> Json:
    pointer = "#/channels/" + channel.replace("/", "~1")
    return {
        "action": action,
        "channel": {"$ref": pointer},
        "tags": [{"name": "gateway"}],
        "messages": [{"$ref": f"{pointer}/messages/{name}"} for name in names],
    }
