"""Tests the catalogue against the services: each message has a publisher and a consumer."""

from __future__ import annotations

import ast
import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from chassis.bus.topology import Queue
from chassis.delivery.export_part import export_handler, export_handler_name
from chassis.handler import Handler
from chassis.message.codec import decode
from chassis.message.envelope import Envelope, id_time, new_id
from contracts.base import Command, JobKind, Message
from contracts.catalogue import JOB_KINDS, MESSAGES, OWNERS, RETIRED
from gateway.jobs.event_log.recorder import QUEUE
from voxbus.checks import check_schemas
from voxbus.services import SERVICES, topology

NOTHING: Any = None
HANDLERS = {f"{service.name}.{handler.name}": handler for service in SERVICES for handler in service.handlers} | {
    f"{service.name}.{export_handler_name(service.name)}": export_handler(
        service.name, service.export, NOTHING, NOTHING, NOTHING
    )
    for service in SERVICES
    if service.export is not None
}
#: commands of the last release, which no service publishes any more; and what content does not publish yet
UNSAID: set[type[Message]] = {
    *(kind.command for kind in RETIRED),
}
EXAMPLES = [
    pytest.param(handler, example, id=f"{name}-{number}")
    for name, handler in HANDLERS.items()
    for number, example in enumerate(handler.message.examples())
]


def envelope(message: type[Message]) -> Envelope:
    identity = new_id()
    return Envelope(id=identity, type=message.type, version=message.version, source="test", time=id_time(identity))


@pytest.mark.parametrize(("handler", "example"), EXAMPLES)
def test_a_handler_understands_the_examples_of_its_message(handler: Handler, example: dict[str, object]) -> None:
    message = handler.message
    decoded = decode(message, envelope(message), json.dumps(example).encode())
    assert decoded == message.model_validate(example)


@pytest.mark.parametrize("message", [found for found in MESSAGES.values() if issubclass(found, Command)])
def test_a_command_has_exactly_one_handler(message: type[Message]) -> None:
    assert [name for name, handler in HANDLERS.items() if handler.message is message] == [
        kind.steps[0].handler for kind in JOB_KINDS.values() if kind.command is message
    ]


@pytest.mark.parametrize("kind", JOB_KINDS.values(), ids=lambda kind: kind.name)
def test_each_step_of_a_job_has_its_handler_which_hears_what_came_before(kind: JobKind) -> None:
    before: set[type[Message]] = {kind.command}
    for step in kind.steps:
        assert HANDLERS[step.handler].message in before
        before.add(step.done)


def test_who_has_a_step_hears_of_jobs_that_were_cancelled() -> None:
    assert {service.name for service in SERVICES if service.on_path} == {
        service for kind in JOB_KINDS.values() for service in kind.services
    }


def test_the_recorder_hears_everything() -> None:
    assert (QUEUE.exchange, QUEUE.keys) == ("events", ("#",))
    assert QUEUE in topology().queues


@pytest.mark.parametrize(
    ("owner", "message"), [(owner, message) for owner, owned in OWNERS.items() for message in owned]
)
def test_a_message_is_said_by_its_owner(owner: str, message: type[Message]) -> None:
    """Finds who says what: a command is said by whoever proposes its job, which may be another service."""
    sayers: tuple[str, ...] = ("chassis", "gateway") if owner == "chassis" else (owner,)
    if issubclass(message, Command):
        sayers = tuple(service.name for service in SERVICES)
    assert any(message.__name__ in names(sayer) for sayer in sayers) == (message not in UNSAID)


def test_no_queue_is_declared_twice() -> None:
    queues: tuple[Queue, ...] = topology().queues
    assert len({queue.name for queue in queues}) == len(queues)


def test_committed_schemas_are_those_of_the_messages(tmp_path: Path) -> None:
    assert check_schemas() == []
    assert check_schemas(tmp_path)
    check_schemas(tmp_path, write=True)
    assert check_schemas(tmp_path) == []


@cache
def names(package: str) -> set[str]:
    """Returns every name that a call in the code of a package uses."""
    spec = find_spec(package)
    assert spec is not None and spec.origin is not None
    found: set[str] = set()
    for path in Path(spec.origin).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                found |= {part.id for part in ast.walk(node.func) if isinstance(part, ast.Name)}
                found |= {part.attr for part in ast.walk(node.func) if isinstance(part, ast.Attribute)}
    return found
