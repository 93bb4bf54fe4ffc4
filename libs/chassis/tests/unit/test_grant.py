"""Tests what becomes of a grant; two workers that may die anywhere are walked through in every order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from chassis.storage.grant import (
    MARGIN_S,
    Grant,
    Tokens,
    Verdict,
    granted,
    judge,
    refreshed,
    refused,
    state_of,
    taken,
    unanswered,
)

NOW = 1_000_000.0
GRANT = granted(Tokens("access-1", "refresh-1", 7200, ("tweet.read",)), NOW)
OLD = GRANT.expires_at
TAKEN = taken(GRANT, OLD + 30)
ENDED = replace(GRANT, expires_at=NOW)


def test_an_access_token_is_given_until_it_ends_and_then_refreshed() -> None:
    assert judge(GRANT, NOW) is Verdict.GIVE
    assert judge(GRANT, OLD - MARGIN_S - 1) is Verdict.GIVE
    assert judge(GRANT, OLD - MARGIN_S) is Verdict.TAKE
    assert judge(GRANT, OLD + 10**6) is Verdict.TAKE
    assert "access-1" not in repr(GRANT)
    assert "refresh-1" not in repr(GRANT)


def test_while_another_one_refreshes_the_old_token_is_given_as_long_as_it_is_good() -> None:
    assert TAKEN.refresh_token is None
    assert (state_of(TAKEN, OLD), judge(TAKEN, OLD - 1)) == ("refreshing", Verdict.GIVE)
    assert judge(TAKEN, OLD) is Verdict.WAIT


def test_a_refresh_whose_end_nobody_knows_asks_the_person() -> None:
    at = OLD + 30
    assert (state_of(TAKEN, at), judge(TAKEN, at)) == ("unknown", Verdict.CONNECT_AGAIN)
    assert judge(taken(GRANT, NOW + 30), NOW + 30) is Verdict.CONNECT_AGAIN  # also while the old access token is good


def test_new_tokens_replace_the_old_ones_unless_the_provider_keeps_its_refresh_token() -> None:
    new = refreshed(unanswered(GRANT, NOW), Tokens("access-2", "refresh-2", 60, ()), NOW)
    assert new == Grant("access-2", NOW + 60, "refresh-2", ("tweet.read",))
    assert refreshed(GRANT, Tokens("access-2", None, 60), NOW).refresh_token == "refresh-1"


def test_silence_revokes_nothing_and_is_not_answered_by_a_storm() -> None:
    grant, at = GRANT, OLD
    for silent, pause in enumerate((2, 4, 8, 16, 60, 60), start=1):
        grant = unanswered(grant, at)
        assert grant.refresh_token == "refresh-1"
        assert state_of(grant, at) == ("paused" if silent >= 5 else "connected")
        assert judge(grant, at + pause - 1) is Verdict.REST
        assert judge(grant, at + pause) is Verdict.TAKE
        at += pause
    assert judge(unanswered(GRANT, OLD - 50), OLD - 49) is Verdict.GIVE
    assert refreshed(grant, Tokens("access-2", "refresh-2", 60), at).silent == 0


def test_a_refusal_counts_when_it_comes_twice_a_minute_apart() -> None:
    once = refused(unanswered(GRANT, OLD), OLD)
    assert (state_of(once, OLD), judge(once, OLD + 59), judge(once, OLD + 60)) == (
        "connected",
        Verdict.REST,
        Verdict.TAKE,
    )
    twice = refused(once, OLD + 60)
    assert (twice.access_token, twice.refresh_token) == ("", None)
    assert (state_of(twice, OLD + 60), judge(twice, OLD + 10**6)) == ("refused", Verdict.CONNECT_AGAIN)
    assert refreshed(once, Tokens("access-2", "refresh-2", 60), OLD).refused_at is None


def test_without_a_refresh_token_a_grant_ends_with_its_access_token() -> None:
    grant = granted(Tokens("access-1", None, 100), NOW)
    assert (state_of(grant, NOW + 99), judge(grant, NOW + 99)) == ("connected", Verdict.GIVE)
    assert (state_of(grant, NOW + 100), judge(grant, NOW + 100)) == ("refused", Verdict.CONNECT_AGAIN)


@dataclass(frozen=True)
class World:
    """Holds a store, a provider and two workers. `step` of a worker: 0 looks, 1 writes, 2 asks, 3 stores, 4 is done."""

    kept: Grant = ENDED
    mark: int = 0
    good: str = "refresh-1"
    sent: tuple[str, ...] = ()
    steps: tuple[int, int] = (0, 0)
    seen: tuple[tuple[Grant, int] | None, ...] = (None, None)
    given: tuple[str | None, ...] = (None, None)
    dead: tuple[bool, bool] = (False, False)


def put(values: tuple, worker: int, value: object) -> tuple:  # type: ignore[type-arg]
    return (*values[:worker], value, *values[worker + 1 :])


def moved(world: World, worker: int) -> World:
    """Returns the world after the next step of a worker, as `Vault` does it."""
    step, seen = world.steps[worker], world.seen[worker]
    if step == 0:
        verdict = judge(world.kept, NOW)
        seen = (world.kept, world.mark)
        return replace(
            world,
            seen=put(world.seen, worker, seen),
            steps=put(world.steps, worker, 1 if verdict is Verdict.TAKE else 4 if verdict is not Verdict.WAIT else 0),
        )
    assert seen is not None
    if step == 1:
        if world.mark != seen[1]:
            return replace(world, steps=put(world.steps, worker, 0))
        mark = world.mark + 1
        return replace(
            world,
            kept=taken(seen[0], NOW + 30),
            mark=mark,
            seen=put(world.seen, worker, (seen[0], mark)),
            steps=put(world.steps, worker, 2),
        )
    if step == 2:
        token = seen[0].refresh_token
        assert token is not None
        answer = "refresh-2" if token == world.good else None
        return replace(
            world,
            sent=(*world.sent, token),
            good=answer or "",  # a spent token ends the family
            given=put(world.given, worker, answer),
            steps=put(world.steps, worker, 3),
        )
    kept, mark = world.kept, world.mark
    answer = world.given[worker]
    if mark == seen[1] and answer is not None:
        kept, mark = refreshed(seen[0], Tokens("access-2", answer, 7200), NOW), mark + 1
    return replace(world, kept=kept, mark=mark, steps=put(world.steps, worker, 4))


def following(world: World) -> Iterator[World]:
    for worker in (0, 1):
        if world.dead[worker] or world.steps[worker] == 4:
            continue
        yield moved(world, worker)
        yield replace(world, dead=put(world.dead, worker, True))


def test_in_every_order_and_wherever_workers_die_a_refresh_token_is_sent_once() -> None:
    todo, known = [World()], {World()}
    while todo:
        world = todo.pop()
        assert len(set(world.sent)) == len(world.sent), world
        assert world.kept.refresh_token in (None, world.good)
        for next_one in following(world):
            if next_one not in known:
                known.add(next_one)
                todo.append(next_one)
    ends = [world for world in known if not list(following(world))]
    assert len(ends) > 10
    later = {state_of(world.kept, NOW + 30) for world in ends}
    assert later == {"connected", "unknown"}
    for world in ends:
        lost = world.sent and world.good != world.kept.refresh_token
        assert not lost or state_of(world.kept, NOW + 30) == "unknown"


def test_the_model_ends_with_new_tokens_when_nobody_dies() -> None:
    world = World()
    for worker in (0, 0, 0, 0, 1):
        world = moved(world, worker)
    assert (world.kept.access_token, world.kept.refresh_token, world.steps) == ("access-2", "refresh-2", (4, 4))
