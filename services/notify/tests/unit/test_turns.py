"""Calls of webhooks take turns, and hosts that cannot be reached rest."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from uuid import UUID, uuid4

import pytest

from chassis.errors import NotYet
from notify.webhooks.client import Failed, NotSent, Unreachable
from notify.webhooks.turns import OF_PERSON, RESTS, TO_HOST, Turns

HOST = "hooks.example:443"


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def turns(clock: Clock) -> Turns:
    return Turns(clock)


@contextmanager
def taken(turns: Turns, *calls: tuple[UUID, str]) -> Iterator[None]:
    """Has calls under way."""
    with ExitStack() as stack:
        for person, host in calls:
            stack.enter_context(turns.place(person, host))
        yield


def put_off(turns: Turns, person: UUID, host: str) -> float | None:
    """Returns the seconds for which a call is put off; None for one that has its turn."""
    try:
        with turns.place(person, host):
            return None
    except NotYet as error:
        return error.probe_after


def fail(turns: Turns, error: Exception) -> None:
    with pytest.raises(type(error)), turns.call(HOST):
        raise error


def test_one_person_has_few_calls_at_a_time_and_others_have_their_own(turns: Turns) -> None:
    person = uuid4()
    with taken(turns, *((person, f"host-{number}") for number in range(OF_PERSON))):
        assert put_off(turns, person, "another-host") is not None
        assert put_off(turns, uuid4(), "host-0") is None
    assert put_off(turns, person, "another-host") is None


def test_one_host_gets_few_calls_at_a_time_and_others_get_theirs(turns: Turns) -> None:
    with taken(turns, *((uuid4(), HOST) for _ in range(TO_HOST))):
        person = uuid4()
        assert put_off(turns, person, HOST) is not None
        assert put_off(turns, person, "another-host") is None  # a refused call has taken no place of its person
    assert put_off(turns, uuid4(), HOST) is None


def test_calls_that_are_put_off_come_back_one_after_another_at_the_pace_of_the_calls(
    turns: Turns, clock: Clock
) -> None:
    person = uuid4()
    with taken(turns, (person, HOST)):
        clock.now += 10  # this is how long a call lasts
    with taken(turns, *[(person, HOST)] * OF_PERSON):
        waits = [put_off(turns, person, HOST) for _ in range(3)]
        assert waits == [10 / OF_PERSON * number for number in (1, 2, 3)]
        assert max(put_off(turns, person, HOST) or 0 for _ in range(200)) == 300
        clock.now += 300  # when most of them come back at once, some wait little again
        assert [put_off(turns, person, HOST) for _ in range(3)] == [5, 10, 15]
    clock.now += 2000  # those that were put off have had their turns
    with taken(turns, (person, HOST)):
        pass  # a quick one
    with taken(turns, *[(person, HOST)] * OF_PERSON):
        assert put_off(turns, person, HOST) == pytest.approx(0.05)


def test_a_host_without_a_connection_rests_and_is_then_tried_once(turns: Turns, clock: Clock) -> None:
    for _ in range(RESTS.failures):
        fail(turns, Unreachable("no connection"))
    for _ in range(2):
        with pytest.raises(Unreachable, match="a moment ago"), turns.call(HOST):
            pytest.fail("called")
    with turns.call("another-host"):
        pass
    clock.now += RESTS.rest
    fail(turns, Unreachable("no connection"))
    with pytest.raises(Unreachable, match="a moment ago"), turns.call(HOST):
        pytest.fail("called")
    clock.now += RESTS.rest
    for _ in range(2):  # the first call was answered
        with turns.call(HOST):
            pass


@pytest.mark.parametrize("error", [Failed("no answer in time"), NotSent("not asked")])
def test_what_one_path_does_lets_no_host_rest(turns: Turns, error: Exception) -> None:
    for _ in range(2 * RESTS.failures):
        fail(turns, error)
    with turns.call(HOST):
        pass


def test_an_answer_between_failures_begins_the_count_anew(turns: Turns) -> None:
    for _ in range(RESTS.failures - 1):
        fail(turns, Unreachable("no connection"))
    fail(turns, Failed("no answer in time"))
    for _ in range(RESTS.failures - 1):
        fail(turns, Unreachable("no connection"))
    with turns.call(HOST):
        pass


def test_many_hosts_of_the_past_are_not_kept(turns: Turns, clock: Clock) -> None:
    for number in range(3000):
        with turns.place(uuid4(), f"host-{number}"), turns.call(f"host-{number}"):
            pass
    assert turns.kept <= 2000  # of 9,000
