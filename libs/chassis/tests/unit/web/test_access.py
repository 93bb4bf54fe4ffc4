"""The access words, each against each kind of caller."""

from __future__ import annotations

from uuid import UUID

import pytest

from chassis.message.envelope import new_id
from chassis.web.access import FRESH_S, Word, check_access, check_fresh
from chassis.web.principal import ANONYMOUS, Principal
from chassis.web.problems import ProblemError

CHILD = new_id()
LEARNER = Principal(id=new_id(), roles=frozenset({"learner"}))
AUTHOR = Principal(id=new_id(), roles=frozenset({"learner", "author"}))
GUARDIAN = Principal(id=new_id(), roles=frozenset({"learner"}), acting_for=CHILD)


def status(words: tuple[Word, ...], principal: Principal, person: UUID | None = None) -> int:
    try:
        check_access(words, principal, person)
    except ProblemError as error:
        return error.problem.status
    return 200


@pytest.mark.parametrize(
    ("words", "anonymous", "learner", "author"),
    [
        (("public",), 200, 200, 200),
        (("signed-in",), 401, 200, 200),
        (("own",), 401, 200, 200),
        (("learner",), 401, 200, 200),
        (("author", "admin"), 401, 403, 200),
        (("admin",), 401, 403, 403),
        (("own", "moderator"), 401, 200, 200),
    ],
)
def test_one_word_of_several_is_enough(words: tuple[Word, ...], anonymous: int, learner: int, author: int) -> None:
    assert (status(words, ANONYMOUS), status(words, LEARNER), status(words, AUTHOR)) == (anonymous, learner, author)


def test_own_and_guardian_speak_of_the_person_in_the_path() -> None:
    assert LEARNER.id is not None
    assert status(("own",), LEARNER, LEARNER.id) == 200
    assert status(("own",), LEARNER, CHILD) == 404
    assert status(("guardian",), GUARDIAN, CHILD) == 200
    assert status(("guardian",), GUARDIAN, new_id()) == 404
    assert status(("own", "guardian"), GUARDIAN, GUARDIAN.id) == 200
    assert status(("guardian",), GUARDIAN, GUARDIAN.id) == 404
    assert status(("own", "guardian", "author"), AUTHOR, CHILD) == 200
    assert status(("guardian",), ANONYMOUS, CHILD) == 401


def test_no_role_implies_another() -> None:
    assert status(("learner",), Principal(id=new_id(), roles=frozenset({"admin"}))) == 403


def test_a_role_is_none_of_the_other_words() -> None:
    odd = Principal(id=new_id(), roles=frozenset({"own", "guardian"}))
    assert status(("own",), odd, CHILD) == 404
    assert status(("own", "guardian"), odd, CHILD) == 404


def test_a_guardian_of_nobody_is_none_where_no_person_is_named() -> None:
    assert status(("guardian",), LEARNER) == 403


def test_a_401_challenges() -> None:
    with pytest.raises(ProblemError) as raised:
        check_access(("own",), ANONYMOUS)
    assert raised.value.headers == {"WWW-Authenticate": "Bearer"}


@pytest.mark.parametrize(
    ("signed_in", "refused"), [(None, True), (1_000 - FRESH_S - 1, True), (1_000 - FRESH_S, False), (1_000, False)]
)
def test_a_sign_in_is_recent_for_five_minutes(signed_in: int | None, refused: bool) -> None:
    caller = Principal(id=new_id(), signed_in=signed_in)
    if not refused:
        check_fresh(caller, 1_000)
        return
    with pytest.raises(ProblemError) as raised:
        check_fresh(caller, 1_000)
    assert (raised.value.problem.name, raised.value.problem.status) == ("sign-in-again", 403)
