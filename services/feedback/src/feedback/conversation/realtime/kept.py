"""Keeps the items of a conversation in order, as text, to tell them to a provider that has lost them."""

from __future__ import annotations

from dataclasses import dataclass

from feedback.conversation.realtime.meanings import Item, Role

#: characters and items kept of one conversation; beyond them the oldest items go
MOST_CHARACTERS, MOST_ITEMS = 200_000, 1_000


@dataclass(slots=True)
class _Kept:
    role: Role
    text: str
    #: whether the text is what was heard, to which nothing more is added
    is_final: bool = False


class Kept:
    """Holds the messages of one session. Nothing of it is written anywhere."""

    def __init__(self) -> None:
        self._order: list[str] = []
        self._items: dict[str, _Kept] = {}
        #: items that were deleted, of which a provider may still tell something
        self._gone: dict[str, None] = {}
        self._told: set[str] = set()

    def put(self, id: str, previous: str | None, role: Role, text: str) -> None:
        """Adds an item behind `previous`, at the end if that is not known; one that is there keeps its place."""
        known = self._items.get(id)
        if id in self._gone:
            return
        if known is None:
            place = self._order.index(previous) + 1 if previous in self._items else len(self._order)
            self._order.insert(place, id)
            self._items[id] = _Kept(role, text)
        elif text and not known.is_final:
            known.text = text
        self._shorten()

    def say(self, id: str, text: str, *, whole: bool) -> None:
        """Adds words to an item, or replaces all of them."""
        item = self._items.get(id)
        if item is not None and not item.is_final:
            item.text = text if whole else item.text + text

    def cut(self, id: str, part: float) -> None:
        """Shortens an item to the part of it that was heard, at the end of a word."""
        item = self._items.get(id)
        if item is not None and not item.is_final:
            item.text, item.is_final = heard(item.text, part), True

    def drop(self, id: str) -> None:
        """Drops an item for good."""
        self._gone[id] = None
        if len(self._gone) > MOST_ITEMS:
            del self._gone[next(iter(self._gone))]
        if self._items.pop(id, None) is not None:
            self._order.remove(id)

    def items(self) -> list[Item]:
        """Returns the items that have words, oldest first."""
        found = [(id, self._items[id]) for id in self._order]
        return [Item(id, item.role, item.text) for id, item in found if item.text.strip()]

    def tell(self) -> tuple[str, str]:
        """Returns what was said and answered since it was asked last, up to the last answer."""
        fresh = [item for item in self.items() if item.id not in self._told]
        while fresh and fresh[-1].role != "assistant":
            fresh.pop()
        self._told |= {item.id for item in fresh}
        said, answered = (
            " ".join(item.text.strip() for item in fresh if item.role == role) for role in ("user", "assistant")
        )
        return said, answered

    def _shorten(self) -> None:
        left = sum(len(item.text) for item in self._items.values()) - MOST_CHARACTERS
        while (left > 0 and len(self._order) > 1) or len(self._order) > MOST_ITEMS:
            left -= len(self._items[self._order[0]].text)
            self.drop(self._order[0])


def heard(text: str, part: float) -> str:
    """Returns the first part of a text, without a word that was not heard to its end."""
    end = int(len(text) * part)
    if end >= len(text):
        return text
    if not text[end].isspace():
        end = max(text.rfind(" ", 0, end), 0)
    return text[:end].rstrip()
