"""Shows people their account and lets them change and delete it: `/me`, `/me/password`, `/me/email`."""

from __future__ import annotations

import asyncio
import time
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import SecretStr
from starlette.responses import Response

from chassis.errors import DependencyDown, Erased, SettingsError
from chassis.storage.erasure_ledger import LEDGER
from chassis.web.access import check_fresh
from chassis.web.fields import Name
from chassis.web.principal import Principal
from chassis.web.problems import OUTCOME_UNKNOWN, SIGN_IN_AGAIN, TOO_MANY_CHANGES, ProblemError, invalid, was_erased
from chassis.web.validation import Input
from gateway.edge import account_changes
from gateway.edge.account_changes import BirthDateFixed, PasswordChanged, TooManyZones
from gateway.edge.account_fields import BirthDate, Country, Email, Language, NewPassword, Password, TimeZone
from gateway.edge.accounts import User, check_birth_date, check_password, check_time_zone
from gateway.edge.auth import accounts, roles
from gateway.edge.auth.accounts import Account
from gateway.edge.auth.roles import ADMIN, Act, LastAdmin
from gateway.edge.callers import Caller, FromNetwork, InSession, SignedIn
from gateway.edge.context import Ctx, GatewayContext
from gateway.edge.document import NO_QUERY, Own
from gateway.edge.erasures import ErasureReference, ErasureTaken
from gateway.edge.follow_age import GuardianDecides, settle_before
from gateway.edge.keyed import JudgedKey, Keyed
from gateway.edge.problems import (
    BIRTH_DATE_FIXED,
    GUARDIAN_DECIDES,
    LAST_ADMIN,
    UNKNOWN_TIME_ZONE,
    WRONG_PASSWORD,
    unavailable,
)
from gateway.edge.schemas import example
from gateway.jobs.erasures import OpenErasure

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


class DeleteMe(Input):
    """Carries the password, where an account of one's own has one."""

    model_config = example({"password": "correct horse battery"})

    password: Password | None = None


_NO_PASSWORD = DeleteMe()


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


async def _read_settled(person: SignedIn, ctx: Ctx) -> User:
    await settle_before(ctx, person)
    return await read_me(person, ctx)


@router.patch("")
@Own(
    access=("own",),
    problems=(BIRTH_DATE_FIXED, GUARDIAN_DECIDES, UNKNOWN_TIME_ZONE, TOO_MANY_CHANGES),
    again=_read_settled,
)
async def change_me(person: SignedIn, body: ChangeMe, network: FromNetwork, write: Keyed, ctx: Ctx) -> User:
    """Changes one's own account. What is left out stays as it is; the time zone may change four times in seven days."""
    changes = body.model_dump(exclude_unset=True)
    if nulls := [name for name, value in changes.items() if value is None and name != "country"]:
        raise invalid(*((name, "cannot be removed") for name in nulls))
    check_birth_date(body.birth_date, ctx)
    check_time_zone(body.time_zone)
    try:
        account = await account_changes.change(ctx, person, changes, network, write)
    except BirthDateFixed:
        raise ProblemError(BIRTH_DATE_FIXED) from None
    except TooManyZones:
        raise ProblemError(TOO_MANY_CHANGES) from None
    except GuardianDecides:
        raise ProblemError(GUARDIAN_DECIDES) from None
    except DependencyDown:
        raise unavailable() from None
    except Erased:
        raise was_erased(caller=True) from None
    return User.of(account, ctx)


@router.delete("", status_code=202, response_description="The account is gone. Follow what becomes of the rest.")
@Own(
    access=("own",),
    problems=(WRONG_PASSWORD, SIGN_IN_AGAIN, LAST_ADMIN, OUTCOME_UNKNOWN),
    limits=("login",),
    headers={202: {"Location": "Where to follow it, with the receipt."}},
    keeps_no_record=True,
)
async def delete_me(
    person: SignedIn,
    caller: Caller,
    request: Request,
    response: Response,
    _: JudgedKey,
    ctx: Ctx,
    body: DeleteMe = _NO_PASSWORD,
) -> ErasureTaken:
    """Deletes one's account and everything about oneself, for ever, in every service.

    It takes the password, or without one a sign-in of the last five minutes. From the answer on no token is good, every
    stream is closed, and what was said cannot be read any more; the services confirm within moments. The e-mail address
    is free again once the erasure is completed. An `Idempotency-Key` is not needed: whoever asks again is nobody, 401.
    """
    await prove(person, body.password, caller, request, ctx)
    await check_erasable(person, ctx)
    try:
        await roles.revoke(ctx.database, person, ADMIN, Act(person, caller.issuer, None))
    except LastAdmin:
        raise ProblemError(LAST_ADMIN) from None
    taken = await erase(person, ctx)
    response.headers["Location"] = f"/erasures/{taken.id}"
    return ErasureTaken(erasure=ErasureReference(id=taken.id, receipt=taken.receipt))


async def prove(
    person: UUID, password: SecretStr | None, caller: Principal, request: Request, ctx: GatewayContext
) -> None:
    """Checks the caller's password, or without one that they have signed in within five minutes."""
    if password is None:
        check_fresh(caller, time.time())
    else:
        await checked_account(person, password, request, ctx)


async def check_erasable(person: UUID, ctx: GatewayContext) -> None:
    """Raises `DependencyDown` when somebody could not be erased now."""
    try:
        await ctx.erasures.check(person)
    except SettingsError:
        raise DependencyDown(LEDGER) from None


async def erase(person: UUID, ctx: GatewayContext) -> OpenErasure:
    """Erases somebody, also if the caller goes away meanwhile. The loop of erasures makes good a failure on the way."""
    erasing = asyncio.create_task(ctx.erasures.erase(person))
    try:
        return await asyncio.shield(erasing)
    except DependencyDown as error:
        if error.name == LEDGER:  # nothing was done
            raise
        raise ProblemError(OUTCOME_UNKNOWN) from None


@router.post("/password", status_code=204, response_model=None)
@Own(access=("own",), problems=(WRONG_PASSWORD,), limits=("login",))
async def change_password(
    person: SignedIn,
    session: InSession,
    body: ChangePassword,
    request: Request,
    network: FromNetwork,
    write: Keyed,
    ctx: Ctx,
) -> None:
    """Changes one's own password, and ends all other sessions."""
    account = await checked_account(person, body.current_password, request, ctx)
    check_password(body.password, account.email, account.username)
    password_hash = await ctx.passwords.hash(body.password.get_secret_value(), known=True)
    try:
        await account_changes.change_password(ctx, account, password_hash, session, network, write)
    except PasswordChanged:
        raise ProblemError(WRONG_PASSWORD) from None
    except Erased:
        raise was_erased(caller=True) from None


async def _mailed() -> Response:
    return Response(status_code=202)


@router.post("/email", status_code=202, response_class=Response)
@Own(access=("own",), problems=(WRONG_PASSWORD,), limits=("login", "mail"), again=_mailed)
async def change_email(
    person: SignedIn, body: ChangeEmail, request: Request, network: FromNetwork, write: Keyed, ctx: Ctx
) -> Response:
    """Mails a link to a new address, and a notice to the present one. The press of the link changes the address."""
    account = await checked_account(person, body.password, request, ctx)
    await ctx.rates.take(request.scope, "mail", body.email)
    await ctx.rates.take(request.scope, "mail", str(person))
    try:
        await account_changes.ask_for_email(ctx, account, body.email, network, write)
    except PasswordChanged:
        raise ProblemError(WRONG_PASSWORD) from None
    except Erased:
        raise was_erased(caller=True) from None
    return await _mailed()


async def checked_account(person: UUID, password: SecretStr, request: Request, ctx: GatewayContext) -> Account:
    """Returns the caller's account once their password is checked, which is slowed down as log-ins are."""
    account = await accounts.by_id(ctx.database, person)
    if account is None:
        raise was_erased(caller=True)
    if account.password_hash is None:
        raise ProblemError(WRONG_PASSWORD, _NEITHER if account.email is None else _NOT_HERE)
    await ctx.logins.begin(request.scope, str(person))
    fits, _ = await ctx.passwords.check(password.get_secret_value(), account.password_hash, known=True)
    if not fits:
        raise ProblemError(WRONG_PASSWORD)
    await ctx.logins.succeeded(request.scope, str(person))
    return account
