"""Compares each answer of an owner with what its fragment says that it may be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator

from chassis.web.testing import Answer, Exchange

#: statuses of the internal port only, which no document declares
_INTERNAL = (421, 501)
#: headers that an answer of a status may have
_SOMETIMES = ("Idempotency-Replayed", "Retry-After")


def described(exchange: Exchange, fragment: Mapping[str, Any]) -> Exchange:
    """Returns the same hop; AssertionError for an answer that is not declared, or has another shape."""

    async def compared(method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        answer = await exchange(method, target, headers, body)
        if answer.status not in _INTERNAL:
            _compare(answer, _operation(fragment, method, target.partition("?")[0]), fragment, head=method == "HEAD")
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


def _compare(answer: Answer, operation: Mapping[str, Any], fragment: Mapping[str, Any], *, head: bool) -> None:
    name = operation["operationId"]
    response = operation["responses"].get(str(answer.status))
    assert response is not None, f"{name} does not say that it may answer {answer.status}: {answer.body!r}"
    if reference := response.get("$ref"):
        response = fragment["components"]["responses"][reference.rpartition("/")[2]]
    for header in response.get("headers", {}):
        assert header.lower() in answer.headers or header in _SOMETIMES, f"{name}: {header}"
    if head or not answer.body:
        assert head or "content" not in response, name
        return
    kind = answer.headers["content-type"].partition(";")[0]
    schema = response["content"][kind]["schema"]
    Draft202012Validator({**schema, "components": fragment["components"]}).validate(answer.json())
    if answer.problem:
        assert answer.problem in response["content"][kind]["examples"], f"{name} does not declare {answer.problem}"
