"""Tests by what a write is known: a person's key, or the operation id of each request."""

from __future__ import annotations

from uuid import UUID

from chassis.message.envelope import new_id
from chassis.web.idempotency import WITH_KEY_S, WITHOUT_KEY_S, Claim, claim_of

TOY = new_id()


def claim(person: UUID | None, key: str | None, about: UUID | None = None) -> Claim:
    return claim_of(
        person=person,
        about=about,
        route="POST /toys",
        key=key,
        operation_id=new_id(),
        fingerprint=b"same",
        status=201,
        resource_id=TOY,
    )


def test_a_key_of_nobody_does_not_count() -> None:
    """Refuses to take them for one person: the second would be answered with what the first has made."""
    assert claim(None, "k").key_hash != claim(None, "k").key_hash
    assert (claim(None, "k").lives, claim(None, "k").people) == (WITHOUT_KEY_S, ())


def test_a_key_of_a_person_does() -> None:
    ada, child = new_id(), new_id()
    first, again = claim(ada, "k", child), claim(ada, "k", child)
    assert (first, first.lives, set(first.people)) == (again, WITH_KEY_S, {ada, child})
    assert first.key_hash != claim(ada, "l").key_hash
    assert claim(ada, None).key_hash != claim(ada, None).key_hash
