"""Tests which passwords are accepted, in which form they are hashed, and how many wait for it."""

from __future__ import annotations

import asyncio
import threading

import pytest
from pwdlib.hashers.argon2 import Argon2Hasher

from chassis.testing import until
from chassis.web.problems import ProblemError
from gateway.edge.auth.password_rule import fault_of
from gateway.edge.auth.passwords import HASHERS, NOBODY, Passwords
from gateway.edge.auth.turns import Turns

KNOWN = ("robin@example.org", "Robin Hood")


@pytest.mark.parametrize(
    "password",
    ["correct horse", "x" * 8 + "q" * 192, "робин из леса", "robin@example.org!", "🐎🐎🐎🐎🐎🐎🐎🐎", "        "],
)
def test_a_password_of_8_to_200_characters_is_good(password: str) -> None:
    assert fault_of(password, *KNOWN) is None


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("seven 7", "at least 8"),
        ("e\u0301" * 7, "at least 8"),  # seven letters in the form that is hashed
        ("ﷺ" * 12, "at most 200"),  # a ligature of 18 letters
        ("robin@example.org", "e-mail"),
        ("ROBIN@example.ORG", "e-mail"),
        ("robin hood", "name"),
        ("Ｒobin Hood", "name"),
        ("12345678", "common"),
        ("Password1", "common"),
        ("QWERTYUIOP", "common"),
        ("ｐａｓｓｗｏｒｄ", "common"),
    ],
)
def test_a_short_long_personal_or_common_password_is_refused(password: str, says: str) -> None:
    fault = fault_of(password, *KNOWN)
    assert fault is not None and says in fault
    assert password not in fault


async def test_a_password_is_the_same_however_it_is_written() -> None:
    passwords = Passwords(_weak())
    stored = await passwords.hash("Caf\u00e9 de Paris")
    assert await passwords.check("Cafe\u0301 de Paris", stored) == (True, None)
    assert await passwords.check("Cafe de Paris", stored) == (False, None)


async def test_the_hash_that_unknown_addresses_are_checked_against_takes_as_long_as_a_new_one() -> None:
    assert HASHERS.keys() == NOBODY.keys()
    for cost, hasher in HASHERS.items():
        assert not hasher.check_needs_rehash(NOBODY[cost])
        assert await Passwords(cost).check("nobody has this password", None) == (False, None)


async def test_a_hash_of_another_cost_is_renewed_and_new_ones_have_what_is_set() -> None:
    stored = await Passwords("recommended").hash("correct horse")
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    fits, renewed = await Passwords("least").check("correct horse", stored)
    assert fits and renewed is not None and renewed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


async def test_an_old_hash_is_renewed_where_the_password_is_right() -> None:
    stored = await Passwords(Argon2Hasher(time_cost=2, memory_cost=16, parallelism=1)).hash("correct horse")
    passwords = Passwords(_weak())
    fits, renewed = await passwords.check("correct horse", stored)
    assert fits and renewed is not None and "m=8,t=1" in renewed
    assert await passwords.check("correct horse", renewed) == (True, None)
    assert await passwords.check("wrong horse", stored) == (False, None)


async def test_a_password_that_was_hashed_as_it_was_sent_is_accepted_and_hashed_anew() -> None:
    sent = "Cafe\u0301 de Paris"
    passwords = Passwords(_weak())
    fits, renewed = await passwords.check(sent, _weak().hash(sent))
    assert fits and renewed is not None
    assert await passwords.check("Caf\u00e9 de Paris", renewed) == (True, None)
    assert await passwords.check(sent + "!", _weak().hash(sent)) == (False, None)


class _Slow(Argon2Hasher):
    """Represents a hasher that goes on only when it may."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self.begun = 0

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        self.begun += 1
        self.may_go_on.wait(10)
        return super().hash(password, salt=salt)


async def test_at_most_50_passwords_wait_and_the_others_are_told_that_it_is_busy() -> None:
    hasher = _Slow()
    passwords = Passwords(hasher)
    hasher.may_go_on.clear()
    hasher.begun = 0
    waiting = [asyncio.create_task(passwords.hash("correct horse")) for _ in range(52)]

    async def two_run() -> bool:
        return hasher.begun == 2

    await until(two_run)
    with pytest.raises(ProblemError) as refused:
        await passwords.hash("correct horse")
    assert (refused.value.problem.status, refused.value.problem.name) == (503, "busy")
    assert refused.value.problem.retry_after
    waiting.pop().cancel()  # a client that has gone makes room
    await asyncio.sleep(0)
    waiting.append(asyncio.create_task(passwords.hash("correct horse")))
    await asyncio.sleep(0)
    hasher.may_go_on.set()
    assert len(set(await asyncio.gather(*waiting))) == 52


async def test_who_is_known_goes_before_50_others_and_has_a_place_where_they_have_none() -> None:
    hasher = _Slow()
    passwords = Passwords(hasher, at_once=1)
    hasher.may_go_on.clear()
    done: list[str] = []

    async def hashed(name: str, *, known: bool) -> None:
        await passwords.hash("correct horse", known=known)
        done.append(name)

    waiting = [asyncio.create_task(hashed("other", known=False)) for _ in range(51)]
    await asyncio.sleep(0)
    with pytest.raises(ProblemError):
        await passwords.hash("correct horse")
    assert passwords.waiting == 50
    gone = asyncio.create_task(hashed("gone", known=True))
    waiting.append(asyncio.create_task(hashed("owner", known=True)))
    await asyncio.sleep(0)
    gone.cancel()
    hasher.may_go_on.set()
    await asyncio.gather(*waiting)
    assert done.index("owner") == 1, "only the one that ran already was before"
    assert passwords.waiting == 0 and "gone" not in done


async def test_a_turn_that_came_to_somebody_who_has_gone_is_passed_on() -> None:
    turns = Turns(1, 10)
    order: list[str] = []

    async def work(name: str) -> None:
        async with turns.turn(known=False):
            order.append(name)

    async with turns.turn(known=False):
        first, second = (asyncio.create_task(work(name)) for name in ("first", "second"))
        await asyncio.sleep(0)
    first.cancel()  # it has been given the turn, and has not run since
    await asyncio.gather(first, second, return_exceptions=True)
    assert order == ["second"]
    assert turns.waiting == 0
    await work("third")  # the turn is free again


def _weak() -> Argon2Hasher:
    return Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1)
