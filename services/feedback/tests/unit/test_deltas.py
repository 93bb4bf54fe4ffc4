"""Tests what a client is told of a text while it is written."""

from __future__ import annotations

from typing import Any

from feedback.models.deltas import Deltas


class Listener:
    """Puts together what it is told, as a client does, at moments of the test's choice."""

    def __init__(self) -> None:
        self.now = 100.0
        self.told: list[dict[str, Any]] = []
        self.text = ""

    async def hear(self, progress: dict[str, Any]) -> None:
        assert progress["from"] <= len(self.text)
        self.text = self.text[: progress["from"]] + progress["text"]
        self.told.append(progress)


def deltas(listener: Listener) -> Deltas:
    return Deltas(listener.hear, lambda: listener.now)


async def test_new_text_comes_with_its_place_and_each_second_the_whole() -> None:
    listener = Listener()
    writing, text = deltas(listener), ""
    for n in range(30):
        listener.now += 0.1
        text += f"word{n} "
        await writing.tell(text)
        assert listener.text == text
    wholes = [n for n, told in enumerate(listener.told) if told["from"] == 0]
    assert wholes[0] == 0
    assert len(wholes) == 3
    assert all(told["from"] == 0 or len(told["text"]) < 10 for told in listener.told)


async def test_at_most_twenty_a_second_and_nothing_is_lost() -> None:
    listener = Listener()
    writing, text = deltas(listener), ""
    for n in range(1000):
        listener.now = 100 + n / 500  # two seconds
        text += "é"
        await writing.tell(text)
    assert 30 <= len(listener.told) <= 41
    listener.now += 1
    await writing.tell(text + "!")
    assert listener.text == text + "!"


async def test_another_answer_starts_over() -> None:
    listener = Listener()
    writing = deltas(listener)
    await writing.tell("The first model began")
    listener.now += 0.1
    await writing.tell("The other")
    assert listener.told[-1] == {"text": "The other", "from": 0}


async def test_the_same_text_is_not_told_twice() -> None:
    listener = Listener()
    writing = deltas(listener)
    for _ in range(3):
        listener.now += 2
        await writing.tell("All there is.")
    assert len(listener.told) == 1
