"""Finds models by their names, and says which one answers today for a name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from feedback.models.choices import Choice
from feedback.models.model import Model
from feedback.models.names import plain
from feedback.models.notices import SMALL_MODEL, Notice, model_replaced, model_retiring
from feedback.models.request import Profile


@dataclass(frozen=True, slots=True)
class Resolved:
    """Holds the model that answers for another today; None if there is none any more."""

    requested: Model
    used: Model | None
    notices: tuple[Notice, ...] = ()


class Registry:
    """Holds the models by their ids, and never changes: another file makes another registry."""

    def __init__(
        self,
        models: Mapping[str, Model],
        profiles: Mapping[str, Profile],
        names: Mapping[str, str],
        choices: Sequence[Choice] = (),
    ) -> None:
        """Takes `names`, the ids by every name in its plain form; of `choices` the first that fits counts."""
        self.models = models
        self.choices = choices
        self._profiles = profiles
        self._names = names

    def find(self, name: str) -> Model | None:
        """Returns the model that has this id or alias, however it is written."""
        id = self._names.get(plain(name))
        return None if id is None else self.models[id]

    def profile_of(self, model: Model) -> Profile:
        """Returns how a model is asked."""
        return self._profiles[model.profile]

    def resolve(self, model: Model, today: date, retiring_days: int) -> Resolved:
        """Follows successors from a model that is about to retire to one that is not.

        Whoever has no successor that still answers does so until its own last day. `today` is a day of UTC.
        """
        used = last = model
        while last.status_on(today, retiring_days) != "active" and last.successor is not None:
            last = self.models[last.successor]
            if last.status_on(today, retiring_days) != "retired":
                used = last
        status = used.status_on(today, retiring_days)
        notices = (model_replaced(model, used),) if used is not model else ()
        if status == "retired":
            return Resolved(model, None)
        if status == "retiring":
            notices = (*notices, model_retiring(used))
        return Resolved(model, used, (*notices, SMALL_MODEL) if used.small else notices)
