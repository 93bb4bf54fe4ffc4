"""Tests the language of the code: what a docstring may begin with, and how modules are called."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.sources import parsed, statements

ROOT = Path(__file__).parents[2]
SOURCES = ("libs", "services", "voxbus", "tests", "bench", "samples")

#: a summary says who does what: a question, a bare condition or a place has no subject and no verb
RIDDLE = re.compile(
    r"(What|Who|Whose|Which|Whether|How|When|Where|Why|While|Until|If|As|So|Of|To|In|Over|Around|Between|Beside)\b"
)
#: nor has a noun with a colon after it; a verb in the third person ends in s
NOUN = re.compile(r"\w+:|(?:The|An?)(?: [\w']+){1,2}:|(?!\w+s\b)(?!An?\b|The\b)\w+(?: \w+){1,2}:")
#: the docstring of a function or class begins with a verb in the third person, or refers to the one it implements
VERB = re.compile(r"[A-Z]\w*s\b|See `")
#: plural nouns, which end like such a verb
PLURALS = re.compile(r"(Connections|Envelopes|Jobs|Messages|Notifications|Pronunciations|Recordings|Seconds|Words)\b")
#: messages state a fact: “A job has failed”
MESSAGES = ROOT / "libs" / "contracts" / "src"
#: a module is named by a noun; these gerunds are nouns of the field
NOUNS = frozenset(
    {"decoding", "hearing", "learning", "listing", "matching", "ordering", "reading", "scoring", "testing"}
)


@dataclass(frozen=True)
class Summary:
    """Holds the first line of a docstring, and where it stands; `is_module` tells whose it is."""

    path: Path
    line: int
    text: str
    is_module: bool

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}"


def modules() -> Iterator[Path]:
    """Yields the paths of every Python file of the repository."""
    for source in SOURCES:
        for path in sorted((ROOT / source).rglob("*.py")):
            if not any(part.startswith(".") for part in path.relative_to(ROOT).parts):
                yield path.relative_to(ROOT)


@cache
def summaries() -> tuple[Summary, ...]:
    """Returns the summaries of all modules, classes and functions: to read them takes more than a second."""
    return tuple(
        Summary(path, node.body[0].lineno, text.splitlines()[0], isinstance(node, ast.Module))
        for path in modules()
        for node in statements(parsed(ROOT / path))
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
        and (text := ast.get_docstring(node))
    )


def riddles() -> list[str]:
    """Lists the summary lines that begin as a question or a bare condition does, or with a noun and a colon."""
    return [str(each) for each in summaries() if RIDDLE.match(each.text) or NOUN.match(each.text)]


def without_verb() -> list[str]:
    """Lists the docstrings of functions and classes whose first word is no verb in the third person."""
    return [
        str(each)
        for each in summaries()
        if not each.is_module
        and not (ROOT / each.path).is_relative_to(MESSAGES)
        and (not VERB.match(each.text) or PLURALS.match(each.text))
    ]


def gerunds() -> list[str]:
    """Lists the modules and packages whose whole name is a gerund."""
    names = {(path.parent if path.name == "__init__.py" else path.with_suffix("")) for path in modules()}
    return [str(name) for name in sorted(names) if re.fullmatch(r"[a-z]+ing", name.name) and name.name not in NOUNS]


def test_a_summary_line_has_a_subject() -> None:
    found = riddles()
    assert not found, "\n".join(found)


def test_a_docstring_begins_with_a_verb() -> None:
    found = without_verb()
    assert not found, "\n".join(found)


def test_a_module_is_named_by_a_noun() -> None:
    found = gerunds()
    assert not found, "\n".join(found)
