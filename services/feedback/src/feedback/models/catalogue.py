"""Holds the models and the roles that are in force, and reads the installation's file again when it changes."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from chassis.errors import SettingsError
from chassis.loops import every
from chassis.observe import metrics
from chassis.observe.health import Pulse
from chassis.observe.logs import logger
from chassis.settings import PREFIX
from feedback.models.choices import Situation
from feedback.models.model import Model
from feedback.models.providers import PROVIDERS
from feedback.models.registry import Registry, Resolved
from feedback.models.registry_file import SHIPPED, RegistryError, Source, read_registry
from feedback.models.roles import ROLES, RULES, Role
from feedback.models.settings import ModelSettings
from feedback.models.small_model import ROW, SMALL

#: seconds after which the file is looked at again
EVERY_S = 10.0
#: days before a model's end from which the start warns of it
WARN_DAYS = 90
_FILE, _LOCAL = "VOXBUS_MODELS_FILE", "VOXBUS_LOCAL_MODEL"
#: seconds between two lines about one model that another answers for
_SAY_EVERY_S = 3600.0

#: what is known of a model of one's own; a row of VOXBUS_MODELS_FILE with its id says more
_LOCAL_ROW = """
[[model]]
id = "{id}"
provider = "local"
context_tokens = 4096
max_output_tokens = 1024
prices = [{{ from = 2026-11-28, input = 0, output = 0 }}]
checked_on = 2026-11-28
source = "named by VOXBUS_LOCAL_MODEL; nothing is known of it, so the limits are small ones"
verified = false
"""

_WRONG = (RegistryError, OSError, UnicodeDecodeError)

_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class _InForce:
    """Holds a registry and, by role, its models in order."""

    registry: Registry
    chains: Mapping[str, tuple[Model, ...]]


def utc_today() -> date:
    """Returns the day in UTC."""
    return datetime.now(UTC).date()


class Catalogue:
    """Says which models there are and which of them a role asks, in which order."""

    def __init__(
        self,
        settings: ModelSettings,
        *,
        today: Callable[[], date] = utc_today,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Reads the registry. Raises `SettingsError` with a sentence that names the line of what is wrong."""
        self._settings = settings
        self.today = today
        self._clock = clock
        self._said: dict[str, float] = {}
        self._dated: set[str] = set()
        self._wrong: str | None = None
        try:
            self._text = self._read_file()
            self._in_force = self._made(self._text)
        except _WRONG as error:
            raise SettingsError(_sentence(error)) from None

    @property
    def registry(self) -> Registry:
        """Returns the models that are in force now."""
        return self._in_force.registry

    @property
    def chains(self) -> Mapping[str, tuple[Model, ...]]:
        """Returns by role the models that it asks, as they were named, in order."""
        return self._in_force.chains

    def chosen(self, role: str, situation: Situation) -> tuple[tuple[Model, ...], Decimal | None]:
        """Returns the models of a role for a situation, in order, and the US dollars that one call may cost at most.

        An order that the installation has set stays, and a server of its own keeps its place.
        """
        choice = next((each for each in self.registry.choices if each.role == role and each.fits(situation)), None)
        own = self.chains[role]
        if choice is None or self._settings.order_of(role) is not None:
            return own, None if choice is None else choice.usd
        named = [model for model in map(self.registry.find, choice.models) if model is not None]
        local = [model for model in own if model.provider == "local"]
        first = bool(own) and own[0].provider == "local"
        order = [*local, *named] if first else [*named, *local]
        return tuple(dict.fromkeys(order)), choice.usd

    def answered(self, can_call: Callable[[str], bool]) -> tuple[str, ...]:
        """Returns the roles for which a model can be asked; `can_call` tells it of a provider."""
        return tuple(role for role, chain in self.chains.items() if any(can_call(model.provider) for model in chain))

    def resolved(self, model: Model) -> Resolved:
        """Says which model answers for one today."""
        return self.registry.resolve(model, self.today(), self._settings.ai_retiring_days)

    def status_of(self, model: Model) -> str:
        """Tells whether a model is active, retiring or retired today."""
        return model.status_on(self.today(), self._settings.ai_retiring_days)

    def answering_for(self, model: Model) -> Resolved:
        """Says which model answers for one today, counts where that is another, and logs it once an hour."""
        found = self.resolved(model)
        if found.used is not model:
            used = "none" if found.used is None else found.used.id
            metrics.AI_REPLACED.labels(model.id, used).inc()
            if self._clock() >= self._said.get(model.id, 0.0):
                self._said[model.id] = self._clock() + _SAY_EVERY_S
                _log.warning("another model answers for one that retires", requested=model.id, used=used)
        return found

    def look(self) -> None:
        """Reads the installation's file again if it has changed, and tells how many days models have left.

        What is wrong with it leaves everything as it was, and is said in the log once.
        """
        wrong = None
        try:
            text = self._read_file()
            if text != self._text:
                self._in_force, self._text = self._made(text), text
                _log.info("the models were read again", file=_FILE)
        except _WRONG as error:
            wrong = _sentence(error)
        if wrong is not None and wrong != self._wrong:
            _log.error("the models stay as they were", reason=wrong)
        self._wrong = wrong
        metrics.AI_MODELS_FILE_WRONG.set(wrong is not None)
        self._tell_days()

    async def run(self, pulse: Pulse, shows: Sequence[Callable[[], None]] = ()) -> None:
        """Looks again and again, until it is cancelled, and lets others show what they know at the same time."""

        async def look() -> None:
            self.look()
            for show in shows:
                show()

        await every(EVERY_S, look, pulse)

    def warn(self) -> None:
        """Says in the log which models of roles will soon be gone."""
        for model, left in self._ends().items():
            if left < WARN_DAYS:
                roles = sorted(role for role, chain in self.chains.items() if model in chain)
                _log.warning("a model that roles use will be gone", model=model.id, days=left, roles=roles)

    def _ends(self) -> dict[Model, int]:
        """Returns the days left of each model that a role uses and whose end is known."""
        today = self.today()
        named = [model for chain in self.chains.values() for model in chain]
        used = [*named, *(found.used for found in map(self.resolved, named) if found.used is not None)]
        return {model: (model.retires_at - today).days for model in used if model.retires_at is not None}

    def _tell_days(self) -> None:
        left = {model.id: days for model, days in self._ends().items()}
        for gone in self._dated - left.keys():
            metrics.AI_MODEL_DAYS_LEFT.remove(gone)
        for id, days in left.items():
            metrics.AI_MODEL_DAYS_LEFT.labels(id).set(days)
        self._dated = set(left)

    def _read_file(self) -> str | None:
        path = self._settings.models_file
        return None if path is None else path.read_text(encoding="utf-8")

    def _made(self, text: str | None) -> _InForce:
        """Reads registry and roles. Raises `RegistryError`."""
        sources, own = [Source("registry.toml", SHIPPED.read_text(encoding="utf-8"))], self._settings.local_model
        if own is not None:
            if read_registry(sources, PROVIDERS).find(own) is not None:
                raise RegistryError(f"{_LOCAL} is wrong: a model of another provider has this name.")
            sources.append(Source(_LOCAL, ROW if self._settings.has_small_model else _LOCAL_ROW.format(id=own)))
        if text is not None:
            sources.append(Source(_FILE, text))
        registry = read_registry(sources, PROVIDERS)
        return _InForce(registry, {name: self._chain(role, registry) for name, role in ROLES.items()})

    def _chain(self, role: Role, registry: Registry) -> tuple[Model, ...]:
        """Returns the models of a role: those of its setting, or its own after the local one, before the small one."""
        setting, set_to = f"{PREFIX}ROLE_{role.name.upper()}", self._settings.order_of(role.name)
        if set_to is not None and set_to.strip() == RULES:
            return ()
        own, local = role.models, self._settings.local_model
        if local is not None and role.kind == "chat":
            own = (*own, SMALL) if self._settings.has_small_model else (local, *own)
        names = own if set_to is None else tuple(name.strip() for name in set_to.split(","))
        found = [registry.find(name) for name in names]
        for number, model in enumerate(found, 1):
            if model is None or model.kind != role.kind:
                raise RegistryError(f"{setting} is wrong: its item {number} is no {role.kind} model of GET /ai/models.")
            if set_to is not None and not model.answers_for(role.name):
                raise RegistryError(f"{setting} is wrong: its item {number} may not be asked for this role.")
        return tuple(dict.fromkeys(each for each in found if each is not None and each.answers_for(role.name)))


def _sentence(error: Exception) -> str:
    """Says what is wrong, never with what the file holds."""
    if isinstance(error, RegistryError):
        return str(error)
    reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
    return f"{_FILE} cannot be read: {reason}."
