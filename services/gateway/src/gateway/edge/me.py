"""Shows people their account and lets them change it: `/me`, `/me/password`, `/me/email`."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import SecretStr
from starlette.responses import Response

from chassis.errors import Erased
from chassis.web.fields import Name
from chassis.web.problems import ProblemError, invalid, was_erased
from chassis.web.validation import Input
from gateway.edge import account_changes
from gateway.edge.account_changes import BirthDateFixed, PasswordChanged
from gateway.edge.account_fields import BirthDate, Country, Email, Language, NewPassword, Password, TimeZone
from gateway.edge.accounts import User, check_birth_date, check_password
from gateway.edge.auth import accounts
from gateway.edge.auth.accounts import Account
from gateway.edge.callers import FromNetwork, InSession, SignedIn
from gateway.edge.context import Ctx, GatewayContext
from gateway.edge.document import NO_QUERY, Own
from gateway.edge.problems import BIRTH_DATE_FIXED, WRONG_PASSWORD
from gateway.edge.schemas import example

_NEITHER = "This account has no password, and no e-mail address for a link: it is changed where you sign in."
_NOT_HERE = (
    "This account has no password here: POST /auth/password/forgot mails a link to choose one. The address of an"
    " account of another issuer is changed there."
)

router = APIRouter(prefix="/me", tags=["accounts"], dependencies=[NO_QUERY])


class ChangeMe(Input):
    """Carries a JSON merge patch of one's account. Null removes the country, and nothing else.

    A birth date is given once, for good.
    """

    model_config = example({"time_zone": "Europe/Berlin", "country": None})

    username: Name | None = None
    country: Country | None = None
    time_zone: TimeZone | None = None
    language: Language | None = None
    birth_date: BirthDate | None = None


class ChangePassword(Input):
    """Carries the password as it is, and the one to come."""

    model_config = example({"current_password": "correct horse battery", "password": "staple of paper and glue"})

    current_password: Password
    password: NewPassword


class ChangeEmail(Input):
    """Carries the e-mail address to come, and the password as it is."""

    model_config = example({"email": "robin@new.example.org", "password": "correct horse battery"})

    email: Email
    password: Password


@router.get("")
@Own(access=("own",))
async def read_me(person: SignedIn, ctx: Ctx) -> User:
    """Reads one's own account."""
    account = await accounts.by_id(ctx.database, person)
    if account is None:
        raise was_erased(caller=True)
    return User.of(account, ctx)


@router.patch("")
@Own(access=("own",), problems=(BIRTH_DATE_FIXED,))
async def change_me(person: SignedIn, body: ChangeMe, network: FromNetwork, ctx: Ctx) -> User:
    """Changes one's own account. What is left out stays as it is."""
    changes = body.model_dump(exclude_unset=True)
    if nulls := [name for name, value in changes.items() if value is None and name != "country"]:
        raise invalid(*((name, "cannot be removed") for name in nulls))
    check_birth_date(body.birth_date, ctx)
    try:
        account = await account_changes.change(ctx, person, changes, network)
    except BirthDateFixed:
        raise ProblemError(BIRTH_DATE_FIXED) from None
    except Erased:
        raise was_erased(caller=True) from None
    return User.of(account, ctx)


@router.post("/password", status_code=204, response_model=None)
@Own(access=("own",), problems=(WRONG_PASSWORD,), limits=("login",))
async def change_password(
    person: SignedIn, session: InSession, body: ChangePassword, request: Request, network: FromNetwork, ctx: Ctx
) -> None:
    """Changes one's own password, and ends all other sessions."""
    account = await _checked(person, body.current_password, request, ctx)
    check_password(body.password, account.email, account.username)
    password_hash = await ctx.passwords.hash(body.password.get_secret_value())
    try:
        await account_changes.change_password(ctx, account, password_hash, session, network)
    except PasswordChanged:
        raise ProblemError(WRONG_PASSWORD) from None
    except Erased:
        raise was_erased(caller=True) from None


@router.post("/email", status_code=202, response_class=Response)
@Own(access=("own",), problems=(WRONG_PASSWORD,), limits=("login", "mail"))
async def change_email(
    person: SignedIn, body: ChangeEmail, request: Request, network: FromNetwork, ctx: Ctx
) -> Response:
    """Mails a link to a new address, and a notice to the present one. The press of the link changes the address."""
    account = await _checked(person, body.password, request, ctx)
    await ctx.rates.take(request.scope, "mail", body.email)
    await ctx.rates.take(request.scope, "mail", str(person))
    try:
        await account_changes.ask_for_email(ctx, account, body.email, network)
    except PasswordChanged:
        raise ProblemError(WRONG_PASSWORD) from None
    except Erased:
        raise was_erased(caller=True) from None
    return Response(status_code=202)


async def _checked(person: UUID, password: SecretStr, request: Request, ctx: GatewayContext) -> Account:
    """Returns the caller's account once their password is checked, which is slowed down as log-ins are."""
    account = await accounts.by_id(ctx.database, person)
    if account is None:
        raise was_erased(caller=True)
    if account.password_hash is None:
        raise ProblemError(WRONG_PASSWORD, _NEITHER if account.email is None else _NOT_HERE)
    await ctx.logins.begin(request.scope, str(person))
    fits, _ = await ctx.passwords.check(password.get_secret_value(), account.password_hash)
    if not fits:
        raise ProblemError(WRONG_PASSWORD)
    await ctx.logins.succeeded(request.scope, str(person))
    return account
