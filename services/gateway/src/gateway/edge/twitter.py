"""Signs people in with X, and links X to whoever is signed in. X's tokens go into the vault, and nowhere else."""

from __future__ import annotations

import re
from typing import Annotated, Literal
from urllib.parse import urlsplit
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field, SecretStr
from starlette.requests import HTTPConnection

from chassis.errors import DependencyDown, Erased
from chassis.observe.logs import logger
from chassis.web.keyed import KeyedWrite
from chassis.web.problems import ProblemError, invalid, was_erased
from chassis.web.validation import Input, QueryInput
from gateway.edge.accounts import Device, Session, session_with
from gateway.edge.auth import accounts, sign_ins
from gateway.edge.auth.identities import IdentityTaken, Profile, Revoked
from gateway.edge.auth.issuers.twitter import NAME, SignInFailed, X
from gateway.edge.auth.return_to import LONGEST, Outcome, is_ours, may_return_to, with_outcome
from gateway.edge.auth.sign_ins import LIFETIME, Begun
from gateway.edge.callers import Caller, FromNetwork, SignedIn
from gateway.edge.context import Ctx, GatewayContext
from gateway.edge.document import NO_QUERY, Own
from gateway.edge.keyed import Keyed
from gateway.edge.limits.rates import ADDRESS
from gateway.edge.problems import BAD_CODE, BAD_STATE, X_NOT_CONFIGURED
from gateway.edge.schemas import example
from gateway.edge.security_events import SecurityEvent, record

router = APIRouter(tags=["accounts"])

#: where X sends people back to, below the public address
CALLBACK = "/auth/twitter/callback"
_COOKIE = "voxbus-oauth"
_BROWSER = re.compile(r"[\w-]{43}", re.ASCII)
_RETURN_TO = "/try"
_SECONDS = int(LIFETIME.total_seconds())
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "[::1]"})
#: what X calls it when the person has pressed “Cancel”
_DENIED = "access_denied"
_SENT_ON = {302: {"Location": "Where to go on.", "Set-Cookie": "By which this browser is known at its return."}}

_log = logger(__name__)


class LogInQuery(QueryInput):
    """Says where the sign-in leads back to: a path here, or an address of a page that may call this API."""

    return_to: str = Field(
        _RETURN_TO, max_length=LONGEST, description="A path here, or an address of a permitted origin."
    )


class Connect(Input):
    """Says where X leads back to: a path here, or an address of a page that may call this API."""

    model_config = example({"return_to": "/try"})

    return_to: str = Field(_RETURN_TO, max_length=LONGEST)


class Connecting(BaseModel):
    """Carries the address at X to send the person to, good for `expires_in` seconds in this browser."""

    model_config = example(
        {"authorize_url": "https://x.com/i/oauth2/authorize?response_type=code&…", "expires_in": 600}
    )

    authorize_url: str
    expires_in: Literal[600]


class Exchange(Input):
    """Carries the code that stands in the fragment of the address which a sign-in has led back to."""

    model_config = example({"code": "nO1q8p6wY5cXn0cJ2yq2m0b0T3l3G0hQm1s2k3j4x5A"})

    code: SecretStr


@router.get("/auth/twitter/login", status_code=302, response_class=Response)
@Own(access=("public",), problems=(X_NOT_CONFIGURED,), limits=("login",), headers=_SENT_ON)
async def log_in_with_x(caller: Caller, request: Request, ctx: Ctx, query: Annotated[LogInQuery, Query()]) -> Response:
    """Sends the browser to X, to sign in. With a token it links X to oneself, as `POST /me/identities/twitter` does.

    The person comes back to `return_to` with `x` as connected, denied or failed, and, who was signed out, with a code
    in the fragment for `POST /auth/exchange`.
    """
    if (elsewhere := _under_public_name(ctx, request)) is not None:
        return Response(status_code=302, headers={"Location": elsewhere})
    address, cookie = await begin_connection(ctx, request, caller.id, query.return_to)
    return Response(status_code=302, headers={"Location": address, "Set-Cookie": cookie})


async def _connect(
    person: SignedIn, body: Connect, request: Request, response: Response, ctx: Ctx, write: KeyedWrite | None = None
) -> Connecting:
    address, cookie = await begin_connection(ctx, request, person, body.return_to, write)
    response.headers["Set-Cookie"] = cookie
    return Connecting(authorize_url=address, expires_in=600)


async def _connect_anew(person: SignedIn, body: Connect, request: Request, response: Response, ctx: Ctx) -> Connecting:
    """Answers again with another address, since the one that was given is kept nowhere: it holds a secret."""
    return await _connect(person, body, request, response, ctx)


@router.post("/me/identities/twitter", dependencies=[NO_QUERY])
@Own(
    access=("own",),
    again=_connect_anew,
    problems=(X_NOT_CONFIGURED,),
    headers={200: {"Set-Cookie": "By which this browser is known at its return."}},
)
async def connect_x(
    person: SignedIn, body: Connect, request: Request, response: Response, write: Keyed, ctx: Ctx
) -> Connecting:
    """Begins to link X to oneself, or to connect it anew: send the browser that has got the cookie to `authorize_url`.

    An account of X belongs to one person, and a person has one account of X; otherwise `x` is failed at the return.
    """
    return await _connect(person, body, request, response, ctx, write)


@router.get("/auth/twitter/callback", status_code=302, response_class=Response)
@Own(access=("public",), problems=(BAD_STATE, X_NOT_CONFIGURED), headers={302: {"Location": "Where to go on."}})
async def return_from_x(
    request: Request,
    network: FromNetwork,
    ctx: Ctx,
    state: Annotated[str, Query(description="As it was sent to X.")] = "",
    code: Annotated[str, Query(description="Of X, if the person has agreed.")] = "",
    error: Annotated[str, Query(description="Of X, if not.")] = "",
) -> Response:
    """Takes the browser that comes back from X, and sends it on to where the sign-in began."""
    x = _configured(ctx)
    browser = _browser_of(ctx, request) or ""
    begun = await sign_ins.finish(ctx.database, NAME, state, browser)
    if begun is None:
        raise ProblemError(BAD_STATE)
    outcome: Outcome = "denied" if error == _DENIED else "failed"
    person = None
    if code and not error:
        person = await _connected(ctx, x, begun, code, state, network)
        outcome = "failed" if person is None else "connected"
    key = None
    if person is not None and begun.person is None:
        try:
            of = browser if is_ours(begun.return_to) else None  # a page elsewhere cannot send the cookie
            key = await sign_ins.issue_code(ctx.database, NAME, person, of)
        except Erased:
            outcome = "failed"
    if outcome == "failed":
        event = SecurityEvent(event="sign_in_failed", person=begun.person, issuer=NAME, network=network)
        await record(ctx.database, event)
    return Response(status_code=302, headers={"Location": with_outcome(begun.return_to, outcome, key)})


@router.post("/auth/exchange", dependencies=[NO_QUERY])
@Own(access=("public",), problems=(BAD_CODE,), limits=("login",))
async def exchange_code(body: Exchange, device: Device, network: FromNetwork, request: Request, ctx: Ctx) -> Session:
    """Signs in with the code of a sign-in with X: within a minute, once, and in the same browser."""
    found = await sign_ins.redeem(ctx.database, body.code.get_secret_value(), _browser_of(ctx, request))
    account = None if found is None else await accounts.by_id(ctx.database, found.person)
    if found is None or account is None:
        raise ProblemError(BAD_CODE)
    address_key = ctx.rates.key_of(request.scope[ADDRESS])
    try:
        given = await ctx.sessions.begin(account.id, device, found.issuer, network=network, address_key=address_key)
    except Erased:
        raise ProblemError(BAD_CODE) from None
    return session_with(account, given, ctx)


async def begin_connection(
    ctx: GatewayContext,
    request: HTTPConnection,
    person: UUID | None,
    return_to: str,
    write: KeyedWrite | None = None,
) -> tuple[str, str]:
    """Begins a sign-in with X, or links X to a person: returns the address at X, and the cookie for this browser.

    Raises 503 without an application at X, and 422 for an address that is not permitted.
    """
    x = _configured(ctx)
    if not may_return_to(return_to, request.app.origins):
        raise invalid(("return_to", "must be a path here, or an address of a permitted origin"))
    browser = _browser_of(ctx, request) or sign_ins.new_browser()
    try:
        state = await sign_ins.begin(ctx.database, NAME, browser, person, return_to, write)
    except Erased:
        raise was_erased(caller=True) from None
    return x.authorize_url(state), _cookie(ctx, browser)


async def _connected(
    ctx: GatewayContext, x: X, begun: Begun, code: str, state: str, network: str | None
) -> UUID | None:
    """Returns the person whose account at X it is, once X's tokens are kept; None where it could not be done."""
    try:
        tokens = await x.exchange(code, state)
        user = await x.who(tokens.access_token)

        async def keep(person: UUID) -> None:
            await ctx.vault.keep(person, NAME, tokens)

        if begun.person is not None:
            await ctx.subjects.link(NAME, user.id, begun.person, keep, network)
            return begun.person
        profile = Profile(username=user.username) if user.username else Profile()
        return await ctx.subjects.meet(NAME, user.id, profile, keep, network)
    except (SignInFailed, IdentityTaken, Revoked, Erased, DependencyDown) as failure:
        _log.info("sign-in with x failed", reason=type(failure).__name__)
        return None


def _configured(ctx: GatewayContext) -> X:
    if ctx.x is None:
        raise ProblemError(X_NOT_CONFIGURED)
    return ctx.x


def _under_public_name(ctx: GatewayContext, request: Request) -> str | None:
    """Returns where a person's browser goes first that has come by another name of this machine than the public one.

    X sends it back to the public name, to which it would not bring the cookie of the other. This is for who tries the
    product on their own machine: other names are the proxy's matter.
    """
    public = urlsplit(ctx.public_url)
    host = request.headers.get("host", "").removesuffix(f":{public.port}")
    names = (host, public.netloc.removesuffix(f":{public.port}"))
    if request.headers.get("sec-fetch-mode") != "navigate" or not _THIS_MACHINE.issuperset(names) or len({*names}) == 1:
        return None
    return f"{ctx.public_url}{request.url.path}?{request.url.query}"


def _is_secure(ctx: GatewayContext) -> bool:
    return ctx.public_url.startswith("https://")


def _cookie_name(ctx: GatewayContext) -> str:
    return f"__Host-{_COOKIE}" if _is_secure(ctx) else _COOKIE


def _browser_of(ctx: GatewayContext, request: HTTPConnection) -> str | None:
    """Returns by what a browser is known, if it brings it."""
    value = request.cookies.get(_cookie_name(ctx), "")
    return value if _BROWSER.fullmatch(value) else None


def _cookie(ctx: GatewayContext, browser: str) -> str:
    """Returns the cookie: sent back by a person's own navigation from X, to this host alone, unseen by pages."""
    secure = "; Secure" if _is_secure(ctx) else ""
    return f"{_cookie_name(ctx)}={browser}; Path=/; Max-Age={_SECONDS}; HttpOnly; SameSite=Lax{secure}"
