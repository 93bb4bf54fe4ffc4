"""Declares the gateway's own types of problem, and makes every client error a problem document."""

from __future__ import annotations

import re
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from chassis.web.application import answer_validation
from chassis.web.problems import (
    BAD_REQUEST,
    HEAD_TOO_LARGE,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    REQUEST_TIMEOUT,
    TOO_LARGE,
    TOO_MANY_CONNECTIONS,
    UNAVAILABLE,
    UNSUPPORTED_MEDIA_TYPE,
    URL_TOO_LONG,
    ProblemError,
    ProblemType,
    not_found,
)

WRONG_CREDENTIALS = ProblemType(
    name="wrong-credentials",
    status=401,
    title="Sign-in failed",
    detail="E-mail address or password is wrong.",
)
WRONG_PASSWORD = ProblemType(
    name="wrong-credentials",
    variant="signed-in",
    status=403,
    title="The password is wrong",
    detail="Send the password that you sign in with.",
)
REFRESH_INVALID = ProblemType(
    name="refresh-invalid",
    status=401,
    title="Sign in again",
    detail="The refresh token is not valid, or its session has ended.",
)
REFRESH_REUSED = ProblemType(
    name="refresh-reused",
    status=401,
    title="You were signed out",
    detail="A refresh token of this session was used twice, so somebody else may have had it. Sign in again.",
)
EMAIL_TAKEN = ProblemType(
    name="email-taken",
    status=409,
    title="There is an account with this e-mail address",
    detail="Log in instead.",
)
MISDIRECTED = ProblemType(
    name="misdirected",
    status=421,
    title="This server does not answer under that name",
    detail="Use its public address.",
)
IDENTITY_TAKEN = ProblemType(
    name="identity-taken",
    status=409,
    title="This identity has an account",
    detail="It already belongs to an account here. An identity can be linked to one account only.",
)
LAST_IDENTITY = ProblemType(
    name="last-identity",
    status=409,
    title="This is your only way to sign in",
    detail="Link another identity first.",
)
BAD_STATE = ProblemType(
    name="bad-state",
    status=400,
    title="This sign-in cannot be finished",
    detail="It was finished already, took longer than ten minutes, or began in another browser. Begin again.",
)
BAD_CODE = ProblemType(
    name="bad-state",
    variant="code",
    status=400,
    title="This sign-in cannot be finished",
    detail="The code was used already, is older than a minute, or belongs to another browser. Begin again.",
)
X_NOT_CONFIGURED = ProblemType(
    name="x-not-configured",
    status=503,
    title="X is not set up here",
    detail="This installation has no application at X, so nobody can sign in with it.",
)
LAST_ADMIN = ProblemType(
    name="last-admin",
    status=409,
    title="This is the last admin",
    detail="Make somebody else an admin first.",
)
BIRTH_DATE_FIXED = ProblemType(
    name="birth-date-fixed",
    status=409,
    title="The birth date is given already",
    detail="It can be given once, and not be changed.",
)
UNKNOWN_TIME_ZONE = ProblemType(
    name="unknown-time-zone",
    status=422,
    title="There is no such time zone",
    detail="Give the name that IANA's database has, such as Europe/Berlin.",
)
GUARDIAN_DECIDES = ProblemType(
    name="guardian-decides",
    status=403,
    title="A guardian decides this",
    detail="A parent or guardian says yes or no to this for you.",
)
NOT_OF_AGE = ProblemType(
    name="not-of-age",
    status=403,
    title="Only for people of 18 and over",
    detail="A guardian is 18 or older. Give your birth date first, if you have not.",
)
VERIFY_EMAIL_FIRST = ProblemType(
    name="verify-email-first",
    status=403,
    title="Confirm your e-mail address first",
    detail="Open the link that was mailed to you, or ask for a new one.",
)
NOTICE_OUTDATED = ProblemType(
    name="notice-outdated",
    status=409,
    title="There is a newer notice",
    detail="Read the current notice, and agree to that one.",
)
METHOD_TOO_WEAK = ProblemType(
    name="method-too-weak",
    status=409,
    title="A signed form is needed for this",
    detail="A mail is not enough for data that go to somebody else.",
)
RECIPIENT_NOT_READY = ProblemType(
    name="recipient-not-ready",
    status=409,
    title="This recipient gets no child's data here",
    detail="This installation has no agreement with it to keep nothing.",
)
NOT_CONFIGURED = ProblemType(
    name="not-configured",
    status=501,
    title="This is not set up here",
    detail="This installation cannot take card payments. Use another way.",
)
ALREADY_DECIDED = ProblemType(
    name="already-decided",
    status=409,
    title="This form is decided on already",
    detail="Somebody has decided otherwise, or it has waited for too long. The guardian may send another one.",
)
SIGN_IN_NAME_TAKEN = ProblemType(
    name="sign-in-name-taken",
    status=409,
    title="Somebody signs in by this name already",
    detail="Choose another one.",
)
LINK_EXPIRED = ProblemType(
    name="link-expired",
    status=410,
    title="This link does not work any more",
    detail="It was used, is too old, or a newer one was sent. Ask for a new one.",
)
EXPORT_OPEN = ProblemType(
    name="export-open",
    status=429,
    title="A copy is being made already",
    detail="Wait for that one.",
    retry_after=5,
)
EXPORT_NOT_READY = ProblemType(
    name="export-not-ready",
    status=409,
    title="The copy is still being made",
    detail="Try again in a moment, or follow its job.",
    retry_after=5,
)
EXPORT_EXPIRED = ProblemType(
    name="export-expired",
    status=410,
    title="This copy is deleted",
    detail="A copy can be fetched for seven days. Ask for a new one.",
)
RANGE_NOT_SATISFIABLE = ProblemType(
    name="range-not-satisfiable",
    status=416,
    title="There are no such bytes",
    detail="The range begins behind the end of the file. Content-Range says how long it is.",
)
JOB_ENDED = ProblemType(
    name="job-ended", status=409, title="The job has ended", detail="A job that has ended cannot be cancelled."
)
RATE_LIMITED = ProblemType(
    name="rate-limited",
    status=429,
    title="Too many requests",
    detail="Wait for the seconds of the header Retry-After. RateLimit says which limit it is.",
    retry_after=1,
)
TOO_MANY_SUBSCRIPTIONS = ProblemType(name="too-many-subscriptions", status=409, title="Too many jobs at a time")
TOO_MANY_STREAMS = ProblemType(
    name="too-many-streams", status=429, title="Too many streams at a time", detail="Close some.", retry_after=5
)
KEY_IN_WRONG_PLACE = ProblemType(
    name="key-in-wrong-place",
    status=400,
    title="A key must not stand here",
    detail="Send it as the documentation says: addresses are written into logs. Change a key that you have sent so.",
)
HTTPS_REQUIRED = ProblemType(
    name="https-required", status=403, title="Use https", detail="A provider's key may come over https alone."
)
TOO_MANY_SESSIONS = ProblemType(
    name="too-many-sessions",
    status=429,
    title="Too many spoken conversations at a time",
    detail="End one.",
    retry_after=5,
)

#: types of problem that no operation declares
BESIDE = (
    KEY_IN_WRONG_PLACE,
    HTTPS_REQUIRED,
    TOO_MANY_SESSIONS,
    BAD_REQUEST,
    NOT_FOUND,
    METHOD_NOT_ALLOWED,
    UNSUPPORTED_MEDIA_TYPE,
    TOO_LARGE,
    URL_TOO_LONG,
    HEAD_TOO_LARGE,
    REQUEST_TIMEOUT,
    TOO_MANY_CONNECTIONS,
    MISDIRECTED,
    TOO_MANY_SUBSCRIPTIONS,
    RATE_LIMITED,
)

_OF_STATUS = {
    problem.status: problem
    for problem in (BAD_REQUEST, NOT_FOUND, METHOD_NOT_ALLOWED, TOO_LARGE, UNSUPPORTED_MEDIA_TYPE)
}


def unavailable() -> ProblemError:
    """Returns a 503 of the gateway's own operations, which do not know whether something was written before."""
    return ProblemError(UNAVAILABLE, "A part of the system does not answer. Try again in a moment.")


def answer_with_problems(app: FastAPI) -> None:
    """Makes every error that a client can cause a problem document."""
    app.add_exception_handler(RequestValidationError, answer_validation)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(ProblemError, _of_problem)
    app.router.default = _answer_unknown


async def _of_http(_: Request, error: Exception) -> Response:
    """Answers requests that the framework itself refuses."""
    assert isinstance(error, HTTPException)
    problem = _OF_STATUS.get(error.status_code) or _unforeseen(error.status_code)
    return ProblemError(problem, headers=error.headers).response()


async def _answer_unknown(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers a path that has no route; the framework's own answer to a WebSocket is an empty 403."""
    if scope["type"] == "websocket":
        await WebSocket(scope, receive, send).send_denial_response(not_found().response())
        return
    raise HTTPException(404)


async def _of_problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)
    return error.response()


def _unforeseen(status: int) -> ProblemType:
    phrase = HTTPStatus(status).phrase
    return ProblemType(name=re.sub(r"[^a-z0-9]+", "-", phrase.lower()), status=status, title=phrase)
