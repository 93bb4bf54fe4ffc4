"""Serves webhooks: URLs that are called when a job of their person has ended."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args
from uuid import UUID

from pydantic import Field
from sqlalchemy import Row

from chassis.web.call import Call
from chassis.web.listing import Listed, ListQuery, listing, read_page
from chassis.web.operation import Consent
from chassis.web.problems import BUSY, ProblemError, ProblemType, not_found, not_written
from chassis.web.routes import Routes
from contracts.gateway import WebhookEvent
from notify.webhooks import store
from notify.webhooks.client import WebhookClient
from notify.webhooks.deps import WebhookDeps
from notify.webhooks.ssrf import NotAsked, Refused, Unresolved
from notify.webhooks.webhook import MOST, DeliveryOut, WebhookCall, WebhookFields, WebhookMadeOut, WebhookOut

routes = Routes("webhooks")
routes.webhook(get_args(WebhookEvent), WebhookCall)

REFUSED = ProblemType(name="webhook-refused", status=422, title="The URL is not permitted")
TOO_MANY = ProblemType(
    name="too-many-webhooks", status=409, title="Too many webhooks", detail=f"Delete one: {MOST} are the most."
)
_Sort = Annotated[Literal["-id", "id"], Field(description="`-id`: newest first.")]


class WebhookQuery(ListQuery):
    """Asks for a page of webhooks."""

    sort: _Sort = "-id"


class DeliveryQuery(ListQuery):
    """Asks for a page of deliveries."""

    sort: _Sort = "-id"


@routes.get("/webhooks", access=("own",))
async def list_webhooks(query: WebhookQuery, call: Call) -> Listed[WebhookOut]:
    """Lists one's own webhooks, newest first."""
    page = listing(store.of_person(call.caller), query, filters={}, sorts=store.SORTS)
    return await read_page(call.rows, page, query, WebhookOut.model_validate)


@routes.get("/webhooks/{id}", access=("own",))
async def read_webhook(id: UUID, call: Call) -> WebhookOut:
    """Shows a webhook of one's own."""
    return WebhookOut.model_validate(_found(await store.read(call.rows, id, call.caller)))


async def read_made(webhook_id: UUID, call: Call[WebhookDeps]) -> WebhookMadeOut:
    """Reads a webhook with its secret, to answer a repeated request that made it."""
    return _made(_found(await store.read(call.rows, webhook_id, call.caller)), call.deps.client)


@routes.post(
    "/webhooks",
    access=("own",),
    consent=Consent("notify", "webhook"),
    replay=read_made,
    problems=(REFUSED, TOO_MANY),
    emits=False,
)
async def create_webhook(body: WebhookFields, call: Call[WebhookDeps]) -> WebhookMadeOut:
    """Makes a webhook: its URL gets a signed POST of `{type, timestamp, data: {job_id, kind}}` when a job ends.

    Making one is a person's consent to be told that way, which `DELETE /me/consents/notify/webhook` takes back; for a
    child a guardian agrees first. Answer with 2xx within 10 seconds; anything else is tried again, and 410 ends it. The
    same message may come twice: `webhook-id` is the same then.
    """
    refusal = await _refusal(call.deps, call.caller, body.url)  # asks a name server, so it comes before the transaction
    async with call.unit() as unit:
        if refusal is not None:  # raised only now, so that a repeated request gets its first answer
            raise refusal
        if not await store.add(unit, call.id, call.caller, body.url, body.events):
            raise ProblemError(TOO_MANY)
        return _made(_found(await store.read(unit, call.id, call.caller)), call.deps.client)


@routes.delete("/webhooks/{id}", access=("own",), if_match=None, emits=False)
async def delete_webhook(id: UUID, call: Call) -> None:
    """Deletes a webhook with its deliveries; its URL is not called any more."""
    async with call.unit() as unit:
        if not await store.delete(unit, id, call.caller):
            raise not_found()


@routes.get("/webhooks/{id}/deliveries", access=("own",))
async def list_webhook_deliveries(id: UUID, query: DeliveryQuery, call: Call) -> Listed[DeliveryOut]:
    """Lists the deliveries of a webhook, newest first."""
    _found(await store.read(call.rows, id, call.caller))
    page = listing(store.deliveries_of(id), query, filters={}, sorts=store.DELIVERY_SORTS)
    return await read_page(call.rows, page, query, DeliveryOut.model_validate)


async def _refusal(deps: WebhookDeps, caller: UUID, url: str) -> ProblemError | None:
    try:
        await deps.client.check(url, deps.lookup(caller))
    except NotAsked:
        return not_written(BUSY)
    except (Refused, Unresolved) as error:
        return ProblemError(REFUSED, f"The URL: {error}.")
    return None


def _made(row: Row[Any], client: WebhookClient) -> WebhookMadeOut:
    return WebhookMadeOut(**WebhookOut.model_validate(row).model_dump(), secret=client.secret(row.id))


def _found(row: Row[Any] | None) -> Row[Any]:
    if row is None:
        raise not_found()
    return row
