"""Lets children ask for a guardian, guardians answer, and everybody read the notices.

`/me/guardian`, `/guardian/invitations/…`, `/notices/…`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Request
from pydantic import BaseModel, Field

from chassis.web.principal import Principal
from chassis.web.problems import FORBIDDEN, ProblemError, invalid, not_found
from chassis.web.validation import Input
from gateway.consents import guardians
from gateway.edge import guardianship
from gateway.edge.account_fields import Email, LinkToken
from gateway.edge.callers import Caller, FromNetwork, SignedIn, person_of
from gateway.edge.children_reading import child_of, linked_child
from gateway.edge.consent import is_of_age
from gateway.edge.consent_schemas import ChildOut
from gateway.edge.context import Ctx
from gateway.edge.document import NO_QUERY, Own
from gateway.edge.guardianship import InvitationOver, OwnAddress
from gateway.edge.keyed import Keyed
from gateway.edge.problems import LINK_EXPIRED, NOT_OF_AGE, VERIFY_EMAIL_FIRST
from gateway.edge.schemas import example

router = APIRouter(tags=["guardians"], dependencies=[NO_QUERY])

_TOKEN = "Vd5bqyzDFJ0b1fGfMZkGvEGpKXb0Xy4kq0rPz1Ydy3o"  # noqa: S105  an example


class AskGuardian(Input):
    """Carries the e-mail address of a parent or guardian."""

    model_config = example({"email": "parent@example.org"})

    email: Email


class Invited(BaseModel):
    """Says that a mail is on its way."""

    model_config = example({"status": "invited"})

    status: Literal["invited"] = "invited"


class GuardianOut(BaseModel):
    """Says whether somebody decides for the caller; never who, nor their address."""

    model_config = example({"status": "linked", "invited_at": None, "linked_at": "2026-11-20T10:00:00Z"})

    status: Literal["none", "invited", "linked"]
    invited_at: datetime | None
    linked_at: datetime | None


class Answer(Input):
    """Carries the token of the mail."""

    model_config = example({"token": _TOKEN})

    token: LinkToken


class NoticeOut(BaseModel):
    """Holds one version of the notice."""

    model_config = example({"version": 1, "text": "What Voxbus would like to do with your child's data …"})

    version: int = Field(ge=1)
    text: str


async def _child(caller: Caller) -> Principal:
    if is_of_age(caller):
        raise ProblemError(FORBIDDEN, "You are of age, so you decide for yourself.")
    return caller


async def _invited() -> Invited:
    return Invited()


@router.post("/me/guardian", status_code=202)
@Own(access=("own",), limits=("mail", "guardian"), problems=(FORBIDDEN,), again=_invited)
async def ask_guardian(
    child: Annotated[Principal, Depends(_child)], body: AskGuardian, request: Request, write: Keyed, ctx: Ctx
) -> Invited:
    """Asks a parent or guardian by mail, which tells them what is done with a child's data. Three times a day."""
    person = person_of(child)
    account = await guardianship.read_account(ctx, person)
    if account.email == body.email:
        raise invalid(("email", "must be the address of somebody else"))
    await ctx.rates.take(request.scope, "guardian", str(person))
    await ctx.rates.take(request.scope, "mail", body.email)
    try:
        await guardianship.invite(ctx, person, body.email, write)
    except OwnAddress:
        raise invalid(("email", "must be the address of somebody else")) from None
    return await _invited()


@router.get("/me/guardian")
@Own(access=("own",))
async def read_guardian(person: SignedIn, caller: Caller, ctx: Ctx) -> GuardianOut:
    """Tells whether one has a guardian, or has asked somebody. Nobody decides for a person of age."""
    if is_of_age(caller):
        return GuardianOut(status="none", invited_at=None, linked_at=None)
    linked = await guardians.of_child(ctx.database, person)
    invited_at = await guardians.invited_at(ctx.database, person)
    status: Literal["none", "invited", "linked"] = "linked" if linked else "none" if invited_at is None else "invited"
    return GuardianOut(status=status, invited_at=invited_at, linked_at=linked[0].linked_at if linked else None)


@router.post("/guardian/invitations/accept", status_code=201)
@Own(access=("signed-in",), problems=(NOT_OF_AGE, VERIFY_EMAIL_FIRST, LINK_EXPIRED), again=linked_child)
async def accept_invitation(person: SignedIn, body: Answer, network: FromNetwork, write: Keyed, ctx: Ctx) -> ChildOut:
    """Becomes the guardian of the child who has asked. Nothing is agreed to by this."""
    try:
        link = await guardianship.accept(ctx, person, body.token.get_secret_value(), network, write)
    except InvitationOver:
        raise ProblemError(LINK_EXPIRED) from None
    return await child_of(ctx, link)


@router.post("/guardian/invitations/decline", status_code=204, response_model=None)
@Own(access=("public",))
async def decline_invitation(body: Answer, write: Keyed, ctx: Ctx) -> None:
    """Answers no: the address is forgotten at once."""
    async with write.transaction(ctx.database) as tx:
        await guardians.use(tx, body.token.get_secret_value())


@router.get("/notices/current")
@Own(access=("public",))
async def read_current_notice(ctx: Ctx) -> NoticeOut:
    """Reads the notice that is to be agreed to now."""
    version = ctx.notices.current
    return NoticeOut(version=version, text=ctx.notices.text(version) or "")


@router.get("/notices/{version}")
@Own(access=("public",))
async def read_notice(version: Annotated[str, Path(json_schema_extra={"type": "integer"})], ctx: Ctx) -> NoticeOut:
    """Reads a version of the notice: the text that somebody has agreed to."""
    text = ctx.notices.text(int(version)) if version.isascii() and version.isdigit() and len(version) < 10 else None
    if text is None:
        raise not_found()
    return NoticeOut(version=int(version), text=text)
