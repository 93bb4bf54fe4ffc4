"""Compares each answer of an owner with what its fragment says that it may be."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from chassis.web.testing import Answer, Exchange

#: statuses of the internal port only, which no document declares
_INTERNAL = (421, 501)
#: headers that an answer of a status may have
_SOMETIMES = ("Idempotency-Replayed", "Retry-After")


def described(exchange: Exchange, fragment: Mapping[str, Any]) -> Exchange:
    """Returns the same hop; AssertionError for an answer that is not declared, or has another shape."""

    @cache
    def validator(name: str, status: str, kind: str) -> Draft202012Validator:
        """Returns what tells whether an answer has its shape, made once: it takes longer than to look at one."""
        schema = _response(fragment, _named(fragment, name), status)["content"][kind]["schema"]
        return Draft202012Validator({**schema, "components": fragment["components"]})

    async def compared(method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        answer = await exchange(method, target, headers, body)
        if answer.status not in _INTERNAL:
            operation = _operation(fragment, method, target.partition("?")[0])
            _compare(answer, operation, fragment, validator, head=method == "HEAD")
        return answer

    return compared


def _operation(fragment: Mapping[str, Any], method: str, path: str) -> Mapping[str, Any]:
    verb = "get" if method == "HEAD" else method.lower()
    matching = [
        methods[verb]
        for pattern, methods in sorted(fragment["paths"].items(), key=lambda each: "{" in each[0])
        if verb in methods and re.fullmatch(re.sub(r"{.*?}", "[^/]+", pattern), path)
    ]
    found: Mapping[str, Any] = matching[0]
    return found


def _named(fragment: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    [found] = [
        each for methods in fragment["paths"].values() for each in methods.values() if each["operationId"] == name
    ]
    operation: Mapping[str, Any] = found
    return operation


def _response(fragment: Mapping[str, Any], operation: Mapping[str, Any], status: str) -> Mapping[str, Any]:
    response: Mapping[str, Any] = operation["responses"][status]
    if reference := response.get("$ref"):
        response = fragment["components"]["responses"][reference.rpartition("/")[2]]
    return response


def _compare(
    answer: Answer,
    operation: Mapping[str, Any],
    fragment: Mapping[str, Any],
    validator: Callable[[str, str, str], Draft202012Validator],
    *,
    head: bool,
) -> None:
    name, status = operation["operationId"], str(answer.status)
    assert status in operation["responses"], f"{name} does not say that it may answer {status}: {answer.body!r}"
    response = _response(fragment, operation, status)
    for header in response.get("headers", {}):
        assert header.lower() in answer.headers or header in _SOMETIMES, f"{name}: {header}"
    if head or not answer.body:
        assert head or "content" not in response, name
        return
    kind = answer.headers["content-type"].partition(";")[0]
    validator(name, status, kind).validate(answer.json())
    if answer.problem:
        assert answer.problem in response["content"][kind]["examples"], f"{name} does not declare {answer.problem}"
