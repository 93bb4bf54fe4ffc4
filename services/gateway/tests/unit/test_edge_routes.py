"""Tests that a path as it reads chooses its owner, and that what is ambiguous is refused when joined."""

from __future__ import annotations

from typing import Any

import pytest

from chassis.web.document import fragment_of
from chassis.web.problems import ProblemError
from gateway.edge.forward.join import join
from gateway.edge.forward.routes import Route, RouteTable, choose, parameters
from libs.chassis.tests.integration.toys import ROUTES

TOYS = fragment_of("toys", ROUTES)


def described(service: str, operation: str, method: str, path: str, **words: Any) -> dict[str, Any]:
    """Returns a fragment of one operation."""
    known = {"operationId": operation, "x-service": service, "x-access": ["public"], **words}
    return {"paths": {path: {method: known}}}


def found(table: RouteTable, method: str, path: bytes) -> Route:
    """Finds a route as `ForwardedRoutes` does."""
    return choose(table.candidates(path), method)


def schema(name: str, **shape: Any) -> dict[str, Any]:
    return {"components": {"schemas": {name: {"type": "object", **shape}}}}


FRAGMENTS = [
    described("people", "readPerson", "get", "/people/{person}"),
    described("people", "editPerson", "patch", "/people/{person}"),
    described("people", "readNotes", "get", "/people/{person}/notes"),
    described("search", "findPeople", "get", "/people/search"),
    described("search", "readTag", "get", "/people/search/{tag}"),
]
JOINED = join(FRAGMENTS)
#: in an arbitrary order
TABLE = RouteTable({**JOINED, "paths": dict(reversed(JOINED["paths"].items()))})


def test_the_toys_have_their_routes() -> None:
    table = RouteTable(join([TOYS]))
    route = found(table, "PATCH", b"/toys/1")
    assert (route.service, route.operation, route.access) == ("toys", "editToy", ("author", "admin"))
    assert (route.writes, parameters(route, b"/toys/1")) == (True, {"id": "1"})
    assert {"etag", "cache-control"} <= found(table, "GET", b"/toys/1").answers
    polish = found(table, "POST", b"/toys/1/polish")
    assert (polish.job, polish.writes) == ("toy_polish", False)
    assert found(table, "POST", b"/people/7/notes").person == "person"


@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [
        ("GET", b"/people/search", "findPeople"),
        ("HEAD", b"/people/search", "findPeople"),
        ("GET", b"/people/x", "readPerson"),
        ("GET", b"/people/search/notes", "readTag"),
        ("GET", b"/people/x/notes", "readNotes"),
        ("PATCH", b"/people/search", "editPerson"),  # as the owner's own router chooses
        ("GET", b"/people/s%65arch", "findPeople"),  # as its owner reads it
        ("GET", b"/%70eople/x", "readPerson"),
    ],
)
def test_a_literal_segment_beats_a_parameter_across_services(method: str, path: bytes, operation: str) -> None:
    assert found(TABLE, method, path).operation == operation


def test_parameters_are_decoded() -> None:
    path = b"/people/caf%C3%A9"
    assert parameters(found(TABLE, "GET", path), path) == {"person": "café"}


@pytest.mark.parametrize(
    "path",
    [
        b"/",
        b"/bears",
        b"/people",
        b"/people/",
        b"//people/1",
        b"/people//notes",
        b"/people/.",
        b"/people/..",
        b"/people/../notes",
        b"/people/%2e%2E",
        b"/people/a%2Fb",
        b"people/1",
        b"",
    ],
)
def test_an_unknown_path_ends_at_the_gateway(path: bytes) -> None:
    with pytest.raises(ProblemError) as refused:
        found(TABLE, "GET", path)
    assert refused.value.problem.status == 404


def test_another_method_is_told_which_there_are() -> None:
    with pytest.raises(ProblemError) as refused:
        found(TABLE, "DELETE", b"/people/1")
    assert (refused.value.problem.status, refused.value.headers) == (405, {"Allow": "GET, HEAD, OPTIONS, PATCH"})


AMBIGUOUS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "one path of two services": (described("a", "readA", "get", "/x/{id}"), described("b", "readB", "get", "/x/{id}")),
    "two equal patterns": (described("a", "readA", "get", "/x/{id}"), described("b", "readB", "get", "/x/{name}")),
    "one pattern in two spellings": (
        described("a", "readA", "get", "/x/{id}"),
        described("b", "editB", "put", "/x/{name}"),
    ),
    "an operationId": (described("a", "read", "get", "/x"), described("b", "read", "get", "/y")),
    "a schema's name": (schema("Toy"), schema("Toy")),
    "a shared schema that differs": (schema("ProblemDocument"), schema("ProblemDocument", title="another")),
    "a problem that differs": (
        {"components": {"examples": {"gone": {"value": {"type": "/problems/gone"}}}}},
        {"components": {"examples": {"gone": {"value": 2}}}},
    ),
}


@pytest.mark.parametrize("fragments", AMBIGUOUS.values(), ids=AMBIGUOUS)
def test_what_is_there_twice_is_refused(fragments: tuple[dict[str, Any], dict[str, Any]]) -> None:
    with pytest.raises(ValueError, match="twice"):
        join(fragments)


def test_what_is_shared_may_be_there_twice() -> None:
    problem = {"components": {"examples": {"gone": {"value": {"type": "/problems/gone"}}}}}
    joined = join([schema("ProblemDocument"), problem, schema("ProblemDocument"), problem])
    assert joined["components"].items() >= {**schema("ProblemDocument")["components"], **problem["components"]}.items()


@pytest.mark.parametrize(
    "words", [{"x-stream": True}, {"x-direct": True}, {"x-deadline": 300}, {"x-access": []}, {"x-max-body": 2**21}]
)
def test_what_cannot_be_forwarded_is_refused(words: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="read"):
        RouteTable(described("a", "read", "get", "/x", **words))


def test_what_names_no_owner_is_the_gateways_own() -> None:
    document = described("a", "read", "get", "/x")
    del document["paths"]["/x"]["get"]["x-service"]
    assert RouteTable(document).routes == []
