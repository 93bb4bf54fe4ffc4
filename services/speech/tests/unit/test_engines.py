"""Conformance of every engine in the table, and the choice among them."""

import numpy as np
import pytest

from speech.audio import RATE
from speech.engines import DEFAULT, ENGINES, FALLBACKS, Engine, EngineUnavailable, choose

from .sounds import decoded, hum, sample

#: those that are not the default take their turn in full
NAMES = [DEFAULT, *(pytest.param(name, marks=pytest.mark.in_full) for name in sorted(ENGINES) if name != DEFAULT)]


@pytest.fixture(scope="module", params=NAMES)
def engine(request: pytest.FixtureRequest) -> Engine:
    return ENGINES[request.param]()


def test_engine_hears_the_words(engine: Engine) -> None:
    heard = engine.transcribe(decoded(sample("peter-piper.webm"))).lower()
    assert "peter piper picked" in heard


@pytest.mark.in_full
def test_engine_hears_the_same_whatever_came_before(engine: Engine) -> None:
    samples = decoded(sample("she-sells.webm"))
    first = engine.transcribe(samples)
    engine.transcribe(hum(1, -30))
    assert engine.transcribe(samples) == first


def test_engine_answers_text_to_silence_too(engine: Engine) -> None:
    assert isinstance(engine.transcribe(np.zeros(RATE, np.int16)), str)


def test_engine_names_itself_and_its_version(engine: Engine) -> None:
    assert ENGINES[engine.name] is type(engine)
    assert any(char.isdigit() for char in engine.version)


def test_default_and_fallbacks_are_in_the_table() -> None:
    assert {DEFAULT, *FALLBACKS, *FALLBACKS.values()} <= set(ENGINES)


class Spare:
    name = "sphinx"
    version = "1"

    def transcribe(self, samples: object) -> str:
        return ""


def missing() -> Engine:
    raise EngineUnavailable("moonshine has no wheel for this system.")


def test_fallback_says_so() -> None:
    chosen = choose("moonshine", {"moonshine": missing, "sphinx": Spare})
    assert chosen.engine.name == "sphinx"
    assert chosen.notice == "moonshine has no wheel for this system. Using sphinx instead."
    assert choose("sphinx", {"sphinx": Spare}).notice is None


def test_nothing_stands_in_for_an_unknown_engine_or_the_last_one() -> None:
    with pytest.raises(EngineUnavailable, match="no speech engine 'whisperer'"):
        choose("whisperer")
    with pytest.raises(EngineUnavailable):
        choose("sphinx", {"sphinx": missing})
