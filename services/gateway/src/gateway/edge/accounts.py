"""Signs people up and in to accounts of their own: `POST /auth/signup`, `POST /auth/login`."""

from __future__ import annotations

from datetime import date, datetime
from functools import partial
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request
from pydantic import BaseModel, Field, SecretStr
from starlette.responses import JSONResponse, Response

from chassis.privacy.ages import is_possible
from chassis.privacy.law import AgeBand
from chassis.web.fields import Name
from chassis.web.problems import ProblemError, invalid
from chassis.web.validation import Input
from gateway.edge import account_changes, account_server
from gateway.edge.account_fields import BirthDate, Country, Email, NewPassword, Password, TimeZone, is_time_zone
from gateway.edge.account_server import SignedIn
from gateway.edge.auth import accounts
from gateway.edge.auth.accounts import Account, EmailTaken
from gateway.edge.auth.devices import device_of
from gateway.edge.auth.identities import Profile
from gateway.edge.auth.password_rule import fault_of
from gateway.edge.auth.refresh_tokens import RefreshToken
from gateway.edge.auth.tokens import ISSUER, AccessToken
from gateway.edge.callers import FromNetwork
from gateway.edge.context import Ctx, GatewayContext
from gateway.edge.document import NO_QUERY, Own
from gateway.edge.limits.rates import ADDRESS
from gateway.edge.problems import EMAIL_TAKEN, UNKNOWN_TIME_ZONE, WRONG_CREDENTIALS
from gateway.edge.schemas import example
from gateway.edge.security_events import SecurityEvent, record

router = APIRouter(prefix="/auth", tags=["accounts"], dependencies=[NO_QUERY])

_ROBIN = {
    "id": "018f6a1e-0000-7000-8000-000000000002",
    "email": "robin@example.org",
    "email_verified": True,
    "username": "Robin",
    "birth_date": "2001-05-17",
    "country": "DE",
    "time_zone": "Europe/Berlin",
    "language": "en",
    "age_band": "of_age",
    "roles": ["learner"],
    "issuers": ["voxbus"],
    "created_at": "2026-11-20T10:00:00Z",
}


class SignUp(Input):
    """Carries a new account.

    Without `birth_date` the age is unknown: attempts are refused until a guardian consents, as for a child.
    """

    model_config = example(
        {
            "email": "robin@example.org",
            "password": "correct horse battery",
            "username": "Robin",
            "birth_date": "2001-05-17",
            "country": "DE",
            "time_zone": "Europe/Berlin",
        }
    )

    email: Email
    password: NewPassword
    username: Name
    birth_date: BirthDate | None = None
    country: Country | None = None
    time_zone: TimeZone = "UTC"


class LogIn(Input):
    """Carries the password of an account with its e-mail address, or with the sign-in name of a child."""

    model_config = example({"email": "robin@example.org", "password": "correct horse battery"})

    email: str = Field(max_length=254)
    password: Password


class User(BaseModel):
    """Describes an account as its owner sees it. `issuers`: by which they can sign in."""

    model_config = example(_ROBIN)

    id: UUID
    email: str | None
    email_verified: bool
    username: str
    birth_date: date | None
    country: str | None
    time_zone: str
    language: str
    age_band: AgeBand
    roles: list[str]
    issuers: list[str]
    created_at: datetime

    @classmethod
    def of(cls, account: Account, ctx: GatewayContext) -> User:
        """Shapes an account as the client sees it."""
        shown = {name: getattr(account, name) for name in cls.model_fields if name != "age_band"}
        names = [ctx.issuers.name_of(issuer) for issuer in account.issuers]
        return cls.model_validate(shown | {"age_band": ctx.ages.band(account.born, ctx.clock()), "issuers": names})


class Session(BaseModel):
    """Carries an access token, and a refresh token for the next ones. `expires_in` in seconds, of the access token."""

    model_config = example(
        {
            "access_token": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.….…",
            "refresh_token": "AY9qHgAAcACAAAAAAAAAAwAAAAEyF2Jm5mTPW1y3n0x6mS0QmYv0l2b0aT8d1kq1h3a4bA",
            "token_type": "Bearer",
            "expires_in": 900,
            "user": _ROBIN,
        }
    )

    access_token: str
    refresh_token: str
    token_type: Literal["Bearer"]
    expires_in: int
    user: User


async def _device(user_agent: Annotated[str | None, Header(include_in_schema=False)] = None) -> str | None:
    return device_of(user_agent)


#: the family of the device that signs in
Device = Annotated[str | None, Depends(_device)]


class ConfirmEmail(BaseModel):
    """Says that a mail was sent whose link has to be pressed before one can sign in."""

    model_config = example({"status": "confirm-email"})

    status: Literal["confirm-email"] = "confirm-email"


_CONFIRM: dict[int | str, dict[str, Any]] = {
    202: {"model": ConfirmEmail, "description": "The address has to be confirmed first, by the link in a mail."}
}


@router.post("/signup", status_code=201, response_model=Session, responses=_CONFIRM)
@Own(access=("public",), problems=(EMAIL_TAKEN, UNKNOWN_TIME_ZONE), limits=("sign-up",))
async def sign_up(body: SignUp, device: Device, network: FromNetwork, request: Request, ctx: Ctx) -> Session | Response:
    """Makes an account and signs in to it.

    Send no Authorization header: a token that has expired is refused here too.
    """
    check_birth_date(body.birth_date, ctx)
    check_time_zone(body.time_zone)
    check_password(body.password, body.email, body.username)
    if ctx.supabase is not None:
        profile = Profile(
            username=body.username, birth_date=body.birth_date, country=body.country, time_zone=body.time_zone
        )
        made = await account_server.sign_up(ctx, ctx.supabase, body.email, body.password, profile, device, network)
        return JSONResponse(ConfirmEmail().model_dump(), 202) if made is None else session_at(made, ctx)
    password_hash = await ctx.passwords.hash(body.password.get_secret_value())
    fields = body.model_dump(exclude={"email", "password"})
    try:
        account = await account_changes.sign_up(
            ctx, email=body.email, password_hash=password_hash, network=network, **fields
        )
    except EmailTaken:
        raise ProblemError(EMAIL_TAKEN) from None
    return await _signed_in(account, device, network, request, ctx)


@router.post("/login")
@Own(access=("public",), problems=(WRONG_CREDENTIALS,), limits=("login",))
async def log_in(body: LogIn, device: Device, network: FromNetwork, request: Request, ctx: Ctx) -> Session:
    """Signs in. An unknown address and a wrong password look the same and take equally long.

    Send no Authorization header: a token that has expired is refused here too. After five failures for one account each
    further one doubles a wait, of 1 s to 15 minutes: 429 with Retry-After.
    """
    email = _searchable(body.email)
    address_key = ctx.rates.key_of(request.scope[ADDRESS])
    is_known = partial(ctx.sessions.is_known_at, email, address_key)
    known = await ctx.logins.begin(request.scope, email, is_known=is_known)
    if ctx.supabase is not None and "@" in email:
        signed_in = await account_server.log_in(ctx, ctx.supabase, email, body.password, device, network)
        await ctx.logins.succeeded(request.scope, email)
        return session_at(signed_in, ctx)
    account = await accounts.by_name(ctx.database, email)
    stored = None if account is None else account.password_hash
    known = known or (ctx.passwords.waiting > 0 and await is_known())
    fits, renewed = await ctx.passwords.check(body.password.get_secret_value(), stored, known=known)
    if account is None or not fits:
        person = None if account is None else account.id
        await record(ctx.database, SecurityEvent(event="sign_in_failed", person=person, issuer=ISSUER, network=network))
        raise ProblemError(WRONG_CREDENTIALS, headers={"WWW-Authenticate": "Bearer"})
    if renewed is not None:
        await accounts.rehash(ctx.database, account, renewed)
    await ctx.logins.succeeded(request.scope, email)
    return await _signed_in(account, device, network, request, ctx)


async def _signed_in(
    account: Account, device: str | None, network: str | None, request: Request, ctx: GatewayContext
) -> Session:
    address_key = ctx.rates.key_of(request.scope[ADDRESS])
    given = await ctx.sessions.begin(account.id, device, network=network, address_key=address_key)
    return session_with(account, given, ctx)


def _searchable(email: str) -> str:
    """Returns a text that Postgres can search for: it cannot hold NUL."""
    return email.strip().lower().replace("\0", "")


def session_with(account: Account, given: AccessToken, ctx: GatewayContext) -> Session:
    """Answers with the two tokens of one generation of a session."""
    return Session(
        access_token=ctx.tokens.issue(given),
        refresh_token=ctx.refresh_tokens.write(RefreshToken(given.session, given.generation)),
        token_type="Bearer",  # noqa: S106  a scheme, no secret
        expires_in=int(ctx.tokens.lifetime.total_seconds()),
        user=User.of(account, ctx),
    )


def session_at(signed_in: SignedIn, ctx: GatewayContext) -> Session:
    """Answers with the tokens of the server that keeps the accounts."""
    return Session(
        access_token=signed_in.tokens.access_token,
        refresh_token=signed_in.tokens.refresh_token,
        token_type="Bearer",  # noqa: S106  a scheme, no secret
        expires_in=signed_in.tokens.expires_in,
        user=User.of(signed_in.account, ctx),
    )


def check_birth_date(birth_date: date | None, ctx: GatewayContext) -> None:
    """Raises 422 for a day in the future, or so long ago that nobody lives."""
    if birth_date is not None and not is_possible(birth_date, ctx.clock().date()):
        raise invalid(("birth_date", "must not lie in the future, nor 120 years ago"))


def check_time_zone(time_zone: str | None) -> None:
    """Raises 422 for a time zone that there is not."""
    if time_zone is not None and not is_time_zone(time_zone):
        raise ProblemError(UNKNOWN_TIME_ZONE, errors=[("time_zone", "must be a time zone such as Europe/Berlin")])


def check_password(password: SecretStr, *known: str | None) -> None:
    """Raises 422 for a password that the rule refuses. `known`: what others know of the person."""
    if (fault := fault_of(password.get_secret_value(), *known)) is not None:
        raise invalid(("password", fault))
