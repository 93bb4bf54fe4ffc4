"""Lets guardians see their children and decide for them: `/guardian/children`."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, get_args

from fastapi import APIRouter, Depends, Path, Query
from pydantic import AfterValidator, Field

from chassis.privacy.ages import Born
from chassis.privacy.law import METHODS, Pair, Purpose, Recipient, is_pair, may_grant
from chassis.web.fields import Name
from chassis.web.listing import Listed, PageQuery, page_of
from chassis.web.problems import ProblemError, invalid
from chassis.web.validation import Input
from gateway.consents import evidence, guardians
from gateway.consents.decisions import Wish
from gateway.edge import consent, guardianship
from gateway.edge.account_fields import BirthDate, Country, NewPassword
from gateway.edge.accounts import check_birth_date, check_password
from gateway.edge.auth.accounts import SignInNameTaken
from gateway.edge.auth.sessions import LAST_ID
from gateway.edge.callers import FromNetwork, SignedIn
from gateway.edge.children_reading import child_of, linked_child
from gateway.edge.consent_schemas import AgreeForChild, ChildOut, ConsentOut, DecisionOut
from gateway.edge.context import Ctx, GatewayContext, PathId
from gateway.edge.document import NO_QUERY, Own
from gateway.edge.keyed import Keyed
from gateway.edge.pagination import Once, before
from gateway.edge.problems import (
    METHOD_TOO_WEAK,
    NOT_CONFIGURED,
    NOT_OF_AGE,
    NOTICE_OUTDATED,
    RECIPIENT_NOT_READY,
    SIGN_IN_NAME_TAKEN,
    VERIFY_EMAIL_FIRST,
)
from gateway.edge.schemas import example

router = APIRouter(prefix="/guardian/children", tags=["guardians"])


def _lower(value: str) -> str:
    return value.lower()


SignInName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{2,29}$"), AfterValidator(_lower)]


class NewChild(Input):
    """Carries the account of a child, which has no e-mail address: the child signs in by `sign_in_name`."""

    model_config = example(
        {
            "username": "Robin",
            "birth_date": "2017-05-17",
            "sign_in_name": "robin-2017",
            "password": "correct horse battery",
            "country": "DE",
        }
    )

    username: Name
    birth_date: BirthDate
    sign_in_name: SignInName
    password: NewPassword
    country: Country | None = None


class ChildrenQuery(PageQuery):
    """Asks for a page of children."""


class DecisionsQuery(PageQuery):
    """Asks for a page of decisions."""


def _one_of(words: object) -> Any:
    """Describes a part of the path as one of these words. It is judged with the other one: 422, where a path is 404."""
    return Path(json_schema_extra={"enum": list(get_args(words))})


async def _pair(purpose: Annotated[str, _one_of(Purpose)], recipient: Annotated[str, _one_of(Recipient)]) -> Pair:
    pair = (purpose, recipient)
    if not is_pair(pair):
        raise invalid(("recipient", "is none of this purpose, or there is no such purpose"))
    return pair


#: the purpose and the recipient of a path; 422 for a pair that does not exist
PathPair = Annotated[Pair, Depends(_pair)]


@router.post("", status_code=201, dependencies=[NO_QUERY])
@Own(access=("signed-in",), problems=(NOT_OF_AGE, VERIFY_EMAIL_FIRST, SIGN_IN_NAME_TAKEN), again=linked_child)
async def create_child(person: SignedIn, body: NewChild, network: FromNetwork, write: Keyed, ctx: Ctx) -> ChildOut:
    """Makes an account for a child of one's own. Nothing is agreed to by this."""
    guardian = await guardianship.check_adult(ctx, person)
    check_birth_date(body.birth_date, ctx)
    _check_child(ctx, body.birth_date, body.country, guardian.time_zone)
    check_password(body.password, body.sign_in_name, body.username)
    password_hash = await ctx.passwords.hash(body.password.get_secret_value())
    fields = body.model_dump(exclude={"password"})
    try:
        link = await guardianship.make_child(
            ctx, person, network, write, password_hash=password_hash, time_zone=guardian.time_zone, **fields
        )
    except SignInNameTaken:
        raise ProblemError(SIGN_IN_NAME_TAKEN) from None
    return await child_of(ctx, link)


@router.get("")
@Own(access=("own",))
async def list_children(
    person: SignedIn, _: Once, ctx: Ctx, query: Annotated[ChildrenQuery, Query()]
) -> Listed[ChildOut]:
    """Lists the children for whom one decides, the newest account first."""
    links = await guardians.page_of_children(ctx.database, person, before(query) or LAST_ID, query.limit + 1)
    shown = {link.person: await child_of(ctx, link) for link in links[: query.limit]}
    return page_of(links, query, lambda each: shown[each.person], lambda each: (each.person, each.person))


@router.get("/{id}", dependencies=[NO_QUERY])
@Own(access=("guardian",), person="id")
async def read_child(person: SignedIn, id: PathId, ctx: Ctx) -> ChildOut:
    """Shows a child, what was agreed to, and how much is stored."""
    return await linked_child(person, id, ctx)


@router.get("/{id}/consents")
@Own(access=("guardian",), person="id")
async def list_decisions(
    id: PathId, _: Once, ctx: Ctx, query: Annotated[DecisionsQuery, Query()]
) -> Listed[DecisionOut]:
    """Lists every decision about a child's data, newest first."""
    found = await evidence.history(ctx.database, id, before(query) or LAST_ID, query.limit + 1)
    return page_of(found, query, DecisionOut.of, lambda each: (each.id, each.id))


@router.put("/{id}/consents/{purpose}/{recipient}", dependencies=[NO_QUERY])
@Own(
    access=("guardian",),
    person="id",
    problems=(METHOD_TOO_WEAK, NOTICE_OUTDATED, RECIPIENT_NOT_READY, NOT_CONFIGURED),
)
async def give_consent(person: SignedIn, id: PathId, pair: PathPair, body: AgreeForChild, ctx: Ctx) -> ConsentOut:
    """Agrees for a child to one purpose and one recipient, and to nothing else.

    By a signed form it is `pending`, which is no, until an admin has approved the form.
    """
    rule, (_, recipient) = METHODS[body.method], pair
    if not may_grant(body.method, recipient):
        raise ProblemError(METHOD_TOO_WEAK)
    if not rule.available:
        raise ProblemError(NOT_CONFIGURED)
    check_notice(ctx, body.notice_version)
    if not ctx.consents.is_ready(recipient):
        raise ProblemError(RECIPIENT_NOT_READY)
    if rule.waits and body.evidence_id is None:
        raise invalid(("evidence_id", "is required: the id of a signed form that you have sent"))
    if not rule.waits and body.evidence_id is not None:
        raise invalid(("evidence_id", "belongs to a signed form"))
    wish = Wish(pair=pair, by=person, notice_version=body.notice_version, method=body.method, evidence=body.evidence_id)
    return ConsentOut.of(await consent.give(ctx, id, wish), ctx.clock())


async def withdrawn(id: PathId, pair: PathPair, ctx: Ctx) -> ConsentOut:
    """Answers again what was taken back, once no call begins any more that it allowed."""
    return ConsentOut.of(await consent.read_settled(ctx, id, pair), ctx.clock())


@router.delete("/{id}/consents/{purpose}/{recipient}", dependencies=[NO_QUERY])
@Own(access=("guardian",), person="id", again=withdrawn)
async def withdraw_consent(person: SignedIn, id: PathId, pair: PathPair, write: Keyed, ctx: Ctx) -> ConsentOut:
    """Takes a consent back, at once: no call begins any more that it allowed, and waiting jobs of it end."""
    return ConsentOut.of(await consent.take_back(ctx, id, pair, person, write=write), ctx.clock())


async def _ended(id: PathId, ctx: Ctx) -> None:
    await guardianship.settle_ended(ctx, id)


@router.delete("/{id}/link", status_code=204, response_model=None, dependencies=[NO_QUERY])
@Own(access=("guardian",), person="id", again=_ended)
async def end_guardianship(person: SignedIn, id: PathId, network: FromNetwork, write: Keyed, ctx: Ctx) -> None:
    """Ends being the guardian of a child. What one has agreed to ends too."""
    await guardianship.end_link(ctx, person, id, network, write)


def check_notice(ctx: GatewayContext, version: int) -> None:
    """Raises 409 for another version than the current one, and 422 for one that never was."""
    if ctx.notices.text(version) is None:
        raise invalid(("notice_version", "is no version of the notice"))
    if version != ctx.notices.current:
        raise ProblemError(NOTICE_OUTDATED)


def _check_child(ctx: GatewayContext, birth_date: date, country: str | None, time_zone: str) -> None:
    if ctx.ages.band(Born(birth_date, country, time_zone), ctx.clock()) == "of_age":
        raise invalid(("birth_date", "is that of somebody who decides alone"))
