"""Finds the service that owns a path, from the public OpenAPI document."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes

from chassis.web.operation import JSON_BYTES, MOST_BYTES
from chassis.web.problems import METHOD_NOT_ALLOWED, ProblemError, not_found
from gateway.edge.limits.policies import Name

_METHODS = ("get", "post", "put", "patch", "delete")
#: the owner of the operations that the gateway serves itself
GATEWAY = "gateway"
#: the longest that a direct answer may take, in seconds
_LONGEST_DIRECT_S = 3600.0
#: methods whose requests bring a document
SENDING = frozenset({"POST", "PUT", "PATCH"})
_PARAMETER = re.compile(r"{.*?}")
#: segments that make a path mean another path
_RELATIVE = (b"", b".", b"..")


@dataclass(frozen=True, slots=True)
class ConsentBy:
    """Tells whose consent an operation needs by the value of a field of its body."""

    purpose: str
    field: str
    recipients: Mapping[str, str]

    def of(self, body: bytes) -> tuple[str, str] | None:
        """Returns the consent that a body needs; None for one that the owner refuses."""
        try:
            value = json.loads(body).get(self.field)
            return (self.purpose, self.recipients[value])
        except (ValueError, AttributeError, KeyError, TypeError, RecursionError):
            return None


@dataclass(frozen=True, kw_only=True, slots=True)
class Route:
    """Tells who owns an operation and what the gateway has to know about it.

    `person` names the parameter of the path that is a person; `job` is the kind that the operation may propose, and
    `result` the operation that reads what comes of it; `max_body` in bytes. `answers`: the response headers it
    declares, in lower case.
    """

    service: str
    operation: str
    method: str
    path: str
    access: tuple[str, ...]
    person: str | None = None
    job: str | None = None
    result: str | None = None
    #: whether the owner may do at once, with a write, what it would else propose
    writes_at_once: bool = False
    max_body: int = JSON_BYTES
    answers: frozenset[str] = frozenset()
    #: the consent without which the operation does nothing
    consent: tuple[str, str] | None = None
    #: the same, where a field of the body says who the recipient is
    consent_by: ConsentBy | None = None
    #: names of the limits that it takes a request from, besides those of every request
    limits: tuple[Name, ...] = ()
    #: whether the caller must have signed in of late
    fresh: bool = False
    #: seconds that the answer of a direct operation may take: it writes nothing, and is sent once
    direct: float | None = None
    #: of a write whose body is a form: the field that is a file, and the most bytes of it
    upload: tuple[str, int] | None = None
    #: of a read, the security event by which it is noted
    noted: str | None = None

    @property
    def writes(self) -> bool:
        """Tells whether the owner may have written something when no answer comes."""
        return self.method != "GET" and self.direct is None and (self.job is None or self.writes_at_once)

    @property
    def segments(self) -> tuple[str, ...]:
        """Returns the segments of the path."""
        return tuple(self.path[1:].split("/"))

    def specificity(self) -> tuple[tuple[bool, str], ...]:
        """Sorts routes so that a literal segment comes before a parameter."""
        return tuple((segment.startswith("{"), segment) for segment in self.segments)


class _Pattern:
    """Compares paths of the same length with a route's: literal segments decoded, parameters with anything."""

    __slots__ = ("literals", "route")

    def __init__(self, route: Route) -> None:
        self.route = route
        self.literals = [
            (place, name.encode()) for place, name in enumerate(route.segments) if not name.startswith("{")
        ]

    def fits(self, decoded: list[bytes]) -> bool:
        """Tells whether a path with as many segments belongs to the route."""
        for place, literal in self.literals:  # noqa: SIM110 - a generator takes three times as long
            if decoded[place] != literal:
                return False
        return True


class RouteTable:
    """Finds the route of a request by its method and its path as sent."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        """Reads the operations that name an owner (`x-service`). Raises ValueError for what cannot be forwarded."""
        self.routes = [
            _route(path, method, operation)
            for path, method, operation in _operations(document)
            if "x-service" in operation
        ]
        #: by path, the WebSockets that services own
        self.streams = {path: _stream(path, stream) for path, stream in document.get("x-streams", {}).items()}
        _refuse_twice("pattern", [_PARAMETER.sub("{}", path) for path in {each.path for each in self.routes}])
        _refuse_twice("operationId", [each.operation for each in self.routes])
        #: by the number of segments and the first of them; None where that is a parameter
        self._patterns: defaultdict[tuple[int, bytes | None], list[_Pattern]] = defaultdict(list)
        for route in sorted(self.routes, key=Route.specificity):
            first = route.segments[0]
            key = len(route.segments), None if first.startswith("{") else first.encode()
            self._patterns[key].append(_Pattern(route))

    @property
    def owners(self) -> frozenset[str]:
        """Returns the services, besides the gateway, that own a route."""
        routes = [*self.routes, *self.streams.values()]
        return frozenset(route.service for route in routes) - {GATEWAY}

    def candidates(self, raw_path: bytes) -> list[Route]:
        """Returns the routes of a path, with any method, those with a literal segment first.

        Raises 404 for a path with a segment that makes it mean another path.
        """
        sent = raw_path[1:].split(b"/")
        decoded = [unquote_to_bytes(each) for each in sent] if b"%" in raw_path else sent  # as the owner decodes it
        if not raw_path.startswith(b"/") or any(each in _RELATIVE or b"/" in each for each in decoded):
            raise not_found()
        found = [*self._patterns.get((len(sent), decoded[0]), ()), *self._patterns.get((len(sent), None), ())]
        return [pattern.route for pattern in found if pattern.fits(decoded)]


def choose(candidates: Sequence[Route], method: str) -> Route:
    """Returns the first of a path's routes that has the method; for HEAD that of GET.

    Raises 404 for a path that no route has, and 405 for one that has only other methods.
    """
    asked = "GET" if method == "HEAD" else method
    for route in candidates:
        if route.method == asked:
            return route
    if candidates:
        raise ProblemError(METHOD_NOT_ALLOWED, headers={"Allow": allowed(candidates)})
    raise not_found()


def parameters(route: Route, raw_path: bytes) -> dict[str, str]:
    """Returns the decoded parameters in a path of the route."""
    return {
        name[1:-1]: unquote_to_bytes(given).decode(errors="replace")
        for name, given in zip(route.segments, raw_path[1:].split(b"/"), strict=True)
        if name.startswith("{")
    }


def allowed(candidates: Sequence[Route]) -> str:
    """Returns the methods of a path's routes, as the header Allow lists them."""
    methods = {route.method for route in candidates} | {"OPTIONS"}
    return ", ".join(sorted(methods | {"HEAD"} if "GET" in methods else methods))


def _route(path: str, method: str, operation: Mapping[str, Any]) -> Route:
    name = operation["operationId"]
    access = tuple(operation.get("x-access", ()))
    if not access:
        raise ValueError(f"{name}: x-access says nobody")
    max_body = operation.get("x-max-body", JSON_BYTES)
    if not 0 < max_body <= MOST_BYTES:
        raise ValueError(f"{name}: x-max-body is 1 byte to 1 MiB")
    direct = operation.get("x-deadline") if operation.get("x-direct") else None
    if "x-stream" in operation or bool(operation.get("x-direct")) != ("x-deadline" in operation):
        raise ValueError(f"{name}: a direct operation has x-direct and x-deadline, and a stream is no operation")
    if direct is not None and not 0 < direct <= _LONGEST_DIRECT_S:
        raise ValueError(f"{name}: x-deadline is a number of seconds, an hour at most")
    return Route(
        service=operation["x-service"],
        operation=name,
        method=method.upper(),
        path=path,
        access=access,
        person=operation.get("x-person"),
        job=operation.get("x-job", {}).get("kind"),
        result=operation.get("x-job", {}).get("result"),
        writes_at_once=operation.get("x-writes", False),
        max_body=max_body,
        consent=_consent(operation),
        consent_by=_consent_by(operation),
        limits=tuple(operation.get("x-limits", ())),
        fresh=operation.get("x-fresh", False),
        direct=direct,
        upload=_upload(operation),
        noted=operation.get("x-noted"),
        answers=frozenset(
            header.lower()
            for response in operation.get("responses", {}).values()
            for header in response.get("headers", {})
        ),
    )


def _stream(path: str, stream: Mapping[str, Any]) -> Route:
    service, name, access = stream["x-service"], stream["operationId"], tuple(stream["x-access"])
    return Route(service=service, operation=name, method="GET", path=path, access=access)


def _consent(operation: Mapping[str, Any]) -> tuple[str, str] | None:
    consent = operation.get("x-consent")
    return None if consent is None or "field" in consent else (consent["purpose"], consent["recipient"])


def _consent_by(operation: Mapping[str, Any]) -> ConsentBy | None:
    consent = operation.get("x-consent", {})
    return ConsentBy(**consent) if "field" in consent else None


def _upload(operation: Mapping[str, Any]) -> tuple[str, int] | None:
    upload = operation.get("x-upload")
    return None if upload is None else (upload["field"], upload["limit"])


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
