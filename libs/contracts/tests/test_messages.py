"""Tests what holds for every message: its examples are valid, its schema agrees, and its name is unique."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from jsonschema import Draft202012Validator

from contracts.base import Command, JobKind, Message
from contracts.catalogue import AI_RUN, JOB_KINDS, MESSAGES, OWNERS
from contracts.schema import schema

EACH = [pytest.param(message, owner, id=message.type) for owner, owned in OWNERS.items() for message in owned]


@pytest.mark.parametrize(("message", "owner"), EACH)
def test_its_examples_fit_its_class_and_its_schema(message: type[Message], owner: str) -> None:
    document = schema(message, owner)
    Draft202012Validator.check_schema(document)
    assert message.examples()
    for example in message.examples():
        Draft202012Validator(document).validate(example)
        payload = message.model_validate_json(json.dumps(example)).model_dump(mode="json")
        assert set(example) <= set(payload), "an example holds a field that the class does not know"
        Draft202012Validator(document).validate(payload)


@pytest.mark.parametrize(("message", "owner"), EACH)
def test_its_schema_refuses_a_body_without_what_is_required(message: type[Message], owner: str) -> None:
    validator = Draft202012Validator(schema(message, owner))
    for name in schema(message, owner).get("required", []):
        example = {field: value for field, value in message.examples()[0].items() if field != name}
        assert not validator.is_valid(example)


@pytest.mark.parametrize(("message", "owner"), EACH)
def test_a_newer_minor_version_is_understood(message: type[Message], owner: str) -> None:
    example = message.examples()[0]
    newer = {**example, "a_field_of_tomorrow": 1}
    assert message.model_validate(newer) == message.model_validate(example)
    Draft202012Validator(schema(message, owner)).validate(newer)


@pytest.mark.parametrize(("message", "owner"), EACH)
def test_what_a_client_is_shown_are_fields_of_it(message: type[Message], owner: str) -> None:
    assert set(message.public_fields) <= set(message.model_fields)
    assert re.fullmatch(r"[a-z_]+\.[a-z_]+", message.type)


def test_no_two_messages_share_a_name() -> None:
    assert len(MESSAGES) == sum(len(owned) for owned in OWNERS.values())


def test_what_tells_something_about_a_person_is_marked() -> None:
    marked = {
        name: {field for field, part in schema(message, "x")["properties"].items() if part.get("x-personal")}
        for name, message in MESSAGES.items()
    }
    assert marked["attempt.assess"] == {"text", "recording"}
    assert marked["attempt.assessed"] >= {"text", "transcript", "words", "scores"}
    assert marked["feedback.given"] == {"summary", "tips"}


def test_a_command_belongs_to_whoever_handles_it_unless_it_is_older_than_that_rule() -> None:
    commands = {message for message in MESSAGES.values() if issubclass(message, Command)}
    first = {kind.command: kind.steps[0].service for kind in JOB_KINDS.values()}
    assert [command for command in commands if command not in (*OWNERS["gateway"], *OWNERS[first[command]])] == []


@pytest.mark.parametrize("kind", JOB_KINDS.values(), ids=lambda kind: kind.name)
def test_a_job_kind_speaks_only_of_messages_in_the_catalogue(kind: JobKind) -> None:
    assert {kind.command, *(step.done for step in kind.steps)} <= set(MESSAGES.values())
    assert all(step.done in (*OWNERS.get(step.service, ()), *OWNERS["chassis"]) for step in kind.steps)


def test_a_job_shows_only_fields_of_its_ending_event() -> None:
    with pytest.raises(ValueError, match="the ending event has no colour"):
        replace(AI_RUN, shows=("answer", "colour"))
