"""Tests what the errors of providers are taken for, in their three shapes, and that no word of them is kept."""

from __future__ import annotations

from typing import Any

import pytest

from feedback.models.errors import ProviderError
from feedback.models.providers.refusals import error_of_status, error_of_stream, request_id_of

KEY = "sk-canary-0123456789"


def openai(message: str, kind: str | None = None, code: str | None = None) -> dict[str, Any]:
    """Returns an error as the client gives it: it has taken it out of `error`."""
    return {"message": message, "type": kind, "code": code}


def anthropic(kind: str, message: str = "") -> dict[str, Any]:
    return {"type": "error", "error": {"type": kind, "message": message}}


def gemini(status: str, message: str = "", *details: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"error": {"code": 1, "message": message, "status": status, "details": list(details)}}]


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, openai(f"Incorrect API key provided: {KEY}", code="invalid_api_key"), "key_refused"),
        (401, anthropic("authentication_error"), "key_refused"),
        (400, gemini("INVALID_ARGUMENT", f"API key not valid {KEY}", {"reason": "API_KEY_INVALID"}), "key_refused"),
        (400, gemini("INVALID_ARGUMENT", "API key not valid. Please pass a valid API key."), "key_refused"),
        (403, anthropic("permission_error"), "key_refused"),
        (403, openai("Project has no access", code="model_not_found"), "no_model"),
        (404, openai("The model does not exist", code="model_not_found"), "no_model"),
        (404, gemini("NOT_FOUND"), "no_model"),
        (402, None, "quota"),
        (429, openai("You exceeded your current quota", "insufficient_quota", "insufficient_quota"), "quota"),
        (400, anthropic("invalid_request_error", "Your credit balance is too low to access"), "quota"),
        (429, openai("Rate limit reached", "requests", "rate_limit_exceeded"), "rate_limited"),
        (429, gemini("RESOURCE_EXHAUSTED"), "rate_limited"),
        (529, anthropic("overloaded_error"), "overloaded"),
        (503, "<html>", "overloaded"),
        (500, anthropic("api_error"), "failed"),
        (502, b"\xff", "failed"),
        (504, None, "failed"),
        (307, None, "failed"),
        (400, openai("Unsupported parameter", "invalid_request_error", "unsupported_parameter"), "refused"),
        (413, {"error": "too long"}, "refused"),
        (422, [], "refused"),
        (400, [5], "refused"),
        (400, {"code": 5, "type": None, "details": [None], "message": {}}, "refused"),
    ],
)
def test_an_answer_is_taken_for_what_it_says(status: int, body: object, kind: str) -> None:
    error = error_of_status(status, {}, body)
    assert (error.kind, error.status) == (kind, status)
    assert KEY not in repr(error.__dict__) + str(error) + repr(error)


@pytest.mark.parametrize(
    ("headers", "body", "wait"),
    [
        ({"retry-after": "3"}, None, 3.0),
        ({"retry-after": "1.5"}, None, 1.5),
        ({"retry-after-ms": "250", "retry-after": "1"}, None, 0.25),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, None, None),
        ({"retry-after": "-1"}, None, None),
        ({"retry-after": "99999999999999999999"}, None, None),
        ({}, gemini("RESOURCE_EXHAUSTED", "", {"retryDelay": "17s"}), 17.0),
        ({}, gemini("RESOURCE_EXHAUSTED", "", {"retryDelay": KEY}), None),
    ],
)
def test_the_time_to_wait_is_read_where_it_stands(headers: dict[str, str], body: object, wait: float | None) -> None:
    assert error_of_status(429, headers, body).retry_after == wait


def test_an_error_within_a_stream_has_a_kind_too() -> None:
    assert error_of_stream({"type": "overloaded_error"}, "req_1").kind == "overloaded"
    assert error_of_stream("text " + KEY, None).kind == "failed"


@pytest.mark.parametrize("given", ["", "a b", "req\n1", "x" * 81, "é", KEY + "{}"])
def test_what_is_no_id_is_not_passed_on(given: str) -> None:
    assert request_id_of({"x-request-id": given}) is None
    assert request_id_of({"request-id": "req_01-a.B:c"}) == "req_01-a.B:c"


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (ProviderError("unreachable"), True),
        (ProviderError("failed", status=500), True),
        (ProviderError("overloaded", status=529), True),
        (ProviderError("failed", status=409), True),
        (ProviderError("failed", status=504), False),
        (ProviderError("failed", code="broken"), False),
        (ProviderError("rate_limited", status=429), False),
        (ProviderError("key_refused", status=401), False),
        (ProviderError("timeout", phase="first_token"), False),
    ],
)
def test_only_some_calls_may_be_repeated(error: ProviderError, again: bool) -> None:
    assert error.may_be_repeated is again
