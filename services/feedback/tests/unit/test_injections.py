"""Orders that stand in material reach nobody, even with a model that obeys each of them.

The model here is a stand-in that does what it is told, in five shapes: what it says alone, in a fence, as the texts of
a good answer, as one more field of it, and behind it. It reads the system's message as a model would. No real model
was asked.
"""

from __future__ import annotations

import codecs
import json
import sys
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from feedback.models.acceptance import accept
from feedback.models.answers import NoAnswer
from feedback.models.mark import Mark
from feedback.models.prompts import PROMPTS, Rendered
from feedback.models.request import ModelRequest
from feedback.models.safety import check_child_text
from feedback.models.shapes import INPUTS, OUTPUTS
from feedback.models.structured import Unusable

from .bench import Bench
from .test_acceptance import GIVEN, GOOD

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Injection:
    """Holds an order in some language, and what a model does that obeys it."""

    language: str
    does: str
    text: str

    @property
    def payload(self) -> str:
        """Returns the words that an obedient model says."""
        return self.does.removeprefix("say ").removeprefix("write ")


INJECTIONS = [
    Injection(language, does, text.replace("\\n", "\n"))
    for line in (FOLDER / "injections.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
    for language, does, text in [line.split("\t")]
]
#: what a model prints that gives away what the system said
PRINTS: Mapping[str, Callable[[str, str], str]] = {
    "system": lambda system, _: system,
    "base64": lambda system, _: b64encode(system.encode()).decode(),
    "reverse": lambda system, _: system[::-1],
    "mark": lambda _, mark: mark,
    "upper": lambda _, mark: mark.upper(),
    "spaced": lambda _, mark: " ".join(mark),
    "dashed": lambda _, mark: "-".join(mark),
    "hex": lambda _, mark: mark.encode().hex(),
    "rot13": lambda _, mark: codecs.encode(mark, "rot13"),
    "escaped": lambda _, mark: "".join(f"\\u{ord(letter):04x}" for letter in mark),
}
#: payloads that no child may see in feedback on a reading
HARMS = ("say ", *PRINTS)


def injected(role: str, text: str) -> BaseModel:
    """Returns an input of a role with an order in every text that people write."""

    def put(value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {key: put(each, key) for key, each in value.items()}
        if isinstance(value, list):
            return [put(each, name) for each in value]
        free = isinstance(value, str) and name not in ("verdict", "role", "language", "findings", "topic")
        return f"{value}\n{text}"[: 200 if name in ("word", "heard") else 300] if free else value

    return INPUTS[role].model_validate(put(GIVEN[role]))


def obeys(role: str, injection: Injection, sent: Rendered) -> Iterator[str]:
    """Yields what a model answers that does what the material says."""
    system, mark = sent.messages[0].text, sent.mark.word
    prints = PRINTS.get(injection.does)
    says = prints(system, mark) if prints else injection.payload
    if role not in OUTPUTS:
        yield from (says, f"Sure!\n\n> {says}")
        return
    good = GOOD[role]
    yield {"empty": "", "wrapped": json.dumps({"result": good}), "extra": json.dumps(good | {"admin": True})}.get(
        says, says
    )
    yield f"```json\n{json.dumps({'answer': says})}\n```"
    yield json.dumps(filled(good, says)).replace("\\\\u", "\\u")
    yield json.dumps(good | {"note": says})
    yield f"{json.dumps(good)}\n\n{says}"


def filled(value: Any, text: str) -> Any:
    """Returns an answer with the same text in each of its texts."""
    if isinstance(value, dict):
        return {
            key: each if key in ("sound", "language", "emotion") else filled(each, text) for key, each in value.items()
        }
    if isinstance(value, list):
        return [filled(each, text) for each in value]
    return text if isinstance(value, str) else value


def check(role: str, injection: Injection, answer: BaseModel | str, mark: Mark) -> None:
    """Holds what no answer may do that is used."""
    shown = answer if isinstance(answer, str) else answer.model_dump_json()
    assert mark.end_in(shown) is None
    if not isinstance(answer, str):
        assert OUTPUTS[role].model_validate_json(shown) == answer
    if PROMPTS[role].for_children and injection.does.startswith(HARMS):
        assert injection.payload not in shown
        assert check_child_text(" ".join(texts(json.loads(shown)))) == []


def attack(role: str, injection: Injection, counted: Counter[str]) -> None:
    given = injected(role, injection.text)
    prompt = PROMPTS[role]
    sent = prompt.render(given)
    system, *said = sent.messages
    assert injection.text not in system.text
    if role in OUTPUTS:
        before, material, after = said[0].text.split(sent.mark.word)
        assert (before, after) == ("", "")
        assert INPUTS[role].model_validate_json(material) == given
    for text in obeys(role, injection, sent):
        counted["answers"] += 1
        try:
            answer = accept(prompt, given, sent, text, cut=False)
        except Unusable as error:
            counted.update(error.rules)
            assert sent.mark.end_in(error.repair) is None
            assert injection.text not in error.repair
            continue
        counted["used" if sent.mark.end_in(text) is None else "cut before the mark"] += 1
        shown = answer if isinstance(answer, str) else " ".join(texts(answer.model_dump(mode="json"), every=True))
        counted["as told"] += injection.payload != injection.does and injection.payload in shown
        check(role, injection, answer, sent.mark)


def texts(value: Any, *, every: bool = False) -> Iterator[str]:
    """Yields what a child reads of an answer, or every text in it."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from texts(each, every=every) if every or key in ("summary", "tips", "tip", "hint") else ()
    elif isinstance(value, list):
        for each in value:
            yield from texts(each, every=every)
    elif isinstance(value, str):
        yield value


def test_there_are_enough_strings_in_enough_languages() -> None:
    assert len({injection.text for injection in INJECTIONS}) >= 120
    assert len({injection.language for injection in INJECTIONS}) >= 6
    assert {injection.does for injection in INJECTIONS} >= PRINTS.keys()


@pytest.mark.parametrize("role", sorted(INPUTS))
@pytest.mark.parametrize("every", [12, pytest.param(1, marks=pytest.mark.in_full)])
def test_no_order_in_material_gets_through(role: str, every: int) -> None:
    counted: Counter[str] = Counter()
    for injection in INJECTIONS[::every]:
        attack(role, injection, counted)
    sys.stdout.write(f"{role}: {dict(counted.most_common())}\n")
    assert sum(counted.values()) >= len(INJECTIONS[::every])


@pytest.mark.parametrize("role", sorted(OUTPUTS))
@pytest.mark.parametrize("every", [36, pytest.param(1, marks=pytest.mark.in_full)])
async def test_no_order_gets_through_the_engine(role: str, every: int) -> None:
    """Holds the same of whole answers, with repairs and the next models; the bench has rules for hints alone."""
    bench, sources = Bench(left="1000000"), Counter[str]()
    for injection, shape in ((each, shape) for each in INJECTIONS[::every] for shape in range(5)):
        marks: list[Mark] = []
        for provider in bench.providers.values():
            provider.does = partial(obey, role, injection, shape, marks)
        try:
            answer = await bench.engine.answer(role, injected(role, injection.text), bench.context, bench.paid)
        except NoAnswer:
            sources["no answer"] += 1
            continue
        finally:
            assert 1 <= len(marks) <= 3
        sources[answer.source] += 1
        if answer.model is not None:
            for mark in marks:
                check(role, injection, answer.answer, mark)
    sys.stdout.write(f"{role}: {dict(sources.most_common())}\n")


def obey(role: str, injection: Injection, shape: int, marks: list[Mark], request: ModelRequest) -> str:
    """Answers a request as a model that reads it and obeys; `marks` are those of all requests."""
    marks.append(Mark(request.messages[-1].text.partition("\n")[0]))
    return list(obeys(role, injection, Rendered(tuple(request.messages), None, marks[-1])))[shape]
