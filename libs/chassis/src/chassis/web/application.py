"""Makes the FastAPI application of a service's operations, which validates, calls functions and describes them."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any, get_args, get_type_hints

from fastapi import FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from fastapi.telemetry import TelemetryConfig
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from chassis.web.answer import answer_read, answer_write
from chassis.web.call import Call
from chassis.web.context import Incoming, OwnerContext
from chassis.web.failures import problem_of
from chassis.web.guard import Guard
from chassis.web.operation import Operation
from chassis.web.problems import BAD_REQUEST, ProblemError
from chassis.web.proposal import Proposal
from chassis.web.validation import QueryInput, problem_of_request
from chassis.web.write import run_write

#: FastAPI's own spans, on by default, hold the path with its ids and the query: `RequestSpans` takes their place
NO_TELEMETRY: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
#: the key in the scope under which an endpoint finds the owner's data about a request
INCOMING = "voxbus.incoming"
_REQUEST = "request_"

#: runs a write to its end, even if the caller goes away
Shield = Callable[[Awaitable[Response]], Awaitable[Response]]


def application_of(
    operations: Sequence[Operation], context: OwnerContext | None = None, shield: Shield | None = None
) -> FastAPI:
    """Returns the application. Without a context it can only be described, and serves nothing.

    Raises TypeError for two equal patterns or operationIds, for a path that begins with a parameter, for a body that
    accepts unknown fields, and for what is made and cannot be read.
    """
    _refuse_twins(operations)
    if nameless := [each.path for each in operations if each.path.startswith("/{")]:
        raise TypeError(f"begins with a parameter: {', '.join(nameless)}")
    _refuse_lost(operations)
    described = context is None  # what serves returns whole responses, and models of answers take half of this time
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False, telemetry=NO_TELEMETRY)
    for operation in sorted(operations, key=Operation.specificity):
        app.add_api_route(
            operation.path,
            _endpoint(operation, context, shield or _unshielded),
            methods=[operation.method],
            operation_id=operation.id,
            tags=[operation.tag],
            status_code=operation.success,
            response_model=operation.model if described else None,
            responses={200: {"model": operation.at_once}} if described and operation.at_once is not None else {},
            name=operation.id,
        )
    for route in app.routes:
        if isinstance(route, APIRoute) and route.body_field is not None:
            _refuse_open_models(route.operation_id or "", route.body_field.field_info.annotation)
    app.router.middleware_stack = _serve_found
    app.add_middleware(Guard)
    app.add_exception_handler(RequestValidationError, answer_validation)
    app.add_exception_handler(HTTPException, _of_http)
    return app


def _endpoint(operation: Operation, context: OwnerContext | None, shield: Shield) -> Callable[..., Awaitable[Response]]:
    """Returns the function that FastAPI calls: it has the parameters of the operation's function except `call`."""

    async def endpoint(**values: Any) -> Response:
        request: Request = values.pop(_REQUEST)
        incoming: Incoming = request.scope[INCOMING]
        assert context is not None
        try:
            if operation.writes:
                return await shield(run_write(operation, context, incoming, values))
            async with Call[Any](context, incoming, if_match=operation.if_match) as call:
                value = await operation.function(**values, call=call)
            if isinstance(value, Proposal):
                return value.answer()
            if operation.job is not None:
                return answer_write(operation, incoming, value, status=200)
            return answer_read(operation, incoming, value)
        except Exception as error:
            return problem_of(error, operation.id).response()

    hints = get_type_hints(operation.function, include_extras=True)
    parameters = [
        parameter.replace(annotation=_placed(hints[parameter.name]), kind=parameter.KEYWORD_ONLY)
        for parameter in inspect.signature(operation.function).parameters.values()
        if parameter.name != "call"
    ]
    own = inspect.Parameter(_REQUEST, inspect.Parameter.KEYWORD_ONLY, annotation=Request)
    endpoint.__signature__ = inspect.Signature([*parameters, own])  # type: ignore[attr-defined]
    endpoint.__doc__, endpoint.__name__ = operation.function.__doc__, operation.function.__name__
    return endpoint


async def _serve_found(scope: Scope, receive: Receive, send: Send) -> None:
    """Serves the route that the owner has found and put into the scope, in place of a second search through all."""
    route: APIRoute = scope["route"]
    await route.handle(scope, receive, send)


def _placed(annotation: Any) -> Any:
    """Marks a model as the query string; FastAPI takes any other model as the body."""
    is_query = isinstance(annotation, type) and issubclass(annotation, QueryInput)
    return Annotated[annotation, Query()] if is_query else annotation


async def _unshielded(work: Awaitable[Response]) -> Response:
    return await work


def _refuse_twins(operations: Sequence[Operation]) -> None:
    for what, names in (
        ("pattern", [f"{each.method} {_pattern(each.path)}" for each in operations]),
        ("operationId", [each.id for each in operations]),
    ):
        if twice := [name for name, count in Counter(names).items() if count > 1]:
            raise TypeError(f"{what} twice: {', '.join(twice)}")


def _refuse_lost(operations: Sequence[Operation]) -> None:
    """Raises TypeError for a POST whose answer names a Location that no read serves to everybody who may make it."""
    reads = {_pattern(each.path): each for each in operations if each.method == "GET"}
    for each in operations:
        if each.method != "POST" or each.success != 201 or not _has_id(each.answer):
            continue
        read = reads.get(f"{_pattern(each.path)}/{{}}")
        if read is None or not ({"public"} & set(read.access) or set(each.access) <= set(read.access)):
            raise TypeError(f"{each.route} makes what nobody can read: GET {each.path}/{{id}} needs the same access")


def _has_id(answer: Any) -> bool:
    return "id" in getattr(answer, "model_fields", {})


def _pattern(path: str) -> str:
    """Returns a path whose parameters have no names."""
    return re.sub(r"{.*?}", "{}", path)


def _refuse_open_models(operation: str, annotation: Any) -> None:
    """Raises TypeError for a model that would ignore unknown fields."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if annotation.model_config.get("extra") != "forbid":
            raise TypeError(f"{operation}: {annotation.__name__} takes unknown fields; derive it from Input")
        for field in annotation.model_fields.values():
            _refuse_open_models(operation, field.annotation)
    for inner in get_args(annotation):
        _refuse_open_models(operation, inner)


async def answer_validation(request: Request, error: Exception) -> Response:
    """Answers what FastAPI's validation refuses, as an exception handler, with the fields that need another look."""
    assert isinstance(error, RequestValidationError)
    incoming: Incoming | None = request.scope.get(INCOMING)
    quiet = incoming is not None and incoming.quiet
    return problem_of_request(error, request.scope["route"], quiet=quiet).response()


async def _of_http(_: Request, error: Exception) -> Response:
    """Answers a request that the framework itself refuses: a body that it cannot parse."""
    assert isinstance(error, HTTPException)
    return ProblemError(BAD_REQUEST).response()
