"""Defines errors as RFC 9457 documents, `application/problem+json`. A service declares its own types beside these.

A document never holds the caller's input, except the name of an unknown field. It quotes the id of the request, which
an owner gets from the gateway.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, Response

from chassis.errors import VoxbusError
from chassis.observe.traces import trace_id

MEDIA_TYPE = "application/problem+json"
#: marks a 503 of an owner that has not written this request and never will
NOT_WRITTEN = "voxbus-not-written"


@dataclass(frozen=True, kw_only=True, slots=True)
class ProblemType:
    """Declares one type of problem: `name` is stable and part of `/problems/<name>`; `detail` is for people.

    `retry_after`, in seconds, is sent as the header Retry-After. `variant`: where one type has two statuses, it sets
    the rarer one apart in the document.
    """

    name: str
    status: int
    title: str
    detail: str = ""
    retry_after: int | None = None
    variant: str = ""

    @property
    def type(self) -> str:
        """Returns the `type` of its documents."""
        return f"/problems/{self.name}"

    @property
    def component(self) -> str:
        """Returns its name among the components of an OpenAPI document."""
        return f"{self.name}-{self.variant}" if self.variant else self.name


BAD_REQUEST = ProblemType(
    name="bad-request",
    status=400,
    title="The request could not be read",
    detail="The body does not match its headers.",
)
UNAUTHORIZED = ProblemType(
    name="unauthorized",
    status=401,
    title="Sign in first",
    detail="Send your access token as “Authorization: Bearer …”.",
)
FORBIDDEN = ProblemType(name="forbidden", status=403, title="Not allowed", detail="Your account may not do this.")
CONSENT_REQUIRED = ProblemType(
    name="guardian-consent-required",
    status=403,
    title="A guardian has to agree first",
    detail="Ask a parent or guardian.",
)
SIGN_IN_AGAIN = ProblemType(
    name="sign-in-again", status=403, title="Sign in again", detail="This needs a sign-in within the last five minutes."
)
NOT_FOUND = ProblemType(
    name="not-found", status=404, title="Not found", detail="There is nothing here, or it is not yours."
)
METHOD_NOT_ALLOWED = ProblemType(
    name="method-not-allowed",
    status=405,
    title="Method not allowed",
    detail="The header Allow lists the permitted methods.",
)
REQUEST_TIMEOUT = ProblemType(
    name="request-timeout",
    status=408,
    title="That took too long",
    detail="The request came too slowly. Try again on a better connection.",
)
VERSION_CONFLICT = ProblemType(
    name="version-conflict",
    status=412,
    title="The version has changed",
    detail="The version in If-Match is not the current one, which the header ETag names.",
)
TOO_LARGE = ProblemType(name="too-large", status=413, title="Too large")
URL_TOO_LONG = ProblemType(name="url-too-long", status=414, title="The URL is too long", detail="A URL may have 8 KiB.")
UNSUPPORTED_MEDIA_TYPE = ProblemType(
    name="unsupported-media-type",
    status=415,
    title="Unsupported media type",
    detail="Send application/json; a PATCH may be application/merge-patch+json.",
)
PRINCIPAL_REFUSED = ProblemType(name="principal-refused", status=421, title="Not signed by this gateway")
INVALID = ProblemType(name="invalid", status=422, title="The request is not valid", detail="Some fields are not valid.")
IDEMPOTENCY_CONFLICT = ProblemType(
    name="idempotency-conflict",
    status=422,
    title="This Idempotency-Key was used for something else",
    detail="Use a new key for new content.",
)
IF_MATCH_REQUIRED = ProblemType(
    name="if-match-required",
    status=428,
    title="Say which version you change",
    detail="Several people edit this: send the ETag you have read as If-Match.",
)
TOO_MANY_CHANGES = ProblemType(
    name="too-many-changes",
    status=429,
    title="Too many changes",
    detail="Time zone and day start may change four times in seven days each.",
)
TOO_MANY_CONNECTIONS = ProblemType(
    name="too-many-connections",
    status=429,
    title="Too many connections at a time",
    detail="Close some, or use one connection for many requests.",
    retry_after=5,
)
HEAD_TOO_LARGE = ProblemType(
    name="head-too-large",
    status=431,
    title="The headers are too large",
    detail="The head of a request may have 32 KiB and 100 fields.",
)
INTERNAL = ProblemType(
    name="internal",
    status=500,
    title="Something went wrong",
    detail="This is our mistake, and it has been logged.",
)
NO_ROUTE = ProblemType(name="no-route", status=501, title="This service has no such operation")
BUSY = ProblemType(name="busy", status=503, title="Too busy right now", detail="Try again in a moment.", retry_after=5)
UNAVAILABLE = ProblemType(
    name="unavailable",
    status=503,
    title="Not available right now",
    detail="A part of the system does not answer. Nothing was written. Try again in a moment.",
    retry_after=5,
)
OUTCOME_UNKNOWN = ProblemType(
    name="outcome-unknown",
    status=504,
    title="It may have been done",
    detail="Repeat with the same Idempotency-Key, or read first.",
)


class FieldProblem(BaseModel):
    """Describes the mistake in one field; null for an unknown name that is not repeated, as it may be a secret."""

    field: str | None
    message: str


class ProblemDocument(BaseModel):
    """Describes an error (RFC 9457). `type` says which problem it is and is stable; `detail` is for people."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "/problems/invalid",
                    "title": "The request is not valid",
                    "status": 422,
                    "detail": "Some fields are not valid.",
                    "errors": [{"field": "text", "message": "must have at most 300 characters"}],
                }
            ]
        }
    )

    type: str = Field(json_schema_extra={"x-enum": "ProblemType"})
    title: str
    status: int
    detail: str = ""
    errors: list[FieldProblem] | None = None
    request_id: str | None = Field(default=None, description="Quote it in a complaint: the header X-Request-Id.")


class ProblemError(VoxbusError):
    """Ends a request with a problem. `errors` are pairs of field and message; `detail` replaces the type's own.

    `extensions` are further members of the document (RFC 9457, 3.2).
    """

    def __init__(
        self,
        problem: ProblemType,
        detail: str | None = None,
        *,
        errors: Sequence[tuple[str | None, str]] = (),
        headers: Mapping[str, str] | None = None,
        extensions: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(problem.type)
        self.problem = problem
        self.detail = problem.detail if detail is None else detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.extensions = dict(extensions or {})

    def document(self) -> ProblemDocument:
        """Returns the document that the client gets."""
        return ProblemDocument(
            type=self.problem.type,
            title=self.problem.title,
            status=self.problem.status,
            detail=self.detail,
            errors=[FieldProblem(field=field, message=message) for field, message in self.errors] or None,
            request_id=trace_id(),
        )

    def response(self) -> Response:
        """Returns the document as an HTTP response, never to be cached."""
        headers = {"Cache-Control": "no-store", **self.headers}
        if self.problem.retry_after is not None:
            headers.setdefault("Retry-After", str(self.problem.retry_after))
        document = self.document()
        body: dict[str, Any] = document.model_dump(mode="json", exclude_none=True)
        if document.errors is not None:
            body["errors"] = [each.model_dump() for each in document.errors]
        body |= self.extensions
        return JSONResponse(body, self.problem.status, headers, MEDIA_TYPE)


def not_found() -> ProblemError:
    """Returns the same 404 for a resource that does not exist and for one that belongs to another person."""
    return ProblemError(NOT_FOUND)


def invalid(*errors: tuple[str | None, str]) -> ProblemError:
    """Returns the 422 that names the wrong fields."""
    return ProblemError(INVALID, errors=errors)


def unauthorized(detail: str | None = None) -> ProblemError:
    """Returns the 401 with the challenge that RFC 6750 asks for."""
    return ProblemError(UNAUTHORIZED, detail, headers={"WWW-Authenticate": "Bearer"})


def was_erased(*, caller: bool) -> ProblemError:
    """Returns the problem of a write about an erased person: 401 if that is the caller, else 404."""
    return unauthorized("This account does not exist any more.") if caller else not_found()


def not_written(problem: ProblemType = UNAVAILABLE) -> ProblemError:
    """Returns a 503 by which an owner tells the gateway that it has not written this request and never will."""
    return ProblemError(problem, headers={NOT_WRITTEN: "1"})
