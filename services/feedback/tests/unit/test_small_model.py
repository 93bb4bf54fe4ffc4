"""Tests where the small model may answer, and that a child process of its own serves it and is started again.

The child of these tests serves a stand-in; `tests/e2e/test_small_model.py` streams from the model itself.
"""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from contextlib import nullcontext
from datetime import date
from pathlib import Path

import pytest

from chassis.errors import SettingsError
from feedback import service
from feedback.models import small_model
from feedback.models.begun import Begun
from feedback.models.catalogue import Catalogue
from feedback.models.errors import ProviderError
from feedback.models.providers import small
from feedback.models.providers.small import SmallProvider, threads_of
from feedback.models.request import ChatMessage, Finished, ModelRequest, Text
from feedback.models.settings import ModelSettings
from services.feedback.tests.unit.bench import Bench
from services.feedback.tests.unit.small_stand_in import serve_stand_in

TODAY = date(2026, 11, 29)
REQUEST = ModelRequest(model="smollm2-135m", messages=[ChatMessage("user", "Who is it for?")], max_output_tokens=40)


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    monkeypatch.setattr(small, "serve", serve_stand_in)
    return Clock()


@pytest.fixture
async def provider(clock: Clock) -> AsyncIterator[SmallProvider]:
    found = SmallProvider(Path("it"), clock=clock)
    yield found
    await found.aclose()


async def asked(provider: SmallProvider) -> str:
    try:
        pieces = [piece async for piece in provider.stream(REQUEST, None, nullcontext)]
    except ProviderError as error:
        return error.kind
    assert isinstance(pieces[-1], Finished)
    return "".join(piece.text for piece in pieces if isinstance(piece, Text))


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


async def test_a_child_serves_it_is_started_again_and_ends_with_us(provider: SmallProvider) -> None:
    assert await asked(provider) == "unreachable"
    await provider.look()
    said = f"it in {threads_of(len(os.sched_getaffinity(0)))}"
    assert await asked(provider) == said
    first = provider.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    await provider.look()
    assert (provider.pid, await asked(provider), gone(first)) == (None, "unreachable", True)
    await provider.look()
    second = provider.pid
    assert await asked(provider) == said
    await provider.aclose()
    assert second is not None
    assert second != first
    assert gone(second)


async def test_a_file_that_cannot_be_loaded_is_tried_ever_more_rarely(clock: Clock) -> None:
    provider = SmallProvider(Path("broken"), clock=clock)
    waits = []
    for _ in range(3):
        await provider.look()
        assert provider.pid is None
        assert await asked(provider) == "unreachable"
        begun = clock.now
        while clock() < provider.again_at:
            clock.now += 1
        waits.append(clock.now - begun)
    assert waits == [0, 1, 3]
    await provider.aclose()


def serve_nothing(*_: object) -> None:
    raise ImportError("libgomp.so.1: cannot open shared object file")


async def test_an_engine_that_cannot_be_imported_is_tried_again_like_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(small, "serve", serve_nothing)
    clock = Clock()
    provider = SmallProvider(Path("it"), clock=clock)
    provider._failures = 2000  # after a day of it
    await provider.look()
    assert (provider.pid, await asked(provider), provider.again_at - clock()) == (None, "unreachable", 60)
    await provider.aclose()


@pytest.mark.parametrize(("cores", "threads"), [(1, 1), (2, 1), (3, 1), (4, 2), (16, 8)])
def test_half_of_the_cores_compute(cores: int, threads: int) -> None:
    assert threads_of(cores) == threads


def catalogue(**settings: object) -> Catalogue:
    return Catalogue(ModelSettings(**settings), today=lambda: TODAY)  # type: ignore[arg-type]


def test_it_answers_in_conversations_alone_after_all_others_and_says_what_it_is() -> None:
    found = catalogue(local_model="smollm2")
    assert [role for role, chain in found.chains.items() if any(model.small for model in chain)] == ["conversation"]
    model = found.chains["conversation"][-1]
    assert (model.id, model.provider, found.registry.find("SmolLM2")) == ("smollm2-135m", "local", model)
    assert [each["code"] for each in found.resolved(model).notices] == ["small-model"]


def test_a_setting_gives_it_no_other_role() -> None:
    found = catalogue(local_model="smollm2", role_conversation="smollm2")
    assert [model.id for model in found.chains["conversation"]] == ["smollm2-135m"]
    with pytest.raises(SettingsError, match=r"^VOXBUS_ROLE_LESSON_HINT is wrong: its item 2 may not be asked for this"):
        catalogue(local_model="smollm2", role_lesson_hint="gpt-6-luna,smollm2")


def test_a_server_of_ones_own_may_have_a_model_of_that_name() -> None:
    found = catalogue(local_model="smollm2", local_base_url="http://127.0.0.1:9/v1")
    model = found.chains["lesson_hint"][0]
    assert (model.id, model.small) == ("smollm2", False)


def test_a_start_without_the_model_ends_with_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOXBUS_LOCAL_MODEL", "smollm2")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(small_model, "_PACKAGE", "model_of_this_test")
    monkeypatch.setattr(small_model, "ENGINE", "json")
    package = tmp_path / "model_of_this_test"
    package.mkdir()
    sentence = "VOXBUS_LOCAL_MODEL=smollm2 needs the model that `make model` installs: it is not whole."
    for file in (None, "__init__.py", small_model._FILE):
        if file is not None:
            (package / file).touch()
        with pytest.raises(SettingsError) as told:
            service.SERVICE.judge(None)  # type: ignore[arg-type,misc]
        assert str(told.value) == sentence


async def test_it_answers_everybody_and_says_so() -> None:
    bench = Bench(local_model="smollm2", role_conversation="smollm2").says(local=["Buy a kettle."])
    begun = await bench.talk("Who is it for?", person=None)
    assert isinstance(begun, Begun)
    assert (begun.source, begun.paid_by, bench.calls) == ("local/smollm2-135m", "nobody", {"local": 1})
    assert [each["code"] for each in begun.notices] == ["small-model"]
    await begun.pieces.aclose()
