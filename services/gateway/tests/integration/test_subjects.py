"""Tests that tokens of people whom an issuer names are kept for those alone who are there."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from chassis.errors import DependencyDown
from chassis.privacy.ages import Ages
from gateway.edge.account_changes import tells_new
from gateway.edge.auth.identities import Profile, Revoked
from gateway.edge.auth.subjects import Subjects
from gateway.edge.context import now
from services.gateway.tests.integration.fixtures import Bench
from services.gateway.tests.integration.house import House, sign_up

LINKED = "SELECT FROM identities WHERE issuer = 'x' AND person_id = $1"


class Kept:
    """Keeps tokens as the key store does, outside the database's transaction."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self.away = False
        self.persons: list[UUID] = []

    async def __call__(self, person: UUID) -> None:
        assert await self._bench.database.fetch(LINKED, person), "another connection sees the identity"
        if self.away:
            raise DependencyDown("keys")
        self.persons.append(person)


async def test_tokens_are_kept_for_nobody_whose_identity_is_not_committed(bench: Bench, house: House) -> None:
    subjects, kept = Subjects(bench.database, tell_new=tells_new(bench.keys, Ages(), now)), Kept(bench)
    subject, robin = str(uuid4()), UUID((await sign_up(house.one)).id)
    met = await subjects.meet("x", subject, Profile(), kept, None)
    await subjects.link("x", str(uuid4()), robin, kept, None)
    assert await subjects.meet("x", subject, Profile(), kept, None) == met
    assert kept.persons == [met, robin, met]


async def test_who_was_not_kept_is_kept_at_the_next_sign_in(bench: Bench, house: House) -> None:
    subjects, kept = Subjects(bench.database, tell_new=tells_new(bench.keys, Ages(), now)), Kept(bench)
    subject, mine, robin = str(uuid4()), str(uuid4()), UUID((await sign_up(house.one)).id)
    kept.away = True
    for attempt in (
        subjects.meet("x", subject, Profile(), kept, None),
        subjects.link("x", mine, robin, kept, None),
    ):
        with pytest.raises(DependencyDown):
            await attempt
    kept.away = False
    met = await subjects.meet("x", subject, Profile(), kept, None)
    await subjects.link("x", mine, robin, kept, None)
    assert kept.persons == [met, robin]
    with pytest.raises(Revoked):
        await subjects.link("x", mine, uuid4(), kept, None)
