"""Reads from the errors of providers what kind they are: three shapes of JSON, of which no word is passed on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from feedback.models.errors import Kind, ProviderError

#: by the code or type of an error, whatever its status
_BY_CODE: Mapping[str, Kind] = {
    "insufficient_quota": "quota",
    "billing_error": "quota",
    "billing_not_active": "quota",
    "credit_balance_too_low": "quota",
    "model_not_found": "no_model",
    "not_found_error": "no_model",
    "invalid_api_key": "key_refused",
    "authentication_error": "key_refused",
    "permission_error": "key_refused",
    "API_KEY_INVALID": "key_refused",
    "PERMISSION_DENIED": "key_refused",
    "UNAUTHENTICATED": "key_refused",
    "rate_limit_exceeded": "rate_limited",
    "rate_limit_error": "rate_limited",
    "RESOURCE_EXHAUSTED": "rate_limited",
    "overloaded_error": "overloaded",
    "UNAVAILABLE": "overloaded",
}
_BY_STATUS: Mapping[int, Kind] = {
    401: "key_refused",
    402: "quota",
    403: "key_refused",
    404: "no_model",
    429: "rate_limited",
    503: "overloaded",
    529: "overloaded",
}
#: statuses of a request that is refused for what it is
_REQUEST = frozenset({400, 405, 406, 410, 413, 414, 415, 422, 431})
#: how Anthropic and Gemini say, with a 400 and without a code of its own, that it is about the money or the key
_SENTENCES: tuple[tuple[str, Kind], ...] = (
    ("credit balance is too low", "quota"),
    ("API key not valid", "key_refused"),
)
_REQUEST_ID = re.compile(r"[A-Za-z0-9_.:-]{1,80}")
_SECONDS = re.compile(r"(\d{1,6}(?:\.\d{1,9})?)s?")
_ID_HEADERS = ("x-request-id", "request-id", "x-goog-request-id")


def error_of_status(status: int, headers: Mapping[str, str], body: object) -> ProviderError:
    """Returns our error for an answer with a status that is no 200."""
    error = _error(body)
    kind = _kind_by_words(error) or _BY_STATUS.get(status) or ("refused" if status in _REQUEST else "failed")
    wait = retry_after(headers, error) if kind in ("rate_limited", "overloaded") else None
    return ProviderError(
        kind, status=status, code=f"http-{status}", request_id=request_id_of(headers), retry_after=wait
    )


def error_of_stream(body: object, request_id: str | None) -> ProviderError:
    """Returns our error for one that came within a stream, before its first token, after a 200."""
    return ProviderError(_kind_by_words(_error(body)) or "failed", code="in-stream", request_id=request_id)


def request_id_of(headers: Mapping[str, str]) -> str | None:
    """Returns the provider's id of a request, where it is one and nothing else."""
    given = next((headers[name] for name in _ID_HEADERS if name in headers), "")
    return given if _REQUEST_ID.fullmatch(given) else None


def retry_after(headers: Mapping[str, str], error: Mapping[str, Any]) -> float | None:
    """Returns the seconds that a provider asks to wait, by header or, as Gemini does, in the error's details."""
    in_ms = _SECONDS.fullmatch(headers.get("retry-after-ms", ""))
    if in_ms:
        return float(in_ms[1]) / 1000
    asked = _SECONDS.fullmatch(headers.get("retry-after", "").strip())
    if asked:
        return float(asked[1])
    delays = (_SECONDS.fullmatch(str(each.get("retryDelay", ""))) for each in _details(error))
    return next((float(delay[1]) for delay in delays if delay), None)


def _error(body: object) -> Mapping[str, Any]:
    """Finds the error in a body: OpenAI's and Anthropic's stand under `error`, Gemini's in a list besides.

    The client has taken it out of `error` where the body was an object.
    """
    found = body[0] if isinstance(body, list) and body else body
    if isinstance(found, dict) and isinstance(found.get("error"), dict):
        found = found["error"]
    return found if isinstance(found, dict) else {}


def _details(error: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    details = error.get("details")
    return [each for each in details if isinstance(each, dict)] if isinstance(details, list) else []


def _kind_by_words(error: Mapping[str, Any]) -> Kind | None:
    words = [error.get("code"), error.get("type"), *(each.get("reason") for each in _details(error))]
    words.append(error.get("status"))
    known = [_BY_CODE[word] for word in words if isinstance(word, str) and word in _BY_CODE]
    message = error.get("message")
    if isinstance(message, str):
        known += [kind for sentence, kind in _SENTENCES if sentence in message]
    return known[0] if known else None
