"""Checks each text of a model for the answer, and remembers every verdict."""

from __future__ import annotations

from typing import Any

from chassis.observe import metrics
from contracts.feedback import HintVerdict
from contracts.leaks.check import leak
from contracts.leaks.secrets import Rule, Secrets
from feedback.models.shapes import LessonHint
from feedback.models.structured import Unusable

#: the verdict on a text that gives nothing away
PASSED = "passed"
#: what a model is told of the rule that its text broke; no sentence says a word of the answer
SAY: dict[Rule, str] = {
    "answer": "It said the answer, or words that say it. Say what to look at instead.",
    "number": "It said the number that is asked for, or a calculation that comes to it. Use other values.",
    "spelled": "It spelled the answer. Write no letters one by one.",
    "reversed": "It wrote the answer backwards.",
    "encoded": "It wrote the answer in another code.",
    "initials": "It told how the answer begins and how long it is.",
    "position": "It told where the answer stands. Name no place, letter or number of an option or an item.",
    "ruled-out": "It ruled out every other option. Rule out none.",
    "order": "It told the order of items. Name at most one of them, and nothing that comes before or after it.",
    "pair": "It put together what belongs together. Of each pair name one side at most, in the whole hint.",
    "verdict": "It said whether the statement holds. Leave that to the learner.",
}


class LeakCheck:
    """Checks the texts of one hint. After the second that gives the answer away no model is asked any more."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets
        self.verdicts: list[HintVerdict] = []

    def __call__(self, model: str, found: Any) -> None:
        """Takes an answer of a model. Raises `Unusable` for one that gives the answer away."""
        assert isinstance(found, LessonHint)
        rule = leak(self._secrets, found.hint)
        again = any(each.verdict != PASSED for each in self.verdicts)
        self.verdicts.append(HintVerdict(model=model, verdict=rule or PASSED))
        metrics.HINT_LEAKS.labels(model, rule or PASSED).inc()
        if rule is not None:
            raise Unusable([SAY[rule]], [f"leak_{rule}"], ends=again)
