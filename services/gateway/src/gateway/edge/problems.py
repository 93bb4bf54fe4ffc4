"""Errors as RFC 9457 problem documents: `application/problem+json`, and never the caller's input."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from chassis.errors import VoxbusError
from chassis.web.problems import FieldProblem, ProblemDocument

MEDIA_TYPE = "application/problem+json"


class ProblemError(VoxbusError):
    """Ends a request with a problem as its answer. `errors` are pairs of field and message."""

    def __init__(
        self,
        status: int,
        name: str,
        title: str,
        detail: str = "",
        *,
        errors: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"/problems/{name}")
        self.headers = dict(headers or {})
        self.document = ProblemDocument(
            type=f"/problems/{name}",
            title=title,
            status=status,
            detail=detail,
            errors=[FieldProblem(field=field, message=message) for field, message in errors] or None,
        )

    def response(self) -> Response:
        """Returns the document as an HTTP response."""
        body = self.document.model_dump(mode="json", exclude_none=True)
        return JSONResponse(body, self.document.status, self.headers, MEDIA_TYPE)


def not_found() -> ProblemError:
    """Makes a 404, in the same words for what does not exist and for what belongs to someone else."""
    return ProblemError(404, "not-found", "Not found", "There is nothing here, or it is not yours.")


def invalid(*errors: tuple[str, str]) -> ProblemError:
    """Makes a 422 that names the fields that are wrong."""
    return ProblemError(422, "invalid", "The request is not valid", "Some fields need another look.", errors=errors)


def unauthorized(detail: str) -> ProblemError:
    """Makes a 401 with the challenge that RFC 6750 asks for."""
    return ProblemError(401, "unauthorized", "Sign in first", detail, headers={"WWW-Authenticate": "Bearer"})


def unavailable(after: int = 5) -> ProblemError:
    """Makes a 503: a part that this resource needs does not answer now; `after` in seconds."""
    return ProblemError(
        503,
        "unavailable",
        "Not available right now",
        "Something this needs does not answer. Try again in a moment.",
        headers={"Retry-After": str(after)},
    )


def internal() -> ProblemError:
    """Makes a 500 without details: they are in the log."""
    return ProblemError(500, "internal", "Something went wrong", "This is our mistake, and it has been written down.")


def too_large(limit: int) -> ProblemError:
    """Makes a 413; `limit` in bytes. The server reads the rest of the body and drops it."""
    return ProblemError(413, "too-large", "Too large", f"At most {limit // 1024} KiB are accepted here.")


_OF_STATUS = {
    400: ("bad-request", "The request could not be read", "Its body is not what it says it is."),
    404: ("not-found", "Not found", ""),
    405: ("method-not-allowed", "Method not allowed", "The header Allow says what can be done here."),
    413: ("too-large", "Too large", ""),
    415: ("unsupported-media-type", "Unsupported media type", ""),
}

#: pydantic's own messages may quote the input, so only these words leave the house
_WORDS = {
    "missing": "is required",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "too_short": "is too short: at least {min_length}",
    "too_long": "is too long: at most {max_length}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "string_type": "must be a text",
    "literal_error": "must be one of {expected}",
    "enum": "must be one of {expected}",
    "list_type": "must be a list",
    "json_invalid": "is not valid JSON",
    "model_attributes_type": "must be a JSON object",
}


def _message(error: Mapping[str, Any]) -> str:
    context = error.get("ctx") or {}
    if error["type"] == "value_error":  # raised by our own validators: their words hold no input
        return str(context.get("error", "is not valid"))
    return _WORDS.get(error["type"], "is not valid").format_map(context)


def _field(error: Mapping[str, Any]) -> str:
    place, *rest = error["loc"]
    names = [str(part) for part in rest if not isinstance(part, int)]
    return ".".join(names) or str(place)


async def _of_validation(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return invalid(*[(_field(each), _message(each)) for each in error.errors()]).response()


async def _of_http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == HTTPStatus.NOT_FOUND:
        return not_found().response()
    name, title, detail = _OF_STATUS.get(error.status_code) or (*_phrase(error.status_code), "")
    return ProblemError(error.status_code, name, title, detail, headers=error.headers).response()


async def _of_problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)
    return error.response()


def _phrase(status: int) -> tuple[str, str]:
    phrase = HTTPStatus(status).phrase
    return re.sub(r"[^a-z0-9]+", "-", phrase.lower()), phrase


def answer_with_problems(app: FastAPI) -> None:
    """Lets every error that a client can cause become a problem document."""
    app.add_exception_handler(RequestValidationError, _of_validation)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(ProblemError, _of_problem)
