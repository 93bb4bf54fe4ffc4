"""Tests for how long a refused key is paused."""

from chassis.delivery.key_backoff import KeyBackoff


def test_a_refused_key_rests_twice_as_long_each_time_until_there_is_room() -> None:
    now = 100.0
    pauses = KeyBackoff(lambda: now)
    rests = []
    for _ in range(7):
        rests.append(pauses.refused("work"))
        assert pauses.refused("work") is None  # all that was under way is refused: one pause
        assert pauses.keys() == ["work"]
        now += rests[-1] or 0
        assert pauses.keys() == []
    assert rests == [1, 2, 4, 8, 16, 30, 30]
    pauses.confirmed("work")
    assert pauses.refused("work") == 1
