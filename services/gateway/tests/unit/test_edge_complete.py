"""The join adds to the fragments what the gateway does for all of them, and leaves the fragments as they are."""

from __future__ import annotations

import copy
from functools import cache
from typing import Any
from uuid import UUID

import pytest
from openapi_spec_validator import validate

from chassis.delivery.job_problems import JOB_PROBLEMS
from chassis.web.call import Call
from chassis.web.document import fragment_of
from chassis.web.proposal import JobReference, Proposal
from chassis.web.refusals import refused_names
from chassis.web.routes import Routes
from gateway.edge.forward.join import join
from libs.chassis.tests.integration.toys import ROUTES
from libs.chassis.tests.integration.toys.messages import POLISH
from services.gateway.tests.described import own

#: headers of every answer that a limit applies to, one of them of every other too
LIMITS = {"RateLimit", "RateLimit-Policy", "X-Request-Id", "traceparent"}


@cache
def fragments() -> list[dict[str, Any]]:
    return [own(), fragment_of("toys", ROUTES)]


@cache
def joined() -> dict[str, Any]:
    return join(fragments(), problems=JOB_PROBLEMS)


@cache
def operations() -> dict[str, Any]:
    return {each["operationId"]: each for methods in joined()["paths"].values() for each in methods.values()}


def refused(name: str, status: str) -> frozenset[str]:
    return refused_names(operations()[name]["responses"].get(status, {}))


def test_it_is_openapi_and_the_fragments_stay_as_they_are() -> None:
    before = copy.deepcopy(fragments())
    validate(join(fragments()))
    assert before == fragments()


@pytest.mark.parametrize(
    ("operation", "security"),
    [
        ("signUp", [{}, {"bearer": []}]),  # a token that is sent is judged
        ("readJob", [{"bearer": []}]),
        ("editToy", [{"bearer": []}]),
        ("listToys", [{}, {"bearer": []}]),
    ],
)
def test_security_follows_from_the_access_words(operation: str, security: list[Any]) -> None:
    assert operations()[operation]["security"] == security
    assert "unauthorized" in refused(operation, "401")
    assert joined()["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"


def test_limits_of_bodies_and_owners_are_declared() -> None:
    for name in ("signUp", "createAttempt", "makeToy"):
        assert refused(name, "408") | refused(name, "413") == {"request-timeout", "too-large"}
    assert refused("readToy", "408") == frozenset()
    assert refused("readToy", "503") == {"unavailable", "busy"}
    assert refused("readJob", "503") == {"unavailable"}


def test_what_makes_a_job_can_be_waited_for() -> None:
    waiting = {
        name
        for name, described in operations().items()
        if any(each["name"] == "Prefer" for each in described.get("parameters", ()))
    }
    assert waiting == {name for name, described in operations().items() if "x-job" in described}
    assert {"createAttempt", "polishToy"} <= waiting


def test_what_makes_a_job_says_that_nobody_may_know_of_it_and_that_its_key_may_stand_for_another() -> None:
    for name in ("createAttempt", "polishToy"):
        assert refused(name, "504") == {"outcome-unknown"}
        assert "idempotency-conflict" in refused(name, "422")
        assert "busy" in refused(name, "503")


def test_what_is_waited_for_is_the_result_or_a_failed_job() -> None:
    answer = operations()["polishToy"]["responses"]["200"]
    assert answer["headers"].keys() - LIMITS == {"ETag", "Preference-Applied"}
    assert answer["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/PolishToyOutcome"}
    members = joined()["components"]["schemas"]["PolishToyOutcome"]["anyOf"]
    assert [each["$ref"].rpartition("/")[2] for each in members] == ["ToyOut", "FailedJob"]


def test_what_is_shown_at_once_is_in_the_same_answer_as_what_is_waited_for() -> None:
    routes = Routes("things")

    @routes.post("/things/{id}/look", access=("learner",), job=POLISH, result="readToy")
    async def look_at(id: UUID, call: Call) -> Proposal | JobReference:
        """Looks at a thing."""
        raise NotImplementedError

    @routes.post("/things/{id}/count", access=("learner",), job=POLISH)
    async def count_them(id: UUID, call: Call) -> Proposal | JobReference:
        """Counts things."""
        raise NotImplementedError

    found = join([*fragments(), fragment_of("things", [routes])])
    validate(found)
    schemas = found["components"]["schemas"]
    members = {
        name: [each["$ref"].rpartition("/")[2] for each in schemas[name]["anyOf"]]
        for name in ("LookAtOutcome", "CountThemOutcome")
    }
    assert members == {
        "LookAtOutcome": ["JobReference", "ToyOut", "FailedJob"],
        "CountThemOutcome": ["JobReference", "JobOut"],
    }
    headers = [
        found["paths"][f"/things/{{id}}/{verb}"]["post"]["responses"]["200"]["headers"] for verb in ("look", "count")
    ]
    assert [{*each} - LIMITS for each in headers] == [{"ETag", "Preference-Applied"}, {"Preference-Applied"}]


def test_kinds_and_types_of_problem_are_enumerations() -> None:
    schemas = joined()["components"]["schemas"]
    assert "attempt" in schemas["JobKind"]["enum"]
    assert {"/problems/toy-exists", "/problems/email-taken", "/problems/recording-gone"} <= set(
        schemas["ProblemType"]["enum"]
    )
    assert schemas["JobOut"]["properties"]["kind"] == {"$ref": "#/components/schemas/JobKind"}
    assert schemas["ProblemDocument"]["properties"]["type"] == {"$ref": "#/components/schemas/ProblemType"}
    assert "x-enum" not in str(joined())
