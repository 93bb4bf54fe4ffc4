"""Tests the generated documents: committed as they are, true to messages and topology, whole in themselves."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from chassis.message.envelope import PREFIX, Envelope, id_time, new_id
from contracts.base import Command, Json, Message
from contracts.catalogue import MESSAGES
from gateway.edge.openapi import read_document
from voxbus.asyncapi import ATTRIBUTES, REQUIRED, document
from voxbus.checks import check_documents
from voxbus.messages_page import page
from voxbus.services import SERVICES, topology

BROKER = {"$ref": "#/servers/rabbitmq"}


@cache
def described() -> Json:
    """Returns the document, which no run makes where these tests are only collected."""
    return document()


@cache
def shown() -> str:
    """Returns the page of all messages: to make it takes a quarter of a second, and each message is looked for."""
    return page()


def pointed(pointer: str) -> Json:
    """Returns the target of a reference. Raises KeyError."""
    found = described()
    for part in pointer.removeprefix("#/").split("/"):
        found = found[part.replace("~1", "/").replace("~0", "~")]
    return found


def references(part: object) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for inner in part.values():
            yield from references(inner)
    if isinstance(part, list):
        for inner in part:
            yield from references(inner)


def test_committed_documents_are_the_generated_ones(tmp_path: Path) -> None:
    assert check_documents() == []
    assert check_documents(tmp_path) == ["asyncapi.json", "messages.md", "metrics.md"]
    assert check_documents(tmp_path, write=True) == check_documents(tmp_path) == []


def test_every_reference_leads_somewhere() -> None:
    assert all(pointed(reference) for reference in references(described()))


def test_every_queue_and_message_has_its_channel() -> None:
    queues = {queue.name for queue in topology().queues if queue.keys}
    on_bus = {name for name, channel in described()["channels"].items() if channel["servers"] == [BROKER]}
    assert {name.partition("/")[2] for name in on_bus} == queues | MESSAGES.keys()
    assert all(channel["messages"] for channel in described()["channels"].values())
    for kind, message in MESSAGES.items():
        binding = described()["channels"][f"{message.exchange}/{kind}"]["bindings"]["amqp"]["exchange"]
        assert binding["type"] == ("direct" if issubclass(message, Command) else "topic")


def test_clients_streams_are_described_as_in_the_public_document() -> None:
    public = read_document().document["components"]["schemas"]
    schemas = described()["components"]["schemas"]
    events = [each["$ref"].rpartition("/")[2] for each in public["JobEvent"]["oneOf"]]
    assert schemas["JobEvent"]["discriminator"] == public["JobEvent"]["discriminator"]
    for name in ("client/jobs.events", "client/events.ws"):
        assert set(described()["channels"][name]["messages"]) >= set(events)
    for name in events:
        assert (schemas[name]["properties"], schemas[name]["required"]) == (
            public[name]["properties"],
            public[name]["required"],
        )
    said = described()["operations"]["gateway.socket.receive"]["messages"]
    assert [each["$ref"].rpartition("/")[2] for each in said] == ["SocketRequest"]


def test_every_handler_has_its_operation_on_its_messages() -> None:
    for service in SERVICES:
        for handler in service.handlers:
            operation = described()["operations"][f"{service.name}.{handler.name}.receive"]
            assert (operation["action"], operation["tags"]) == ("receive", [{"name": service.name}])
            assert [pointed(one["$ref"]) for one in operation["messages"]] == [
                {"$ref": f"#/components/messages/{handler.message.type}"}
            ]


@pytest.mark.parametrize("message", MESSAGES.values(), ids=lambda message: message.type)
def test_every_message_is_described_whole(message: type[Message]) -> None:
    said = described()["components"]["messages"][message.type]
    assert [one["payload"] for one in said["examples"]] == list(message.examples())
    marked = {name for name, part in said["payload"]["properties"].items() if part.get("x-personal")}
    assert marked == set(message.personal_fields())
    section = shown().partition(f"\n## {message.type}\n")[2].partition("\n## ")[0]
    assert all(f"| `{name}` |" in section for name in message.model_fields)


def test_the_envelope_is_described_whole() -> None:
    identity = new_id()
    whole = Envelope(
        id=identity,
        type="x",
        version=(1, 0),
        source="x",
        time=id_time(identity),
        job_id=identity,
        person_id=identity,
        correlation=identity,
        causation=identity,
        traceparent="x",
        enc="x",
        replay="x",
        retry=1,
    )
    assert [PREFIX + name for name in ATTRIBUTES] == list(whole.headers())
    assert REQUIRED == ["specversion", "id", "type", "version", "source", "time"]
