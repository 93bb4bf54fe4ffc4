"""Reads the topics that this release knows: their titles and their order. Other topics come after them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources

from pydantic import TypeAdapter

from content.lessons.front_matter import read_yaml


@dataclass(frozen=True, slots=True)
class Topic:
    """Holds a topic; the lowest `order` comes first."""

    topic: str
    title: str
    description: str
    order: int


@cache
def topics() -> dict[str, Topic]:
    """Returns the packaged topics by name."""
    packaged = resources.files("content.lessons").joinpath("seed", "topics.yaml").read_text(encoding="utf-8")
    return {each.topic: each for each in TypeAdapter(list[Topic]).validate_python(read_yaml(packaged))}


def topic_of(name: str) -> Topic:
    """Returns a topic; one that this release does not know is titled by its name."""
    return topics().get(name) or Topic(name, name.replace("-", " ").capitalize(), "", 999)


def position(topic: str, sequence: int) -> str:
    """Returns what lessons are sorted by: the order of topics, then the sequence within each."""
    return f"{topic_of(topic).order:03}/{topic}/{sequence:03}"
