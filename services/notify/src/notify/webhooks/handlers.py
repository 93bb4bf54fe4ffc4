"""Calls webhooks for each ended job; each call has its own tries."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from functools import partial

from chassis.errors import Retryable
from chassis.handler import Backoff, Unit, handles
from chassis.message.envelope import derived_id
from chassis.privacy.outside import NotAllowed
from contracts.base import JobKind, Json
from contracts.catalogue import JOB_KINDS, RETIRED
from contracts.common import JobCancelled, JobFailed, JobSucceeded
from contracts.notify import WebhookDue
from notify.webhooks import store
from notify.webhooks.client import Failed, NotSent, host_of
from notify.webhooks.deps import WebhookDeps

#: 5 s, 10 s, 20 s … and at last every hour: the receiver may be down for five hours
DELIVERY_RETRY = Backoff(attempts=15, first=5.0, cap=3600.0)


def told_of(kinds: Iterable[JobKind], retired: Collection[JobKind]) -> frozenset[str]:
    """Returns the kinds of job whose ends are delivered to webhooks: all but the retired ones.

    This includes kinds without a `result`: for a verb that changes a resource the end is the only news.
    """
    return frozenset(kind.name for kind in kinds if kind not in retired)


_PUBLIC_KINDS = told_of(JOB_KINDS.values(), RETIRED)
_GONE = 410
#: the status of a call that was not made, because the person has not agreed to it, or not any more
_NOT_CALLED = 0


class AskedToWait(Retryable):
    """Says that a receiver did not take a call, and said when to call again."""


Ended = JobSucceeded | JobFailed | JobCancelled


@handles(JobSucceeded, batch=100, live_only=True)
async def webhooks_of_succeeded(events: Sequence[JobSucceeded], deps: WebhookDeps, unit: Unit) -> None:
    """Makes the deliveries that are due when jobs have succeeded."""
    await _fall_due(events, unit)


@handles(JobFailed, batch=100, live_only=True)
async def webhooks_of_failed(events: Sequence[JobFailed], deps: WebhookDeps, unit: Unit) -> None:
    """Makes the deliveries that are due when jobs have failed."""
    await _fall_due(events, unit)


@handles(JobCancelled, batch=100, live_only=True)
async def webhooks_of_cancelled(events: Sequence[JobCancelled], deps: WebhookDeps, unit: Unit) -> None:
    """Makes the deliveries that are due when jobs were cancelled."""
    await _fall_due(events, unit)


@handles(WebhookDue, slots=16, timeout=30, retry=DELIVERY_RETRY, live_only=True)
async def deliver_webhook(due: WebhookDue, deps: WebhookDeps) -> None:
    """Delivers one event to one webhook; the receiver recognizes a repeated event by its id."""
    url = await deps.webhooks.url(due.webhook_id)
    if url is None or await deps.webhooks.is_given_up(due.delivery_id):
        async with deps.unit() as unit:
            await store.close_delivery(unit, due.delivery_id, "dropped" if url is None else "failed", None)
        return
    with deps.turns.place(due.person_id, host_of(url)):
        result = await deps.effects.once("post", partial(_post, due, url, deps), "resend", as_if={"status": 204})
    status = int(result["status"])
    async with deps.unit() as unit:
        if status == _NOT_CALLED:
            await store.close_delivery(unit, due.delivery_id, "dropped", None)
            return
        await store.close_delivery(unit, due.delivery_id, "failed" if status == _GONE else "delivered", status)
        if status == _GONE:
            await store.disable(unit, due.webhook_id)


def body(due: WebhookDue) -> bytes:
    """Returns the body of a delivery: the same bytes at each try, and nothing about the person."""
    data: Json = {"job_id": str(due.job_id), "kind": due.kind}
    if due.problem is not None:
        data["problem"] = due.problem
    payload = {"type": due.event, "timestamp": due.finished_at.isoformat().replace("+00:00", "Z"), "data": data}
    return json.dumps(payload, separators=(",", ":")).encode()


async def _post(due: WebhookDue, url: str, deps: WebhookDeps) -> Json:
    """Makes one call. An answer other than success or 410 is not a result: the call is repeated later.

    A receiver's Retry-After puts it off further, for an hour at most. No call is made of which the person's consent is
    missing; while the store of consents does not answer, it is put off.
    """
    status, wait = None, None
    try:
        with deps.turns.call(host_of(url)):
            status, wait = await deps.client.send(
                due.webhook_id,
                url,
                f"msg_{due.delivery_id.hex}",
                body(due),
                may_begin=deps.outside.may_begin(due.person_id, "notify", "webhook"),
            )
        if not (200 <= status < 300 or status == _GONE):
            raise Failed(f"answered with {status}")
    except NotAllowed:
        return {"status": _NOT_CALLED}
    except (Failed, NotSent) as error:
        last = DELIVERY_RETRY.attempts
        tries = await deps.webhooks.note(due.delivery_id, status=status, error=str(error), last=last)
        if wait is not None:
            # never sooner than without being asked: all tries would be spent while the receiver is down
            raise AskedToWait(str(error), max(wait, DELIVERY_RETRY.delay(tries))) from None
        raise
    return {"status": status}


async def _fall_due(events: Sequence[Ended], unit: Unit) -> None:
    public = [event for event in events if event.kind in _PUBLIC_KINDS and event.person_id is not None]
    if not public:
        return
    hooks = await store.of_persons(unit, {event.person_id for event in public if event.person_id is not None})
    due = [
        (event, _due(event, hook.id, hook.person_id))
        for event in public
        for hook in hooks
        if hook.person_id == event.person_id and event.type in hook.events
    ]
    if due:
        await store.add_deliveries(unit, [each for _, each in due])
        for event, each in due:
            unit.emit(each, cause=event)


def _due(event: Ended, webhook_id: object, person_id: object) -> WebhookDue:
    return WebhookDue.model_validate(
        {
            "delivery_id": derived_id(event.job_id, event.type, f"webhook {webhook_id}", 0),
            "webhook_id": webhook_id,
            "person_id": person_id,
            "event": event.type,
            "job_id": event.job_id,
            "kind": event.kind,
            "finished_at": event.finished_at,
            "problem": event.problem.type if isinstance(event, JobFailed) else None,
        }
    )
