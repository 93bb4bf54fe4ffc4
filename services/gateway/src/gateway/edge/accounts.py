"""Signs people up and in to accounts of their own: `POST /auth/signup`, `POST /auth/login`."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, SecretStr

from chassis.message.envelope import new_id
from chassis.web.fields import Name
from chassis.web.problems import ProblemError, invalid
from chassis.web.validation import Input
from gateway.edge.auth import accounts
from gateway.edge.auth.accounts import Account, EmailTaken
from gateway.edge.auth.devices import device_of
from gateway.edge.auth.refresh_tokens import RefreshToken
from gateway.edge.auth.tokens import ISSUER, AccessToken
from gateway.edge.callers import FromNetwork
from gateway.edge.consent import is_possible
from gateway.edge.context import Ctx, GatewayContext
from gateway.edge.document import NO_QUERY, Own
from gateway.edge.problems import EMAIL_TAKEN, WRONG_CREDENTIALS
from gateway.edge.schemas import example
from gateway.edge.security_events import SecurityEvent, record

router = APIRouter(prefix="/auth", tags=["accounts"], dependencies=[NO_QUERY])


def _email(value: str) -> str:
    """Checks an address in a deliberately simple way: only a message that arrives proves it."""
    address = value.strip().lower()
    local, at, domain = address.partition("@")
    if not (local and at and domain) or not re.fullmatch(r"[\x21-\x3f\x41-\x7e]+", local + domain):
        raise ValueError("must be an e-mail address")
    return address


def _iso_date(value: object) -> object:
    if value is not None and not (isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value)):
        raise ValueError("must be a date such as 2015-03-21")
    return value


def _writable(value: SecretStr) -> SecretStr:
    try:
        value.get_secret_value().encode()
    except UnicodeEncodeError:
        raise ValueError("must be text that can be written as UTF-8") from None
    return value


Email = Annotated[str, Field(max_length=254, json_schema_extra={"format": "email"}), AfterValidator(_email)]


class SignUp(Input):
    """Carries a new account.

    Without `birth_date` the age is unknown: attempts are refused until a guardian consents.
    """

    model_config = example(
        {
            "email": "robin@example.org",
            "password": "correct horse battery",
            "username": "Robin",
            "birth_date": "2001-05-17",
        }
    )

    email: Email
    password: Annotated[SecretStr, Field(min_length=8, max_length=200), AfterValidator(_writable)]
    username: Name
    birth_date: Annotated[date | None, BeforeValidator(_iso_date)] = None


class LogIn(Input):
    """Carries the email address and the password of an account."""

    model_config = example({"email": "robin@example.org", "password": "correct horse battery"})

    email: str = Field(max_length=254)
    password: Annotated[SecretStr, Field(max_length=200), AfterValidator(_writable)]


class User(BaseModel):
    """Describes an account as its owner sees it."""

    id: UUID
    email: str | None
    username: str
    birth_date: date | None
    roles: list[str]
    created_at: datetime


class Session(BaseModel):
    """Carries an access token, and a refresh token for the next ones. `expires_in` in seconds, of the access token."""

    model_config = example(
        {
            "access_token": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.….…",
            "refresh_token": "AY9qHgAAcACAAAAAAAAAAwAAAAEyF2Jm5mTPW1y3n0x6mS0QmYv0l2b0aT8d1kq1h3a4bA",
            "token_type": "Bearer",
            "expires_in": 900,
            "user": {
                "id": "018f6a1e-0000-7000-8000-000000000002",
                "email": "robin@example.org",
                "username": "Robin",
                "birth_date": "2001-05-17",
                "roles": ["learner"],
                "created_at": "2026-11-20T10:00:00Z",
            },
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


@router.post("/signup", status_code=201)
@Own(access=("public",), problems=(EMAIL_TAKEN,), limits=("sign-up",))
async def sign_up(body: SignUp, device: Device, network: FromNetwork, ctx: Ctx) -> Session:
    """Makes an account and signs in to it.

    Send no Authorization header: a token that has expired is refused here too.
    """
    if body.birth_date is not None and not is_possible(body.birth_date, ctx.today()):
        raise invalid(("birth_date", "must not lie in the future, nor 120 years ago"))
    password_hash = await ctx.passwords.hash(body.password.get_secret_value())
    try:
        account = await accounts.add(
            ctx.database,
            id=new_id(),
            email=body.email,
            username=body.username,
            password_hash=password_hash,
            birth_date=body.birth_date,
            network=network,
        )
    except EmailTaken:
        raise ProblemError(EMAIL_TAKEN) from None
    return session_with(account, await ctx.sessions.begin(account.id, device, network=network), ctx)


@router.post("/login")
@Own(access=("public",), problems=(WRONG_CREDENTIALS,), limits=("login",))
async def log_in(body: LogIn, device: Device, network: FromNetwork, request: Request, ctx: Ctx) -> Session:
    """Signs in. An unknown address and a wrong password look the same and take equally long.

    Send no Authorization header: a token that has expired is refused here too. After five failures for one account each
    further one doubles a wait, of 1 s to 15 minutes: 429 with Retry-After.
    """
    email = _searchable(body.email)
    await ctx.logins.begin(request.scope, email)
    account = await accounts.by_email(ctx.database, email)
    stored = None if account is None else account.password_hash
    fits = await ctx.passwords.matches(body.password.get_secret_value(), stored)
    if account is None or not fits:
        person = None if account is None else account.id
        await record(ctx.database, SecurityEvent(event="sign_in_failed", person=person, issuer=ISSUER, network=network))
        raise ProblemError(WRONG_CREDENTIALS, headers={"WWW-Authenticate": "Bearer"})
    await ctx.logins.succeeded(request.scope, email)
    return session_with(account, await ctx.sessions.begin(account.id, device, network=network), ctx)


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
        user=User.model_validate(account, from_attributes=True),
    )
