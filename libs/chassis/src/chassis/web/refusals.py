"""Describes in an OpenAPI document the answers of an operation that are problems.

`components.examples` holds a document of each problem type by its name, `components.responses` the answer that can
only be that one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby
from types import MappingProxyType
from typing import Any

from chassis.web.problems import INVALID, MEDIA_TYPE, ProblemType

_PROBLEM = {"$ref": "#/components/schemas/ProblemDocument"}
_EXAMPLES, _RESPONSES = "#/components/examples/", "#/components/responses/"
#: by status, response headers that every refusal has
_HEADERS = {
    401: {"WWW-Authenticate": "How to sign in: `Bearer`."},
    412: {"ETag": "The current version."},
}


def refusals(
    problems: Iterable[ProblemType], headers: Mapping[int, Mapping[str, str]] = MappingProxyType({})
) -> dict[str, Any]:
    """Returns the responses that are problems, by status. `headers` are those of one operation, by status."""
    return {
        str(status): _refusal(list(of_status), headers.get(status, {}))
        for status, of_status in groupby(_ordered(problems), lambda problem: problem.status)
    }


def problem_components(problems: Iterable[ProblemType]) -> dict[str, Any]:
    """Returns the components that `refusals` refers to."""
    ordered = _ordered(problems)
    return {
        "examples": {problem.component: {"value": _example(problem)} for problem in ordered},
        "responses": {problem.component: _several([problem]) for problem in ordered},
    }


def refused_names(response: Mapping[str, Any]) -> frozenset[str]:
    """Returns the names of the problems that a response may be; none for a response that is not a refusal."""
    if "$ref" in response:
        return frozenset({str(response["$ref"]).removeprefix(_RESPONSES)})
    return frozenset(response.get("content", {}).get(MEDIA_TYPE, {}).get("examples", {}))


def described_headers(headers: Mapping[str, str]) -> dict[str, Any]:
    """Returns the `headers` of a response by their descriptions, and nothing for none."""
    described = {name: {"description": text, "schema": {"type": "string"}} for name, text in headers.items()}
    return {"headers": described} if described else {}


def _refusal(problems: Sequence[ProblemType], headers: Mapping[str, str]) -> dict[str, Any]:
    if len(problems) == 1 and not headers:
        return {"$ref": _RESPONSES + problems[0].component}
    return _several(problems, headers)


def _several(problems: Sequence[ProblemType], more: Mapping[str, str] = MappingProxyType({})) -> dict[str, Any]:
    """Returns the answer of one status, with a reference to an example of each problem that has it."""
    headers = {**_HEADERS.get(problems[0].status, {}), **more}
    if any(problem.retry_after is not None for problem in problems):
        headers["Retry-After"] = "Seconds to wait for."
    examples = {problem.component: {"$ref": _EXAMPLES + problem.component} for problem in problems}
    return {
        "description": " · ".join(problem.title for problem in problems),
        **described_headers(headers),
        "content": {MEDIA_TYPE: {"schema": _PROBLEM, "examples": examples}},
    }


def _example(problem: ProblemType) -> dict[str, Any]:
    example: dict[str, Any] = {"type": problem.type, "title": problem.title, "status": problem.status}
    if problem.detail:
        example["detail"] = problem.detail
    if problem == INVALID:
        example["errors"] = [{"field": "name", "message": "is required"}]
    return example


def _ordered(problems: Iterable[ProblemType]) -> Collection[ProblemType]:
    return sorted(set(problems), key=lambda problem: (problem.status, problem.component))
