"""Lists the transcription engines: each has one file and one name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from speech.engines.base import Engine, EngineUnavailable
from speech.engines.moonshine import Moonshine
from speech.engines.sphinx import Sphinx

__all__ = ["DEFAULT", "ENGINES", "FALLBACKS", "Chosen", "Engine", "EngineUnavailable", "choose"]

#: A factory loads the models, which takes up to a second, or raises `EngineUnavailable`.
ENGINES: Mapping[str, Callable[[], Engine]] = {"moonshine": Moonshine, "sphinx": Sphinx}

DEFAULT = "moonshine"

#: Which engine takes the place of one that cannot run here.
FALLBACKS: Mapping[str, str] = {"moonshine": "sphinx"}


@dataclass(frozen=True)
class Chosen:
    """Holds an engine ready to work, and a sentence for the log if it is not the requested one."""

    engine: Engine
    notice: str | None = None


def choose(name: str, engines: Mapping[str, Callable[[], Engine]] = ENGINES) -> Chosen:
    """Loads the named engine, or the one that stands in for it.

    Raises `EngineUnavailable` for an unknown name, or when nothing can stand in.
    """
    if name not in engines:
        raise EngineUnavailable(f"There is no speech engine {name!r}; known are {', '.join(sorted(engines))}.")
    try:
        return Chosen(engines[name]())
    except EngineUnavailable as error:
        instead = FALLBACKS.get(name)
        if instead is None:
            raise
        return Chosen(engines[instead](), notice=f"{error} Using {instead} instead.")
