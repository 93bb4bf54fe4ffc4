"""The notices to guardians can be read by people who read little: grade 8 at most, and nothing in them promises law."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from chassis.privacy.law import ADULTS_ONLY, ALWAYS, RECIPIENTS, Pair, pairs
from chassis.privacy.retention import in_words, retention
from gateway.consents.notices import VERSIONS, Notices

#: how a notice names each recipient outside
NAMES = {
    "email": "E-mail",
    "openai": "OpenAI",
    "anthropic": "Anthropic",
    "gemini": "Gemini",
    "x": "X:",
    "webhook": "Web hooks",
    "lrs": "LRS:",
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


#: how the notice says the period of a class, that of a child where it has its own
PERIODS = {
    "recording": ("1 h", "at the latest one hour later"),
    "guardian_address": ("14 d", "deleted after 14 days"),
    "assessment": ("365 d", "results and tips stay for one year after your child has last used"),
    "feedback": ("365 d", "results and tips stay for one year after your child has last used"),
    "notification": ("90 d", "Notes in the app stay for 90 days"),
    "job_log": ("400 d", "log of what was done stays for 400 days"),
    "account": ("365 d", "no one uses the account for one year"),
    "consent": ("1,095 d", "for three years after the account is gone"),
}


@pytest.mark.parametrize(
    ("page", "not_asked"),
    [
        ("account-choices.js", {("assess_voice", "voxbus")}),  # by using it
        ("guardian.js", {(purpose, recipient) for purpose, recipient in pairs() if recipient in ADULTS_ONLY}),
    ],
)
def test_the_pages_ask_about_each_purpose_and_recipient_on_its_own(page: str, not_asked: set[Pair]) -> None:
    text = (files("gateway") / "static" / page).read_text(encoding="utf-8")
    asked = re.findall(r'^  \["(\w+)", "(\w+)", "', text, re.MULTILINE)
    assert sorted(asked) == sorted(set(pairs()) - not_asked - set(ALWAYS))


def test_the_notice_says_the_periods_of_the_table() -> None:
    text = Notices(None).text(VERSIONS[-1].version) or ""
    for kind, (period, words) in PERIODS.items():
        of = retention().classes[kind]
        assert in_words(of.child or of.keep) == period, f"the notice says another period of {kind}"
        assert words in text


def test_the_notice_says_how_long_a_recording_is_kept_where_that_is_agreed_to() -> None:
    held = retention().classes["recording"].held
    kept = {in_words(each.keep) for each in held if "kept" in f"{each.media} {each.table}"}
    assert kept == {"365 d"}, "the notice says another period of kept recordings"
    text = Notices(None).text(VERSIONS[-1].version) or ""
    assert (
        "allow us to keep the sound. You do not have to. If you do, a locked copy stays for one year at most." in text
    )
