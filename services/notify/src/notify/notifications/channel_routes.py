"""Serves the channels of a person, and ends one for whoever reads its mails."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

import sqlalchemy as sa
from pydantic import Field
from sqlalchemy import Row

from chassis.errors import Erased
from chassis.handler import Rows
from chassis.storage.person_lock import lock_people
from chassis.web.call import Call
from chassis.web.listing import Listed, ListQuery, listing, read_page
from chassis.web.operation import ConsentByField
from chassis.web.problems import BUSY, ProblemError, ProblemType, invalid, not_found, not_written, was_erased
from chassis.web.routes import Routes
from chassis.web.unit import WriteUnit
from chassis.web.validation import QueryInput
from contracts.notify import DeliverNotification
from notify.notifications import deliveries
from notify.notifications.channel_fields import (
    ChannelFields,
    ChannelMadeOut,
    ChannelOut,
    CodeFields,
    PushKey,
    Unsubscribed,
)
from notify.notifications.channels import email, store, web_push
from notify.notifications.channels.channel import NoTarget
from notify.notifications.channels.deps import ChannelDeps
from notify.notifications.channels.registry import OUTSIDE
from notify.notifications.channels.store import ChannelRef, NewChannel
from notify.notifications.channels.tables import deliveries as delivery_rows
from notify.notifications.deliveries import Outgoing
from notify.webhooks.ssrf import NotAsked

routes = Routes("notifications")

REFUSED = ProblemType(name="channel-refused", status=422, title="The channel cannot lead there")
TOO_MANY = ProblemType(
    name="too-many-channels", status=409, title="Too many channels", detail=f"Delete one: {store.MOST} are the most."
)
OFF = ProblemType(
    name="channel-off",
    status=409,
    title="There is no such channel here",
    detail="This installation has not set it up.",
)
UNCONFIRMED = ProblemType(
    name="channel-unconfirmed",
    status=409,
    title="The address is not confirmed",
    detail="Give the code that was mailed to it first.",
)
WRONG_CODE = ProblemType(
    name="wrong-code",
    status=422,
    title="That is not the code",
    detail=f"A code is good for {store.GUESSES} guesses in half an hour. Add the address once more to get another.",
)
#: tests and codes that one person may cause in 24 hours
TRIALS = 20
#: codes that one person may cause in an hour, and that are mailed to one address, whoever causes them
CODES = 3
TOO_MANY_TRIALS = ProblemType(
    name="too-many-trials",
    status=429,
    title="Too many tests and codes",
    detail=f"{TRIALS} in 24 hours are the most, and of codes {CODES} in an hour, also to one address.",
    retry_after=3600,
)


@routes.get("/notifications/web-push-key", access=("own",), problems=(OFF,))
async def read_push_key(call: Call[ChannelDeps]) -> PushKey:
    """Shows the key with which a browser subscribes to pushes of this installation."""
    channel = call.deps.channels.get(web_push.KIND)
    if not isinstance(channel, web_push.WebPush):
        raise ProblemError(OFF)
    return PushKey(key=channel.public_key)


class ChannelQuery(ListQuery):
    """Asks for a page of channels."""

    sort: Annotated[Literal["id", "-id"], Field(description="`id`: oldest first.")] = "id"


@routes.get("/notifications/channels", access=("own",))
async def list_channels(query: ChannelQuery, call: Call) -> Listed[ChannelOut]:
    """Lists one's own channels, oldest first. What is told in the application needs none."""
    page = listing(store.of_person(call.caller), query, filters={}, sorts=store.SORTS)
    return await read_page(call.rows, page, query, ChannelOut.model_validate)


@routes.get("/notifications/channels/{id}", access=("own",))
async def read_channel(id: UUID, call: Call) -> ChannelOut:
    """Shows one of one's own channels."""
    return ChannelOut.model_validate(_found(await store.read(call.rows, id, call.caller)))


async def read_made(channel_id: UUID, call: Call[ChannelDeps]) -> ChannelMadeOut:
    """Reads a channel with its secret, to answer a repeated request that made it."""
    return _made(_found(await store.read(call.rows, channel_id, call.caller)), call.deps)


@routes.post(
    "/notifications/channels",
    access=("own",),
    consent=ConsentByField("notify", "kind", {kind: each.recipient for kind, each in OUTSIDE.items()}),
    replay=read_made,
    finds=True,
    problems=(REFUSED, TOO_MANY, OFF, TOO_MANY_TRIALS),
)
async def create_channel(body: ChannelFields, call: Call[ChannelDeps]) -> ChannelMadeOut:
    """Makes a channel; for a target that is one already, it shows that one, with 200.

    Making one is a person's consent to be told that way, which `DELETE /me/consents/notify/…` takes back; for a child a
    guardian agrees first. A browser or a phone is the channel of whoever added it last: that of another person ends. An
    address other than the account's own gets a mail with a code for `POST /notifications/channels/{id}/confirm`; making
    it once more mails another code. Of a webhook `secret` is shown only now: it checks signatures as Standard Webhooks
    1.0 says.
    """
    wanted = await _wanted(body, call)  # may ask a name server, so it comes before the transaction
    async with call.unit() as unit:
        if isinstance(wanted, ProblemError):  # raised only now, so that a repeated request gets its first answer
            raise wanted
        new, seal, marks = wanted.new, wanted.seal, wanted.marks
        there = await store.find(unit, call.caller, new.fingerprints)
        if there is None and not await store.add(unit, new):
            raise ProblemError(TOO_MANY)
        if there is not None:
            call.found()
            state = there.state if there.state not in ("gone", "failing") else "active" if there.own else new.state
            await store.use_again(unit, there.id, state, new, seal(there.id))  # a browser may have made other keys
        if call.deps.channels[new.kind].is_device:
            await store.take_device(unit, call.caller, new.devices)
        row = _found(await store.read(unit, there.id if there is not None else new.id, call.caller))
        if row.state == "unconfirmed":
            if await store.codes_sent(unit, call.caller, marks) >= CODES:
                raise ProblemError(TOO_MANY_TRIALS)
            await store.begin_code(unit, row.id)
            await _try(unit, call, row, "code", addressee=marks[0])
        return _made(row, call.deps, is_new=there is None)


@routes.delete("/notifications/channels/{id}", access=("own",), if_match=None, emits=False)
async def delete_channel(id: UUID, call: Call) -> None:
    """Deletes a channel. The account's own address stays in the list as `gone`, until it is added again."""
    async with call.unit() as unit:
        row = _found(await store.read(unit, id, call.caller))
        if row.own:
            await store.end(unit, row.id)
        else:
            await store.delete(unit, id, call.caller)


@routes.post(
    "/notifications/channels/{id}/test",
    access=("own",),
    status=200,
    replay=read_channel,
    problems=(UNCONFIRMED, TOO_MANY_TRIALS),
)
async def check_channel(id: UUID, call: Call) -> ChannelOut:
    """Sends a test. Once it has arrived, `last_ok_at` says when; a channel that was failing is active again."""
    async with call.unit() as unit:
        row = _found(await store.read(unit, id, call.caller))
        if row.state == "unconfirmed":
            raise ProblemError(UNCONFIRMED)
        await _try(unit, call, row, "test")
        return ChannelOut.model_validate(row)


@routes.post(
    "/notifications/channels/{id}/confirm",
    access=("own",),
    status=200,
    replay=read_channel,
    problems=(WRONG_CODE,),
    emits=False,
)
async def confirm_channel(id: UUID, body: CodeFields, call: Call[ChannelDeps]) -> ChannelOut:
    """Confirms an address by the code that was mailed to it."""
    round_ = await call.deps.channel_store.guess(id, call.caller)  # counted even though the request may be refused
    async with call.unit() as unit:
        row = _found(await store.read(unit, id, call.caller))
        if row.state == "unconfirmed":
            code = "" if round_ is None else call.deps.sealing.code(id, round_)
            if not hmac.compare_digest(code, body.code):
                raise ProblemError(WRONG_CODE)
            await store.confirm(unit, id)
        return ChannelOut.model_validate(_found(await store.read(unit, id, call.caller)))


class TokenQuery(QueryInput):
    """Holds the token of a mail."""

    token: str = ""


async def say_unsubscribed(_: UUID, call: Call) -> Unsubscribed:
    """Answers a repeated request."""
    return Unsubscribed()


@routes.post(
    "/notifications/unsubscribe",
    access=("public",),
    status=200,
    replay=say_unsubscribed,
    any_body=True,
    emits=False,
)
async def unsubscribe_channel(query: TokenQuery, call: Call[ChannelDeps]) -> Unsubscribed:
    """Ends the mails to one address, without a sign-in: mail programs send this (RFC 8058). Always answers 200."""
    channel = call.deps.sealing.channel_of(query.token)
    async with call.unit() as unit:
        if channel is not None:
            await store.end(unit, channel)
    return Unsubscribed()


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Holds what shall be stored, what seals where it leads for a channel, and by what that is known for everybody."""

    new: NewChannel
    seal: Callable[[UUID], bytes]
    marks: Sequence[bytes]


async def _wanted(body: ChannelFields, call: Call[ChannelDeps]) -> _Wanted | ProblemError:
    """Returns what shall be stored, or why it cannot be."""
    deps, caller = call.deps, call.caller
    channel = deps.channels.get(body.kind)
    if channel is None:
        return ProblemError(OFF)
    given = body.given().get(channel.field)
    if given is None:
        return invalid((channel.field, f"is where a channel of the kind {body.kind} leads"))
    try:
        target = channel.target(given)
    except NoTarget as error:
        return invalid((channel.field, error.why))
    try:
        await channel.check(target, caller)
        seal = await deps.sealing.seals(caller, target)
    except NoTarget as error:
        return ProblemError(REFUSED, f"Where it leads: {error.why}.")
    except NotAsked:
        return not_written(BUSY)
    except Erased:
        return was_erased(caller=True)
    key = channel.key(target)
    state = "unconfirmed" if body.kind == email.KIND else "active"
    prints = deps.sealing.fingerprints(caller, body.kind, key)
    marks = deps.sealing.devices(body.kind, key)
    devices = marks if channel.is_device else ()
    new = NewChannel(call.id, caller, body.kind, channel.label(target), state, seal(call.id), prints, devices=devices)
    return _Wanted(new, seal, marks)


async def _try(
    unit: WriteUnit, call: Call[Any], row: Row[Any], purpose: str, *, addressee: bytes | None = None
) -> None:
    """Lets a test or a code go out. Raises 429 for one too many."""
    await lock_people(unit, [call.caller])
    if await _trials(unit, call.caller) >= TRIALS:
        raise ProblemError(TOO_MANY_TRIALS)
    told = Outgoing(call.id, call.caller, "account", urgent=False)
    ref = ChannelRef(row.id, row.kind, row.state)
    for row_id in await deliveries.write(unit, told, [ref], purpose=purpose, addressee=addressee):
        unit.emit(DeliverNotification(delivery_id=row_id))


async def _trials(rows: Rows, person: UUID) -> int:
    of = delivery_rows.c
    day = sa.func.now() - sa.text("interval '24 hours'")
    tried = sa.and_(of.person_id == person, of.purpose != "notification", of.created_at > day)
    found: int = (await rows.execute(sa.select(sa.func.count()).where(tried))).scalar_one()
    return found


def _made(row: Row[Any], deps: ChannelDeps, *, is_new: bool = True) -> ChannelMadeOut:
    channel = deps.channels.get(row.kind)
    secret = channel.secret(row.id) if channel is not None and is_new else None
    return ChannelMadeOut(**ChannelOut.model_validate(row).model_dump(), secret=secret)


def _found(row: Row[Any] | None) -> Row[Any]:
    if row is None:
        raise not_found()
    return row
