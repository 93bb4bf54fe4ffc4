"""Tests what asking for a mail writes, and when."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from chassis.errors import DependencyDown, Erased
from chassis.message.codec import decode
from chassis.message.crypto import Key
from chassis.message.envelope import Envelope, new_id
from chassis.storage.keys import Keys
from chassis.stores_in_memory import KeysInMemory
from contracts.gateway import MailTemplate, MailWanted
from gateway.edge.auth.refresh_tokens import RefreshToken
from gateway.edge.auth.sessions import RefreshReused, Sessions
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
    await erase_person(bench.database, bench.keys, bench.ledger, bench.person)
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


async def stolen(bench: Bench, mails: Mails, email: str | None) -> str:
    """Makes the bench's person one of these, and has a spent refresh token of theirs used; returns why it ended."""
    await bench.database.fetch(
        "INSERT INTO people (id, email, username, language) VALUES ($1, $2, 'Robin', 'en-GB')", bench.person, email
    )
    sessions = Sessions(bench.database, grace=timedelta(0), tell_signed_out=mails.tell_signed_out)
    session = (await sessions.begin(bench.person, None)).session
    first = await sessions.refresh(RefreshToken(session, 1))
    await sessions.refresh(RefreshToken(session, first.generation))
    with pytest.raises(RefreshReused):
        await sessions.refresh(RefreshToken(session, 1))
    [row] = await bench.database.fetch("SELECT why_ended FROM sessions WHERE id = $1", session)
    return str(row.why_ended)


async def test_a_person_whose_token_was_used_twice_is_told(bench: Bench, mails: Mails) -> None:
    email = f"{bench.person}@example.org"
    assert await stolen(bench, mails, email) == "reused"
    [(envelope, body, _)] = await wanted(bench)
    mail = decode(MailWanted, envelope, body, bench.store.keys[bench.person])
    assert (mail.template, mail.to, mail.language) == ("signed-out", email, "en-GB")


async def test_a_person_without_an_address_is_told_nothing(bench: Bench, mails: Mails) -> None:
    assert await stolen(bench, mails, None) == "reused"
    assert await wanted(bench) == []


class _Away(KeysInMemory):
    async def read(self, persons: Collection[UUID]) -> dict[UUID, Key | None]:
        raise OSError


async def test_a_stolen_session_ends_while_the_key_store_is_away(bench: Bench) -> None:
    away = Mails(Keys(_Away()), PUBLIC)
    assert await stolen(bench, away, f"{bench.person}@example.org") == "reused"
    assert await wanted(bench) == []
    with pytest.raises(DependencyDown):
        async with bench.database.transaction() as tx:
            await away.want(tx, bench.person, "signed-out", TO)
