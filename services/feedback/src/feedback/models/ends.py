"""Compares each day when models end with what OpenAI's list says. A difference is told, and changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from chassis.loops import every
from chassis.observe.health import Pulse
from chassis.observe.logs import logger
from feedback.models.catalogue import Catalogue
from feedback.models.errors import ProviderError
from feedback.models.registry import Registry
from feedback.models.secret import Secret

#: the provider whose list names the day on which a model ends
PROVIDER = "openai"
_EVERY_S = 86_400.0

_log = logger(__name__)


class Lists(Protocol):
    """Lists the models of a provider."""

    async def ends(self, key: Secret | None) -> Mapping[str, date | None]:
        """Returns by their names the days on which models end. Raises `ProviderError`."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Says that a provider names another end of a model than its row does."""

    name: str
    ours: date | None
    theirs: date | None


def differences(registry: Registry, told: Mapping[str, date | None]) -> list[Difference]:
    """Returns the models of the registry whose end a provider's list gives otherwise, by the names in that list."""
    found = []
    for name, theirs in sorted(told.items()):
        model = registry.find(name)
        if model is not None and model.provider == PROVIDER and model.retires_at != theirs:
            found.append(Difference(name, model.retires_at, theirs))
    return found


class Ends:
    """Asks the provider each day, with the installation's key."""

    def __init__(self, catalogue: Catalogue, lists: Lists, key: Secret) -> None:
        self._catalogue = catalogue
        self._lists = lists
        self._key = key

    async def look(self) -> None:
        """Says in the log where the registry differs; a provider that does not answer is asked the next day."""
        try:
            told = await self._lists.ends(self._key)
        except ProviderError as error:
            _log.info("the ends of models cannot be compared", provider=PROVIDER, why=error.kind)
            return
        for each in differences(self._catalogue.registry, told):
            _log.warning(
                "a provider names another end of a model",
                model=each.name,
                ours=None if each.ours is None else each.ours.isoformat(),
                theirs=None if each.theirs is None else each.theirs.isoformat(),
            )

    async def run(self, pulse: Pulse) -> None:
        """Looks each day, until it is cancelled."""
        await every(_EVERY_S, self.look, pulse)
