"""The route table: which service owns which path, read from the public OpenAPI document."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes

from chassis.web.operation import JSON_BYTES, MOST_BYTES
from chassis.web.problems import METHOD_NOT_ALLOWED, ProblemError, not_found

_METHODS = ("get", "post", "put", "patch", "delete")
_PARAMETER = re.compile(r"{.*?}")
#: segments by which a path means another one than it reads
_RELATIVE = (b"", b".", b"..")


@dataclass(frozen=True, kw_only=True, slots=True)
class Route:
    """Tells who owns one operation and what the gateway has to know of it.

    `person` names the parameter of the path that is a person; `job` is the kind that the operation may propose;
    `max_body` in bytes. `direct`: it writes nothing and is sent once. `deadline`, in seconds, in place of the usual
    one. `answers`: the response headers it declares, in lower case.
    """

    service: str
    operation: str
    method: str
    path: str
    access: tuple[str, ...]
    person: str | None = None
    job: str | None = None
    max_body: int = JSON_BYTES
    direct: bool = False
    deadline: float | None = None
    answers: frozenset[str] = frozenset()

    @property
    def writes(self) -> bool:
        """Tells whether the owner of this route may have written something when no answer comes."""
        return self.method != "GET" and self.job is None and not self.direct

    @property
    def segments(self) -> tuple[str, ...]:
        """The parts of its path."""
        return tuple(self.path[1:].split("/"))

    def specificity(self) -> tuple[tuple[bool, str], ...]:
        """Sorts routes so that a literal segment comes before a parameter."""
        return tuple((segment.startswith("{"), segment) for segment in self.segments)


class RouteTable:
    """Finds the route of a request by its method and its path as sent."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        """Reads the operations that name an owner (`x-service`). Raises ValueError for what cannot be forwarded."""
        self._by_length: defaultdict[int, list[Route]] = defaultdict(list)
        for path, method, operation in _operations(document):
            if "x-service" in operation:
                route = _route(path, method, operation)
                self._by_length[len(route.segments)].append(route)
        _refuse_twice("pattern", [_PARAMETER.sub("{}", path) for path in {each.path for each in self.routes}])
        _refuse_twice("operationId", [each.operation for each in self.routes])
        for routes in self._by_length.values():
            routes.sort(key=Route.specificity)

    @property
    def routes(self) -> list[Route]:
        """All routes."""
        return [route for routes in self._by_length.values() for route in routes]

    def match(self, method: str, raw_path: bytes) -> tuple[Route, dict[str, str]]:
        """Returns the route and the parameters of the path, decoded. HEAD asks for the route of the GET.

        Raises the 404 of a path that no route has, and the 405 of one that has other methods.
        """
        sent, asked = raw_path[1:].split(b"/"), "GET" if method == "HEAD" else method
        decoded = [unquote_to_bytes(segment) for segment in sent]
        if not raw_path.startswith(b"/") or any(each in _RELATIVE or b"/" in each for each in decoded):
            raise not_found()
        found = [route for route in self._by_length.get(len(sent), ()) if _fits(route, sent)]
        for route in found:
            if route.method == asked:
                values = [value.decode(errors="replace") for value in decoded]
                return route, {
                    name[1:-1]: value
                    for name, value in zip(route.segments, values, strict=True)
                    if name.startswith("{")
                }
        if found:
            raise ProblemError(METHOD_NOT_ALLOWED, headers={"Allow": _allowed(found)})
        raise not_found()


def _fits(route: Route, sent: list[bytes]) -> bool:
    return all(name.startswith("{") or name.encode() == given for name, given in zip(route.segments, sent, strict=True))


def _allowed(routes: list[Route]) -> str:
    methods = {route.method for route in routes} | {"OPTIONS"}
    return ", ".join(sorted(methods | {"HEAD"} if "GET" in methods else methods))


def _route(path: str, method: str, operation: Mapping[str, Any]) -> Route:
    name = operation["operationId"]
    if operation.get("x-stream"):
        raise ValueError(f"{name}: streams of a request are not forwarded")
    access = tuple(operation.get("x-access", ()))
    if not access:
        raise ValueError(f"{name}: x-access says nobody")
    max_body = operation.get("x-max-body", JSON_BYTES)
    if not 0 < max_body <= MOST_BYTES:
        raise ValueError(f"{name}: x-max-body is 1 byte to 1 MiB")
    return Route(
        service=operation["x-service"],
        operation=name,
        method=method.upper(),
        path=path,
        access=access,
        person=operation.get("x-person"),
        job=operation.get("x-job", {}).get("kind"),
        max_body=max_body,
        direct=operation.get("x-direct", False),
        deadline=operation.get("x-deadline"),
        answers=frozenset(
            header.lower()
            for response in operation.get("responses", {}).values()
            for header in response.get("headers", {})
        ),
    )


def _operations(document: Mapping[str, Any]) -> list[tuple[str, str, Mapping[str, Any]]]:
    return [
        (path, method, methods[method])
        for path, methods in document.get("paths", {}).items()
        for method in _METHODS
        if method in methods
    ]


def _refuse_twice(what: str, names: list[str]) -> None:
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"{what} twice: {', '.join(twice)}")
