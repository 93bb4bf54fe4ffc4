"""Reads the prompts, and renders what a model is sent.

A prompt is a file, `prompts/<role>/<n>.md`, with the JSON Schemas of its role's input and answer beside it. A file that
was released never changes: another wording is another number, so that an answer of long ago can be explained by role
and number (`make check` compares the files with `prompts/SHA256SUMS`).

What people wrote goes into user messages alone. In a conversation it stands there as it is. Everywhere else it is
material, and stands as JSON between two lines that hold the mark of this call.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from string import Template
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel

from feedback.models.mark import Mark
from feedback.models.request import ChatMessage
from feedback.models.shapes import OUTPUTS, ConversationInput, answer_schema

FOLDER = Path(__file__).parent / "prompts"
INPUT_SCHEMA, ANSWER_SCHEMA = ".input.json", ".answer.json"
_FENCE = "+++\n"


@dataclass(frozen=True, slots=True)
class Rendered:
    """Holds what one call sends: the messages, and the schema of its answer, None where that is text."""

    messages: tuple[ChatMessage, ...]
    schema: Mapping[str, Any] | None = field(repr=False)
    mark: Mark = field(repr=False)

    def again(self, repair: str) -> Rendered:
        """Asks the same once more, and says behind the material what was wrong with the answer.

        That answer is not sent: it may hold orders that the material has put into it. No message is added, since
        several servers want the roles to take turns.
        """
        *before, last = self.messages
        return replace(self, messages=(*before, ChatMessage(last.role, f"{last.text}\n\n{repair}")))


@dataclass(frozen=True, kw_only=True, slots=True)
class Prompt:
    """Holds one prompt file. `words` is what the system says, with places for the mark and the schema."""

    role: str
    number: int
    #: the most tokens that an answer may take
    max_output_tokens: int
    #: whether children read the answer
    for_children: bool = False
    schema: Mapping[str, Any] | None = field(default=None, repr=False)
    words: Template = field(repr=False)

    @property
    def name(self) -> str:
        """Names the prompt in answers and stored rows: `child_feedback/1`."""
        return f"{self.role}/{self.number}"

    def render(self, given: BaseModel, mark: Mark | None = None) -> Rendered:
        """Renders a call; `mark` is a test's, else one that is drawn for this call."""
        material = json.dumps(given.model_dump(mode="json", exclude_defaults=True), ensure_ascii=False)
        mark = mark or Mark.fresh(material)
        schema = json.dumps(self.schema, ensure_ascii=False) if self.schema else ""
        system = ChatMessage("system", self.words.substitute(mark=mark, schema=schema))
        return Rendered((system, *_said(given, material, mark)), self.schema, mark)


def _said(given: BaseModel, material: str, mark: Mark) -> Sequence[ChatMessage]:
    if isinstance(given, ConversationInput):
        return [*(ChatMessage(said.role, said.text) for said in given.history), ChatMessage("user", given.message)]
    return [ChatMessage("user", f"{mark}\n{material}\n{mark}")]


def read(path: Path) -> Prompt:
    """Reads a prompt file; raises ValueError with the file's name and what is wrong with it."""
    name = f"{path.parent.name}/{path.name}"
    try:
        before, head, words = path.read_text(encoding="utf-8").split(_FENCE, 2)
        said = tomllib.loads(head)
        role, number = path.parent.name, int(path.stem)
        if said.pop("schema", None) != (f"{number}{ANSWER_SCHEMA}" if role in OUTPUTS else None):
            raise ValueError("`schema` has to name the schema of its number, where its role answers with an object")
        schema = answer_schema(role)
        prompt = Prompt(role=role, number=number, schema=schema, words=Template(words.strip()), **said)
        prompt.words.substitute(mark="", schema="")
    except (KeyError, OSError, TypeError, ValueError) as error:
        raise ValueError(f"prompts/{name}: {error}") from error
    if before:
        raise ValueError(f"prompts/{name}: does not begin with +++")
    return prompt


def _newest() -> Mapping[str, Prompt]:
    found: dict[str, Prompt] = {}
    for path in sorted(FOLDER.glob("*/*.md"), key=lambda path: int(path.stem)):
        found[path.parent.name] = read(path)
    return MappingProxyType(found)


#: the newest prompt of each role
PROMPTS = _newest()
