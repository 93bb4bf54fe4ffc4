"""Asks for every operation of the public document with what schemathesis makes up, as every caller.

No answer may be a 5xx, or have a status, a header or a body that the document does not declare. What `Location` names
is there, for whoever made it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from itertools import cycle
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky
from schemathesis import Response
from schemathesis.checks import CheckContext, not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.result import Ok
from schemathesis.engine.observations import LocationHeaderEntry, Observations
from schemathesis.generation import GenerationMode
from schemathesis.generation.stateful import APIStateMachine
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.fuzz.callers import RECORDING, Caller, Case

#: a name that never resolves (RFC 6761): no webhook may lead to what is made up here
NOWHERE = "https://voxbus.invalid/hook"
#: headers for HTTP itself, for proxies and for the safety of pages, which no operation declares
_COMMON = frozenset(
    "cache-control connection content-length content-security-policy content-type date referrer-policy "
    "transfer-encoding vary x-accel-buffering x-content-type-options x-frame-options".split()
)
_OK = 200
_ACCEPTED = range(200, 300)
#: requests of a chain
_STEPS = 8
#: streams without an end, which this client would read for ever
ENDLESS = frozenset({"/events"})

Json = dict[str, Any]
Operation = APIOperation[Any, Any, Any, Any]


def no_undeclared_header(_: CheckContext, response: Response, case: Case) -> None:
    """Fails for an answer that has a header which its description does not name."""
    declared = case.operation.responses.find_by_status_code(response.status_code)
    names = set() if declared is None else {name.lower() for name, _ in declared.headers.items()}
    if more := response.headers.keys() - names - _COMMON:
        raise Failure(operation=case.operation.label, title="Undeclared header", message=", ".join(sorted(more)))


CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    no_undeclared_header,
]


class Fuzzer:
    """Asks as all callers; the same seed makes up the same requests."""

    def __init__(self, document: Json, callers: Sequence[Caller], seed: int, hook: str = NOWHERE) -> None:
        paths = {path: operations for path, operations in document["paths"].items() if path not in ENDLESS}
        self._schema = schemathesis.openapi.from_dict({**document, "paths": paths})
        self._schema.config.base_url = callers[0].address
        self._schema.config.generation.with_security_parameters = False  # the callers have their own
        self._callers = callers
        self._seed = seed
        self._hook = hook
        self._located = Observations()
        self._recording = RECORDING.read_bytes()
        #: how many are still sent: one of each person, and some in chains
        self._recordings = 5
        #: operations that were asked for, by the role that asked
        self.asked: dict[str, set[str]] = {caller.role: set() for caller in callers}
        #: the first of each failure, by operation, role and title
        self.failures: dict[str, str] = {}
        #: how often each status was the answer
        self.statuses: Counter[int] = Counter()

    def each(self, examples: int, examples_of_id: int) -> None:
        """Asks for each operation alone: `examples` requests that are valid and as many that are not."""
        for operation in self._operations():
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                if mode is GenerationMode.POSITIVE or operation.path_parameters or operation.query or operation.body:
                    self._ask(operation, mode, examples_of_id if "{id}" in operation.path else examples)

    def chains(self, examples: int) -> None:
        """Asks for operations one after another, each with what the answers before it have told; also `Location`."""
        self._schema.apply_stateful_inference(self._located)
        for caller in self._callers:
            machine: type[APIStateMachine] = type("Chain", (_Chain, self._schema.as_state_machine()), {})
            machine.ask = partial(self.ask, caller)
            seed(self._seed)(machine)
            # what the product answers depends on what was asked before, which hypothesis takes for flaky and gives up
            with suppress(Flaky):
                machine.run(settings=settings(_generating(examples), stateful_step_count=_STEPS))

    def ask(self, caller: Caller, case: Case) -> Response:
        """Sends a request and checks its answer, and that what it has made is there."""
        if isinstance(case.body, dict):
            if isinstance(case.body.get("url"), str):
                case.body["url"] = self._hook
            if {"recording", "text"} <= case.body.keys() and self._recordings:  # no chance makes up one
                self._recordings -= 1
                case.body = {"recording": self._recording, "text": case.body["text"]}  # type: ignore[dict-item]
        answer = caller.send(case)
        checks = list(CHECKS)
        if answer.headers.get("content-type", [""])[0].startswith("text/event-stream"):
            checks.remove(response_schema_conformance)  # which reads each event, where OpenAPI 3.1 means the whole text
        try:
            case.validate_response(answer, checks=checks)
        except FailureGroup as group:
            for failure in group.exceptions:
                self._note(caller, case.operation, failure.title, f"{failure}\n{case.as_curl_command()}")
        self.statuses[answer.status_code] += 1
        self.asked[caller.role].add(case.operation.label)
        if answer.status_code in _ACCEPTED and (location := caller.learn(answer)) is not None:
            self._follow(caller, case.operation, LocationHeaderEntry(answer.status_code, location))
        return answer

    def _ask(self, operation: Operation, mode: GenerationMode, examples: int) -> None:
        # who asks makes no difference to a public operation, and some of them cost a hash
        turns = ([caller] for caller in cycle(self._callers))
        is_public = "public" in operation.definition.raw["x-access"]
        examples = max(examples, len(self._callers)) if is_public else examples

        @seed(self._seed)
        @_generating(examples)
        @given(operation.as_strategy(generation_mode=mode), st.integers(-1, 3))
        def ask(case: Case, place: int) -> None:
            asking = next(turns) if is_public else self._callers
            made_up = dict(case.path_parameters or {})
            for caller in asking:
                known = caller.things.get(operation.path.partition("{")[0])
                if place >= 0 and known and "id" in made_up:
                    case.path_parameters["id"] = known[place % len(known)]
                self.ask(caller, case)
                case.path_parameters = dict(made_up)

        ask()

    def _follow(self, caller: Caller, operation: Operation, located: LocationHeaderEntry) -> None:
        """Checks that what `Location` names is there, and notes it for the chains."""
        self._located.location_headers.setdefault(operation, []).append(located)
        prefix, _, id = located.value.rpartition("/")
        reading = self._schema[f"{prefix}/{{id}}"]["GET"]
        found = caller.send(reading.Case(path_parameters={"id": id}))
        if found.status_code != _OK:
            self._note(caller, operation, "Nothing at its Location", f"{located.value} is {found.status_code}")

    @property
    def located(self) -> set[str]:
        """Returns the operations whose answers had a `Location`."""
        return {operation.label for operation in self._located.location_headers}

    def _note(self, caller: Caller, operation: Operation, title: str, text: str) -> None:
        self.failures.setdefault(f"{operation.label} as {caller.role}: {title}", text)

    def _operations(self) -> Iterator[Operation]:
        for found in self._schema.get_all_operations():
            assert isinstance(found, Ok)
            yield found.ok()


class _Chain:
    """Sends the requests of a state machine as the caller of its `ask`, and checks each answer once."""

    ask: Callable[[Case], Response]

    def call(self, case: Case, **_: Any) -> Response:
        """Sends one request."""
        return self.ask(case)

    def validate_response(self, *_: Any, **__: Any) -> None:
        """Does nothing, since `ask` has done it."""


def _generating(examples: int) -> settings:
    return settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
