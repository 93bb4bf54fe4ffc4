"""Tests what asking for a mail writes, and when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chassis.errors import Erased
from chassis.message.codec import decode
from chassis.message.envelope import Envelope, new_id
from contracts.gateway import MailTemplate, MailWanted
from gateway.edge.mail import LINKS, Mails
from gateway.jobs.erase_person import erase_person
from services.gateway.tests.integration.fixtures import Bench

NOW = datetime(2026, 11, 28, 13, 30, tzinfo=UTC)
PUBLIC = "https://voxbus.example"
TO = "robin@example.org"


@pytest.fixture
def mails(bench: Bench) -> Mails:
    return Mails(bench.keys, PUBLIC, clock=lambda: NOW)


async def wanted(bench: Bench) -> list[tuple[Envelope, bytes, bool]]:
    """Returns envelope and body of each mail that waits in the outbox for the bench's person, and whether it is due."""
    rows = await bench.database.fetch(
        "SELECT headers, body, claimed_until <= now() AS due, job_id FROM outbox WHERE key = $1", MailWanted.type
    )
    assert all(row.job_id is None for row in rows)
    found = [(Envelope.parse(row.headers), bytes(row.body), bool(row.due)) for row in rows]
    return [each for each in found if each[0].person_id == bench.person]


async def test_a_mail_is_wanted_once_the_transaction_commits(bench: Bench, mails: Mails) -> None:
    with pytest.raises(LookupError):
        async with bench.database.transaction() as tx:
            await mails.want(tx, bench.person, "reset-password", TO, token="a/b#c")
            raise LookupError
    assert await wanted(bench) == []
    async with bench.database.transaction() as tx:
        await mails.want(tx, bench.person, "reset-password", TO, token="a/b#c")
        assert await wanted(bench) == []
    [(envelope, body, due)] = await wanted(bench)
    assert due, "the sweep of the relay publishes it: its first claim would delay it by ten seconds"
    assert b"robin" not in body and b"a%2Fb" not in body
    mail = decode(MailWanted, envelope, body, bench.store.keys[bench.person])
    assert (mail.mail_id, mail.person_id, mail.to) == (envelope.id, bench.person, TO)
    assert mail.link == f"{PUBLIC}/account/reset#token=a%2Fb%23c"
    assert (mail.template, mail.language) == ("reset-password", "en")
    assert (mail.wanted_at, mail.until) == (NOW, NOW + timedelta(hours=1))


@pytest.mark.parametrize("template", ["email-changed", "signed-out"])
async def test_a_notice_has_no_link(bench: Bench, mails: Mails, template: MailTemplate) -> None:
    async with bench.database.transaction() as tx:
        await mails.want(tx, bench.person, template, TO, language="en-GB")
    [(envelope, body, _)] = await wanted(bench)
    mail = decode(MailWanted, envelope, body, bench.store.keys[bench.person])
    assert (mail.template, mail.language, mail.link) == (template, "en-GB", None)
    assert mail.until == NOW + timedelta(days=1)


async def test_a_token_belongs_to_the_templates_with_a_link_alone(bench: Bench, mails: Mails) -> None:
    async with bench.database.transaction() as tx:
        for template in LINKS:
            with pytest.raises(ValueError, match="needs a token"):
                await mails.want(tx, bench.person, template, TO)
        with pytest.raises(ValueError, match="has no link"):
            await mails.want(tx, bench.person, "signed-out", TO, token="t")
    assert await wanted(bench) == []


async def test_no_mail_is_wanted_or_readable_for_an_erased_person(bench: Bench, mails: Mails) -> None:
    async with bench.database.transaction() as tx:
        await mails.want(tx, bench.person, "signed-out", TO)
    await erase_person(bench.database, bench.keys, bench.person)
    assert await bench.keys.find([bench.person]) == {}, "nobody can open the one that waits"
    with pytest.raises(Erased):
        async with bench.database.transaction() as tx:
            await mails.want(tx, bench.person, "signed-out", TO)
    assert len(await wanted(bench)) == 1


async def test_asking_makes_the_key_of_a_new_person(bench: Bench, mails: Mails) -> None:
    bench.person = new_id()
    async with bench.database.transaction() as tx:
        await mails.want(tx, bench.person, "verify-email", TO, token="t")
    [(envelope, body, _)] = await wanted(bench)
    assert decode(MailWanted, envelope, body, bench.store.keys[bench.person]).link == f"{PUBLIC}/account/verify#token=t"
