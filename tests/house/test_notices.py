"""The notices to guardians can be read by people who read little: grade 8 at most, and nothing in them promises law."""

from __future__ import annotations

import re

from chassis.privacy.law import RECIPIENTS
from gateway.consents.notices import VERSIONS, Notices

#: how a notice names each recipient outside
NAMES = {
    "email": "E-mail",
    "openai": "OpenAI",
    "anthropic": "Anthropic",
    "gemini": "Gemini",
    "x": "X:",
    "webhook": "Web hooks",
}


def grade(text: str) -> float:
    """Returns the Flesch-Kincaid grade: 0.39 words a sentence + 11.8 syllables a word - 15.59 (Kincaid, 1975)."""
    words = re.findall(r"[A-Za-z']+", text)
    sentences = [each for each in re.split(r"[.!?:]\s|\n", text) if re.search("[A-Za-z]", each)]
    return 0.39 * len(words) / len(sentences) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59


def syllables(word: str) -> int:
    """Counts groups of vowels, without a silent e at the end."""
    return max(1, len(re.findall(r"[aeiouy]+", re.sub(r"(?<=..)e$", "", word.lower()))))


def test_a_notice_reads_at_grade_eight_or_below() -> None:
    assert grade("The organisation endeavours to guarantee comprehensive compliance with applicable regulation.") > 12
    for each in VERSIONS:
        text = Notices("privacy@voxbus.example").text(each.version)
        assert text is not None
        assert grade(text) <= 8, each.version


def test_a_notice_names_every_recipient_and_claims_no_law() -> None:
    text = Notices("privacy@voxbus.example").text(VERSIONS[-1].version) or ""
    recipients = {recipient for each in RECIPIENTS.values() for recipient in each}
    assert all(NAMES.get(each, each.replace("_", "-")).lower() in text.lower() for each in recipients - {"in_app"})
    assert "privacy@voxbus.example" in text
    assert not re.search(r"\b(comply|compliant|compliance|COPPA|GDPR|legal)\b", text)
