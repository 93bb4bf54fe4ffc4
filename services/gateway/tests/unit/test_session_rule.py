"""Tests what becomes of a session when a refresh token is presented, case by case."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.edge.auth.session_rule import REUSED, State, Verdict, judge, spent_after

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
GRACE = timedelta(seconds=10)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def state(
    generation: int,
    *spent: float,
    used: int = 0,
    ends_in: float = 60,
    why_ended: str | None = None,
) -> State:
    """Returns a session whose newest tokens were spent so many seconds ago, the oldest first."""
    return State(generation, [ago(each) for each in spent], used, ago(-ends_in), why_ended)


#: what is presented to which session, and what follows
CASES: dict[str, tuple[State, int, Verdict]] = {
    "the first token": (state(1), 1, Verdict.SPEND),
    "the first token, after its access token was used": (state(1, used=1), 1, Verdict.SPEND),
    "the newest of many": (state(7, 900, used=7), 7, Verdict.SPEND),
    "the newest, a moment after it was given": (state(2, 0.1), 2, Verdict.SPEND),
    "spent a moment ago": (state(2, 1), 1, Verdict.REPEAT),
    "spent a moment ago, and its successor's access token is used": (state(2, 1, used=2), 1, Verdict.REPEAT),
    "spent a moment ago, and its successor too": (state(3, 2, 1), 1, Verdict.REPEAT),
    "spent a moment ago, and its successor too, whose successor is used": (state(3, 2, 1, used=3), 1, Verdict.REPEAT),
    "spent just within the grace": (state(2, 9.999, used=2), 1, Verdict.REPEAT),
    "spent just when the grace ends": (state(2, 10, used=2), 1, Verdict.END),
    "spent by another replica that began later": (state(2, -0.5, used=2), 1, Verdict.REPEAT),
    "the answer was lost long ago": (state(2, 86_400), 1, Verdict.REPEAT),
    "the answer was lost, and only older access tokens were used": (state(2, 86_400, used=1), 1, Verdict.REPEAT),
    "the access token of the successor was used": (state(2, 11, used=2), 1, Verdict.END),
    "the successor was used": (state(3, 900, 1), 1, Verdict.END),
    "the successor was used, long ago": (state(3, 900), 1, Verdict.END),
    "the successor was used within the grace, this one before": (state(3, 11, 1, used=2), 1, Verdict.END),
    "the one before the lost answer": (state(3, 11, 1, used=2), 2, Verdict.REPEAT),
    "a very old one": (state(50, 20, 10.5, 1), 3, Verdict.END),
    "of a session that has signed out": (state(2, 1, why_ended="logout"), 2, Verdict.INVALID),
    "spent, of a session that has signed out": (state(3, 900, 1, why_ended="logout"), 1, Verdict.INVALID),
    "the newest, after a theft was seen": (state(3, 900, 1, why_ended=REUSED), 3, Verdict.ENDED),
    "spent, after a theft was seen": (state(3, 900, 1, why_ended=REUSED), 1, Verdict.ENDED),
    "of a session whose time is over": (state(1, ends_in=0), 1, Verdict.INVALID),
    "spent, of a session whose time is over": (state(3, 900, 800, ends_in=-1), 1, Verdict.INVALID),
    "ahead of its session, which comes from a backup": (state(2, 1), 3, Verdict.INVALID),
}


@pytest.mark.parametrize(("of", "presented", "verdict"), CASES.values(), ids=CASES)
def test_a_refresh_token_is_spent_given_again_or_ends_its_session(of: State, presented: int, verdict: Verdict) -> None:
    assert judge(of, presented, NOW, GRACE) is verdict


def test_without_a_grace_a_spent_token_is_given_again_only_while_its_successor_is_unused() -> None:
    none = timedelta(0)
    assert judge(state(2, 0, used=1), 1, NOW, none) is Verdict.REPEAT
    assert judge(state(2, 0, used=2), 1, NOW, none) is Verdict.END
    assert judge(state(3, 0, 0), 1, NOW, none) is Verdict.END


def test_a_session_remembers_when_tokens_were_spent_only_while_their_grace_runs() -> None:
    assert spent_after(state(1), NOW, GRACE) == [NOW]
    assert spent_after(state(4, 11, 10, 3), NOW, GRACE) == [ago(3), NOW]
    assert spent_after(state(3, 900, 11), NOW, GRACE) == [NOW]
    # two replicas whose transactions began in the other order: none in the middle is lost
    assert spent_after(state(4, 3, 11, 2), NOW, GRACE) == [ago(3), ago(11), ago(2), NOW]


def test_twenty_tabs_get_one_successor_whatever_happens_to_it_meanwhile() -> None:
    now = state(1)
    assert judge(now, 1, NOW, GRACE) is Verdict.SPEND
    spent = spent_after(now, NOW, GRACE)
    for used, generation in ((0, 2), (2, 2), (2, 3), (3, 4)):
        times = [*spent, *[NOW] * (generation - 2)]
        later = State(generation, times, used, ago(-60))
        assert judge(later, 1, NOW + timedelta(seconds=9), GRACE) is Verdict.REPEAT


#: a step of a client or a thief: seconds that pass, then how old a token is presented or whose access token is used
STEPS = st.tuples(st.sampled_from((0, 1, 4, 9, 11, 3600)), st.sampled_from(("refresh", "use")), st.integers(0, 3))


@given(st.lists(STEPS, max_size=40))
def test_the_rule_is_that_of_a_session_that_remembers_everything(steps: list[tuple[int, str, int]]) -> None:
    now, session = NOW, replace(state(1), ends_at=NOW + timedelta(days=30))
    spent: dict[int, datetime] = {}
    used: set[int] = set()
    for seconds, what, age in steps:
        now += timedelta(seconds=seconds)
        token = max(1, session.generation - age)
        if what == "use":
            used.add(token)
            session = replace(session, used_generation=max(session.used_generation, token))
            continue
        verdict = judge(session, token, now, GRACE)
        if token not in spent:
            assert verdict is Verdict.SPEND
            spent[token] = now
            times = spent_after(session, now, GRACE)
            session = replace(session, generation=token + 1, spent=times)
            assert len(times) <= len(spent)
        elif now - spent[token] < GRACE or not (token + 1 in spent or token + 1 in used):
            assert verdict is Verdict.REPEAT
        else:
            assert verdict is Verdict.END
            return
