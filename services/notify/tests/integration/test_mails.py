"""Tests mails from the message that wants one to a real SMTP server, whatever that answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Row

from chassis.delivery.outbox import OutboxMessage
from chassis.message.envelope import new_id
from chassis.observe import metrics
from chassis.testing import until
from contracts.gateway import MailWanted
from services.notify.tests.integration.fixtures import Notify
from tests.mail_server import DROP, TAKE_AND_DROP, MailServer

LINK = "https://voxbus.example/account/verify#token=abc"
TEMPLATE = "verify-email"


@pytest.fixture
def server(mail_server: MailServer) -> MailServer:
    """Provides the server of the whole run, with nothing of earlier tests."""
    assert not any(mail_server.answers.values())
    mail_server.taken.clear()
    mail_server.asked = dict.fromkeys(mail_server.asked, 0)
    return mail_server


def wanted(template: str = TEMPLATE, life: timedelta = timedelta(hours=1)) -> MailWanted:
    now = datetime.now(UTC)
    return MailWanted(
        mail_id=new_id(),
        person_id=new_id(),
        template=template,
        to="robin@example.org",
        link=LINK if template == TEMPLATE else None,
        wanted_at=now,
        until=now + life,
    )


async def ask(notify: Notify, mail: MailWanted) -> OutboxMessage:
    return await notify.harness.publish(mail, person_id=mail.person_id)


async def row_of(notify: Notify, sent: OutboxMessage) -> Row[Any] | None:
    rows = await notify.rows("SELECT * FROM inbox WHERE id = $1 AND consumer = 'notify.send_mail'", sent.envelope.id)
    return rows[0] if rows else None


async def until_tried(notify: Notify, sent: OutboxMessage, fence: int = 1) -> Row[Any]:
    """Waits until a mail was tried so often, and waits for its next try."""

    async def tried() -> Row[Any] | None:
        row = await row_of(notify, sent)
        return row if row is not None and row.owner is None and row.fence >= fence else None

    found: Row[Any] = await until(tried, what=f"{fence} tries")
    return found


async def until_ended(notify: Notify, sent: OutboxMessage) -> str:
    """Waits until a mail has ended, without waiting for its backoff; returns how it ended."""

    async def ended() -> Row[Any] | None:
        await notify.rows("UPDATE inbox SET due_at = now() WHERE id = $1 AND owner IS NULL", sent.envelope.id)
        row = await row_of(notify, sent)
        return row if row is not None and row.done_at is not None else None

    row: Row[Any] = await until(ended, what="the end of the mail")
    return str(row.outcome)


def counted(outcome: str, template: str = TEMPLATE) -> float:
    labels = {"template": template, "outcome": outcome}
    return metrics.REGISTRY.get_sample_value("voxbus_mails_total", labels) or 0.0


async def test_a_mail_is_sent_once_and_nothing_of_it_is_kept_in_clear(notify: Notify, server: MailServer) -> None:
    mail, before = wanted(), counted("sent")
    sent = await ask(notify, mail)
    assert await until_ended(notify, sent) == "ok"
    await notify.harness.send(sent)  # the relay may publish a message twice
    [taken] = server.taken
    assert (taken["To"], taken["Message-ID"]) == ("robin@example.org", f"<{mail.mail_id}@voxbus.example>")
    assert LINK in taken.get_body(("plain",)).get_content().splitlines()  # type: ignore[union-attr]
    assert counted("sent") == before + 1
    claimed = await notify.rows("SELECT i::text AS row FROM inbox i WHERE id = $1", sent.envelope.id)
    effects = await notify.rows("SELECT e::text AS row FROM effects e WHERE key LIKE $1", f"{sent.envelope.id}/%")
    assert (len(claimed), len(effects)) == (1, 1)
    stored = [*claimed, *effects]
    assert not any("robin" in each.row or "token" in each.row for each in stored)


async def test_a_deferred_mail_is_sent_later(notify: Notify, server: MailServer) -> None:
    server.answers["RCPT"] += ["450 4.2.1 come back later"]
    sent = await ask(notify, wanted())
    waiting = await until_tried(notify, sent)
    assert (waiting.tries, server.taken) == (1, [])
    assert await until_ended(notify, sent) == "ok"
    assert len(server.taken) == 1


async def test_a_refused_mail_is_not_tried_again_and_no_dead_letter(notify: Notify, server: MailServer) -> None:
    server.answers["RCPT"] += ["550 5.1.1 no such mailbox"]
    before = counted("refused")
    assert await until_ended(notify, await ask(notify, wanted())) == "ok"
    assert (server.taken, server.asked["RCPT"], counted("refused")) == ([], 1, before + 1)
    broken = wanted().model_copy(update={"to": "robin@example.org\r\nBcc: all@example.org"})
    assert await until_ended(notify, await ask(notify, broken)) == "ok"
    assert (server.asked["RCPT"], counted("refused")) == (1, before + 2)


async def test_a_mail_that_may_have_been_taken_is_sent_again_as_the_same(notify: Notify, server: MailServer) -> None:
    server.answers["DATA"] += [TAKE_AND_DROP]
    before = counted("unknown")
    sent = await ask(notify, wanted())
    await until_tried(notify, sent)
    assert (len(server.taken), counted("unknown")) == (1, before + 1)
    assert await until_ended(notify, sent) == "ok"
    first, second = server.taken
    assert first["Message-ID"] == second["Message-ID"]
    assert first.as_bytes() == second.as_bytes()


async def test_a_dropped_line_is_tried_again(notify: Notify, server: MailServer) -> None:
    server.answers["MAIL"] += [DROP]
    assert await until_ended(notify, await ask(notify, wanted())) == "ok"
    assert (server.asked["MAIL"], len(server.taken)) == (2, 1)


async def test_a_server_that_takes_no_mail_of_ours_costs_no_try(notify: Notify, server: MailServer) -> None:
    server.answers["MAIL"] += ["553 5.7.1 not from here"]
    sent = await ask(notify, wanted())
    assert (await until_tried(notify, sent)).tries == 0
    assert await until_ended(notify, sent) == "ok"
    assert len(server.taken) == 1


async def test_a_mail_of_no_use_any_more_is_not_sent(notify: Notify, server: MailServer) -> None:
    before = counted("expired", "signed-out")
    assert await until_ended(notify, await ask(notify, wanted("signed-out", life=timedelta(0)))) == "ok"
    assert (server.asked["MAIL"], counted("expired", "signed-out")) == (0, before + 1)


async def test_a_template_of_a_newer_release_waits_for_it(notify: Notify, server: MailServer) -> None:
    sent = await ask(notify, wanted("guardian-consent"))
    waiting = await until_tried(notify, sent)
    assert (waiting.tries, waiting.done_at) == (0, None)
    await notify.rows("DELETE FROM inbox WHERE id = $1", sent.envelope.id)


async def test_no_mail_goes_to_an_erased_person(notify: Notify, server: MailServer) -> None:
    server.answers["RCPT"] += ["450 4.2.1 come back later"]
    mail = wanted()
    sent = await ask(notify, mail)
    await until_tried(notify, sent)
    await notify.harness.keys.destroy(mail.person_id)
    await notify.erase(mail.person_id)
    assert await until_ended(notify, sent) == "erased"
    assert server.taken == []
