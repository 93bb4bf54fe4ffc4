"""Commands of retired kinds are still done as the last release has promised, also to a job that was open."""

from __future__ import annotations

from uuid import UUID

from chassis.message.envelope import new_id
from contracts.base import Command
from contracts.catalogue import RETIRED
from contracts.gateway import CreateWebhook, DeleteWebhook, MarkNotificationRead
from notify.service import SERVICE
from services.notify.tests.integration.fixtures import (
    HOOK,
    Notify,
    make_webhook,
    person_of,
    succeeded,
)


async def outcome(notify: Notify, command: Command, person: UUID) -> tuple[str, str | None]:
    """Lets the service handle a command as a job of its own; returns its outcome and the type of its problem."""
    message_id = await notify.hear(command, job_id=new_id(), person_id=person)
    [row] = await notify.rows("SELECT outcome, problem FROM inbox WHERE id = $1", message_id)
    return row.outcome, row.problem and row.problem["type"]


async def emitted(notify: Notify, event: str, person: UUID) -> int:
    """Counts the events of a type about a person; waits for one."""
    await notify.harness.until_emitted(event)
    return len([each for each in notify.harness.emitted(event) if each.person_id == person])


def test_each_has_its_handlers() -> None:
    handled = {f"notify.{handler.name}" for handler in SERVICE.handlers}
    assert {step.handler for kind in RETIRED for step in kind.steps} <= handled


async def test_a_notification_is_marked_as_read(notify: Notify) -> None:
    caller, stranger = notify.signed_in(), notify.signed_in()
    await notify.job_ended(succeeded(person_of(caller)))
    [told] = (await caller("GET", "/notifications")).json()["items"]
    theirs = MarkNotificationRead(notification_id=told["id"], person_id=person_of(stranger))
    assert await outcome(notify, theirs, person_of(stranger)) == ("dead", "/problems/not-found")
    own = MarkNotificationRead(notification_id=told["id"], person_id=person_of(caller))
    assert await outcome(notify, own, person_of(caller)) == ("ok", None)
    [told] = (await caller("GET", "/notifications")).json()["items"]
    assert told["read_at"] is not None
    assert await emitted(notify, "notification.read", person_of(caller)) == 1


async def test_a_webhook_is_made_where_one_may_go_and_deleted(notify: Notify) -> None:
    caller = notify.signed_in()
    person, webhook = person_of(caller), new_id()
    make = CreateWebhook(webhook_id=webhook, person_id=person, url=HOOK, events=("job.failed",))
    assert await outcome(notify, make, person) == ("ok", None)
    assert (await caller("GET", f"/webhooks/{webhook}")).json()["events"] == ["job.failed"]
    inside = make.model_copy(update={"webhook_id": new_id(), "url": "https://10.0.0.1/"})
    assert await outcome(notify, inside, person) == ("dead", "/problems/webhook-refused")
    delete = DeleteWebhook(webhook_id=webhook, person_id=person)
    assert await outcome(notify, delete, person) == ("ok", None)
    assert (await caller("GET", f"/webhooks/{webhook}")).status == 404
    assert await outcome(notify, delete, person) == ("dead", "/problems/not-found")
    for event in ("webhook.created", "webhook.deleted"):
        assert await emitted(notify, event, person) == 1


async def test_the_eleventh_webhook_is_refused(notify: Notify) -> None:
    caller = notify.signed_in()
    for _ in range(10):
        await make_webhook(caller)
    one_more = CreateWebhook(webhook_id=new_id(), person_id=person_of(caller), url=HOOK, events=("job.failed",))
    assert await outcome(notify, one_more, person_of(caller)) == ("dead", "/problems/too-many-webhooks")
