"""Handles the commands of retired job kinds (`contracts.catalogue.RETIRED`); the next release deletes this file.

Notify does all this in the request now. A database of the last release may hold open jobs of these kinds, which these
handlers finish.
"""

from __future__ import annotations

from collections.abc import Sequence

from chassis.errors import Permanent
from chassis.handler import Backoff, Deps, Unit, handles
from contracts.base import Problem
from contracts.gateway import CreateWebhook, DeleteWebhook, MarkNotificationRead
from contracts.notify import NotificationRead, WebhookCreated, WebhookDeleted
from notify.notifications import store as notifications
from notify.webhooks import store as webhooks
from notify.webhooks.deps import WebhookDeps
from notify.webhooks.ssrf import Refused, Unresolved
from notify.webhooks.webhook import MOST


@handles(MarkNotificationRead, batch=100)
async def mark_read(commands: Sequence[MarkNotificationRead], deps: Deps, unit: Unit) -> None:
    """Marks notifications as read. Treats another person's notification as if it did not exist."""
    for command in sorted(commands, key=lambda c: c.notification_id):
        if await notifications.mark_read(unit, command.notification_id, command.person_id) is None:
            raise _refusal("not-found", "No such notification", 404, "")
        read = NotificationRead(notification_id=command.notification_id, person_id=command.person_id)
        unit.emit(read, cause=command)


@handles(CreateWebhook, slots=4, timeout=15, retry=Backoff(attempts=3, first=0.5))
async def create_webhook(command: CreateWebhook, deps: WebhookDeps) -> None:
    """Makes a webhook, unless its URL leads to an address that is not permitted."""
    try:
        await deps.client.check(command.url, deps.lookup(command.person_id))
    except (Refused, Unresolved) as error:
        raise _refusal("webhook-refused", "The URL is not permitted", 422, f"The URL: {error}.") from None
    async with deps.unit() as unit:
        if not await webhooks.add(unit, command.webhook_id, command.person_id, command.url, command.events):
            raise _refusal("too-many-webhooks", "Too many webhooks", 409, f"Delete one: {MOST} are the most.")
        unit.emit(WebhookCreated(webhook_id=command.webhook_id, person_id=command.person_id))


@handles(DeleteWebhook, batch=100)
async def delete_webhook(commands: Sequence[DeleteWebhook], deps: Deps, unit: Unit) -> None:
    """Deletes webhooks. Treats another person's webhook as if it did not exist."""
    for command in sorted(commands, key=lambda c: c.webhook_id):
        if not await webhooks.delete(unit, command.webhook_id, command.person_id):
            raise _refusal("not-found", "No such webhook", 404, "")
        unit.emit(WebhookDeleted(webhook_id=command.webhook_id, person_id=command.person_id), cause=command)


def _refusal(name: str, title: str, status: int, detail: str) -> Permanent:
    return Permanent(Problem(type=f"/problems/{name}", title=title, status=status, detail=detail))
