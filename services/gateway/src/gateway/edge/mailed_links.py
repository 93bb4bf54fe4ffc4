"""Mails links and takes their tokens, which a page of ours POSTs: a GET of a link changes nothing, however often.

`/auth/verify`, `/auth/password/forgot`, `/auth/password/reset`, `/auth/email/confirm`.
"""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import Response

from chassis.errors import Erased
from chassis.web.problems import ProblemError, was_erased
from chassis.web.validation import Input
from gateway.edge import account_changes, account_server
from gateway.edge.account_changes import LinkExpired
from gateway.edge.account_fields import Email, LinkToken, NewPassword
from gateway.edge.accounts import User, check_password
from gateway.edge.auth import accounts, links
from gateway.edge.auth.accounts import EmailTaken
from gateway.edge.callers import FromNetwork, SignedIn
from gateway.edge.context import Ctx
from gateway.edge.document import NO_QUERY, Own
from gateway.edge.problems import EMAIL_TAKEN, LINK_EXPIRED
from gateway.edge.schemas import example

router = APIRouter(prefix="/auth", tags=["accounts"], dependencies=[NO_QUERY])

_TOKEN = "Vd5bqyzDFJ0b1fGfMZkGvEGpKXb0Xy4kq0rPz1Ydy3o"  # noqa: S105  an example


class UseLink(Input):
    """Carries the token of a mailed link."""

    model_config = example({"token": _TOKEN})

    token: LinkToken


class Forgot(Input):
    """Names the account whose password is forgotten."""

    model_config = example({"email": "robin@example.org"})

    email: Email


class Reset(Input):
    """Carries the token of a mailed link, and the password to come."""

    model_config = example({"token": _TOKEN, "password": "staple of paper and glue"})

    token: LinkToken
    password: NewPassword


class Verified(BaseModel):
    """Names the address that is proven now."""

    model_config = example({"email": "robin@example.org", "email_verified": True})

    email: str
    email_verified: Literal[True]


@router.post("/verify")
@Own(access=("public",), problems=(LINK_EXPIRED,))
async def verify_email(body: UseLink, network: FromNetwork, ctx: Ctx) -> Verified:
    """Takes an address as proven by the token of the link that was mailed to it."""
    try:
        account = await account_changes.verify(ctx, body.token.get_secret_value(), network)
    except LinkExpired:
        raise ProblemError(LINK_EXPIRED) from None
    return Verified(email=str(account.email), email_verified=True)


@router.post("/verify/send", status_code=202, response_class=Response)
@Own(access=("signed-in",), limits=("mail",))
async def send_verification(person: SignedIn, request: Request, ctx: Ctx) -> Response:
    """Mails a new link that proves one's address, which ends the one before. With a proven address nothing is sent."""
    account = await accounts.by_id(ctx.database, person)
    if account is None:
        raise was_erased(caller=True)
    if account.email is None or account.email_verified:
        return Response(status_code=202)
    await ctx.rates.take(request.scope, "mail", account.email)
    await ctx.rates.take(request.scope, "mail", str(person))
    try:
        await account_changes.send_verification(ctx, person)
    except Erased:
        raise was_erased(caller=True) from None
    return Response(status_code=202)


@router.post("/password/forgot", status_code=202, response_class=Response)
@Own(access=("public",), limits=("mail",))
async def forget_password(body: Forgot, request: Request, ctx: Ctx) -> Response:
    """Mails a link to choose a new password, if there is such an account.

    The answer is the same and takes as long whether or not there is one: the mail follows it.
    """
    await ctx.rates.take(request.scope, "mail", body.email)
    if ctx.supabase is not None:
        await account_server.forget_password(ctx.supabase, body.email)
        return Response(status_code=202)
    await links.ask_reset(ctx.database, body.email)
    ctx.reset_asked.set()
    return Response(status_code=202)


@router.post("/password/reset", status_code=204, response_model=None)
@Own(access=("public",), problems=(LINK_EXPIRED,))
async def reset_password(body: Reset, request: Request, network: FromNetwork, ctx: Ctx) -> None:
    """Stores a new password by the token of a mailed link, and ends every session.

    A password that is refused spends no link.
    """
    token = body.token.get_secret_value()
    if ctx.supabase is not None:
        check_password(body.password)
        await account_server.reset_password(ctx, ctx.supabase, token, body.password, network)
        return
    link = await links.read(ctx.database, "reset", token)
    account = None if link is None else await accounts.by_id(ctx.database, link.person)
    if account is None:
        raise ProblemError(LINK_EXPIRED)
    check_password(body.password, account.email, account.username)
    password_hash = await ctx.passwords.hash(body.password.get_secret_value())
    try:
        changed = await account_changes.reset(ctx, token, password_hash, network)
    except LinkExpired:
        raise ProblemError(LINK_EXPIRED) from None
    await ctx.logins.succeeded(request.scope, str(changed.email))


@router.post("/email/confirm")
@Own(access=("public",), problems=(LINK_EXPIRED, EMAIL_TAKEN))
async def confirm_email(body: UseLink, network: FromNetwork, ctx: Ctx) -> User:
    """Changes the address of an account to the one that the link was mailed to."""
    try:
        account = await account_changes.confirm_email(ctx, body.token.get_secret_value(), network)
    except LinkExpired:
        raise ProblemError(LINK_EXPIRED) from None
    except EmailTaken:
        raise ProblemError(EMAIL_TAKEN) from None
    return User.of(account, ctx)
