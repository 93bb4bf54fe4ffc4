"""The assessment follows the recording, never the text."""

import pickle
from typing import Any

import numpy as np
import pytest

from speech.assess import Assessment, Hearing, assess
from speech.audio import RATE
from speech.decoder import decode_one
from speech.detector import Detector
from speech.excerpt import Excerpt
from speech.gate import Refusal, find_speech
from speech.quality import Quality
from speech.worker import Assess, Request, Result, Transcribe, Transcription, setup

from .lexicons import lexicon
from .sounds import decoded, hum, noise, sample, wav

PETER = "Peter Piper picked a peck of pickled peppers."


def in_full(*values: str) -> list[Any]:
    """Returns parameters whose tests take long and go only a little further than others."""
    return [pytest.param(value, marks=pytest.mark.in_full) for value in values]


class SpeechWorker:
    """Runs both steps of the child in this process."""

    def __init__(self) -> None:
        self._hear = setup()
        self._heard: dict[tuple[str, bytes], Transcription] = {}

    def _ask(self, request: Request) -> Result:
        return self._hear(pickle.loads(pickle.dumps(request)))

    def transcribe(self, text: str, data: bytes) -> Transcription:
        transcription = self._ask(Transcribe(decode_one(data), text))
        assert isinstance(transcription, Transcription)
        self._heard[text, data] = transcription
        return transcription

    def assess(self, text: str, data: bytes) -> Assessment:
        transcription = self._heard.get((text, data)) or self.transcribe(text, data)
        assessment = self._ask(Assess(text, transcription))
        assert isinstance(assessment, Assessment)
        return assessment


@pytest.fixture(scope="module")
def worker() -> SpeechWorker:
    return SpeechWorker()


def verdicts(assessment: Assessment) -> list[tuple[str, str]]:
    return [(word.word, word.verdict) for word in assessment.words]


@pytest.mark.parametrize("ending", ["webm", *in_full("m4a", "mp3")])
def test_one_reading_has_the_same_verdicts_in_every_format(worker: SpeechWorker, ending: str) -> None:
    result = worker.assess(PETER, sample(f"peter-piper.{ending}"))
    assert verdicts(result) == [(word, "correct") for word in PETER.rstrip(".").split()]
    assert result.scores is not None
    assert min(result.scores.overall, result.scores.accuracy, result.scores.fluency) > 90
    assert result.scores.completeness == 100


def test_a_different_reading_shows_what_differs(worker: SpeechWorker) -> None:
    result = worker.assess(PETER, sample("peter-piper-different.webm"))
    assert verdicts(result) == [
        ("Peter", "correct"),
        ("Piper", "correct"),
        ("picked", "repeated"),
        ("picked", "correct"),
        ("a", "correct"),
        ("peck", "mispronounced"),
        ("of", "correct"),
        ("pickled", "omitted"),
        ("peppers", "correct"),
    ]
    assert result.findings == ()
    peck = result.words[5]
    assert peck.heard == "basket"
    assert result.scores is not None
    assert result.scores.completeness == 87.5


def test_another_text_is_omitted_whole(worker: SpeechWorker) -> None:
    result = worker.assess(PETER, sample("she-sells.webm"))
    text = [word for word in result.words if word.verdict != "inserted"]
    assert [word.verdict for word in text] == ["omitted"] * 8
    assert result.scores is not None
    assert result.scores.overall == 0
    assert result.findings == ("reading.other_text",)


@pytest.mark.in_full
def test_what_lies_around_the_speech_changes_no_score(worker: SpeechWorker) -> None:
    samples = decoded(sample("peter-piper-different.webm"))
    room = noise(5, -60)
    padded = np.concatenate([room, samples, room])
    near, far = worker.assess(PETER, wav(samples)), worker.assess(PETER, wav(padded))
    assert verdicts(far) == verdicts(near)
    assert near.scores is not None
    assert far.scores is not None
    assert far.scores.overall == pytest.approx(near.scores.overall, abs=1)
    for before, after in zip(near.words, far.words, strict=True):
        assert (before.start is None) == (after.start is None)
        if before.start is not None and after.start is not None:
            assert after.start == pytest.approx(before.start + 5, abs=0.05)


@pytest.mark.in_full
def test_a_long_pause_changes_no_score_but_the_fluency(worker: SpeechWorker) -> None:
    samples = decoded(sample("red-lorry.webm"))
    quiet = int(np.argmin(np.convolve(samples.astype(float) ** 2, np.ones(1600), "same")[8_000:-8_000])) + 8_000
    paused = np.concatenate([samples[:quiet], np.zeros(5 * RATE, np.int16), samples[quiet:]])
    text = "Red lorry, yellow lorry, red lorry, yellow lorry."
    straight, held = worker.assess(text, wav(samples)), worker.assess(text, wav(paused))
    assert verdicts(held) == verdicts(straight)
    assert straight.scores is not None
    assert held.scores is not None
    assert held.scores.accuracy == pytest.approx(straight.scores.accuracy, abs=2)
    assert held.scores.fluency < straight.scores.fluency - 20


def test_no_word_is_wrong_where_nothing_could_be_transcribed() -> None:
    samples = decoded(sample("peter-piper-different.webm"))
    result = assess(PETER, Hearing(""), Excerpt(samples, ((0, samples.size),)), lexicon())
    found = [verdict for _, verdict in verdicts(result)]
    assert set(found) <= {"correct", "unsure", "repeated"}
    assert found.count("unsure") > 0


def test_a_word_that_sounds_alike_is_not_wrong_in_narrow_sound() -> None:
    samples = decoded(sample("peter-piper.webm"))
    said = Excerpt(samples, ((0, samples.size),))
    text = PETER.replace("peck", "pen")
    clear, narrow = (assess(text, Hearing(PETER, quality), said, lexicon()) for quality in (Quality(), Quality(-60.0)))
    assert [word.verdict for word in clear.words if word.word == "pen"] == ["mispronounced"]
    assert [word.verdict for word in narrow.words if word.word == "pen"] == ["unsure"]


def test_words_beside_a_gap_that_was_cut_out_keep_their_times() -> None:
    samples = decoded(sample("peter-piper.webm"))
    start, end = round(0.99 * RATE), round(1.71 * RATE)  # “picked a peck”
    hole = (0.99, 3.99)
    damaged = np.concatenate([samples[:start], np.zeros(3 * RATE, np.int16), samples[end:]])
    found = find_speech(damaged, Detector())
    assert not isinstance(found, Refusal)
    assert len(found.excerpt.spans) == 2
    hearing = Hearing("Peter Piper of pickled peppers.", transcribe=lambda _: "Peter Piper of pickled peppers.")
    result = assess(PETER, hearing, found.excerpt, lexicon(), [hole])
    assert [word.word for word in result.words if word.reason == "sound_missing"] == ["picked", "a", "peck"]
    assert {word.verdict for word in result.words if word.reason is None} == {"correct"}
    assert result.words[5].start == pytest.approx(3.99, abs=0.15)


def test_what_begins_at_a_cut_begins_the_part_behind_it() -> None:
    said = Excerpt(np.zeros(2 * RATE, np.int16), ((RATE, 2 * RATE), (7 * RATE, 8 * RATE)))
    assert (said.time(0.5), said.time(1.0), said.time(1.0, ends=True), said.time(1.5)) == (1.5, 7.0, 2.0, 7.5)
    assert (said.time(2.0), said.time(2.0, ends=True), said.time(0.0, ends=True)) == (8.0, 8.0, 1.0)


def test_homophones_are_forgiven(worker: SpeechWorker) -> None:
    result = worker.assess("She cells see shells buy the sea shore", sample("she-sells.webm"))
    assert {word.verdict for word in result.words} == {"correct"}


def test_what_is_written_short_is_right_however_it_is_said(worker: SpeechWorker) -> None:
    result = worker.assess("In 1984 Henry VIII paid $3.50 for 1/2 a pie.", sample("written-short.webm"))
    assert verdicts(result) == [(word, "correct") for word in "In 1984 Henry VIII paid $3.50 for 1/2 a pie".split()]


def test_words_have_their_places_in_order(worker: SpeechWorker) -> None:
    words = worker.assess(PETER, sample("peter-piper.webm")).words
    times = [time for word in words for time in (word.start, word.end) if time is not None]
    assert len(times) == 16
    assert times == sorted(times)
    assert 0 <= times[0] < times[-1] < 3


def test_sounds_are_those_of_the_words(worker: SpeechWorker) -> None:
    sounds = {sound.sound: sound for sound in worker.assess(PETER, sample("peter-piper.webm")).sounds}
    assert sounds["P"].words == 6
    assert sounds["Z"].words == 1
    assert "SH" not in sounds


@pytest.mark.in_full
def test_the_same_recording_gives_the_same_result(worker: SpeechWorker) -> None:
    different = sample("peter-piper-different.webm")
    transcription, first = worker.transcribe(PETER, different), worker.assess(PETER, different)
    worker.assess("Red lorry, yellow lorry.", sample("red-lorry.webm"))
    assert worker.transcribe(PETER, different) == transcription
    assert worker.assess(PETER, different) == first


@pytest.mark.parametrize("data", [sample("silence.webm"), wav(hum(3, -20))], ids=["silence", "hum"])
def test_what_is_not_speech_is_refused_and_not_transcribed(worker: SpeechWorker, data: bytes) -> None:
    assert worker.transcribe(PETER, data).transcript is None
    result = worker.assess(PETER, data)
    assert isinstance(result.refusal, Refusal)
    assert result.words == ()
    assert result.scores is None


@pytest.mark.parametrize(
    "text",
    [
        "Red 🦊 lorry, Привет",
        *in_full("\x00 <sil> <s> ++NSN++ the(2)", "zzxqj bloopish pppp", "x " * 150, "12,345 & 1/2", "’s"),
    ],
)
def test_any_text_has_a_result(text: str) -> None:
    samples = decoded(sample("red-lorry.webm"))
    heard = Hearing("Red lorry, yellow lorry, red lorry, yellow lorry.", transcribe=lambda _: "Red lorry.")
    result = assess(text, heard, Excerpt(samples, ((0, samples.size),)), lexicon())
    assert result.words
    assert all(word.score is None or 0 <= word.score <= 100 for word in result.words)


def test_words_without_a_known_sound_are_unsure_at_their_place(worker: SpeechWorker) -> None:
    result = worker.assess("Red Привет lorry, yellow lorry, red lorry, yellow lorry мир", sample("red-lorry.webm"))
    assert verdicts(result)[:3] == [("Red", "correct"), ("Привет", "unsure"), ("lorry", "correct")]
    assert verdicts(result)[-1] == ("мир", "unsure")


@pytest.mark.parametrize("text", ["🦊🦊", *in_full("Привет мир")])
def test_a_text_without_sounds_has_no_scores(worker: SpeechWorker, text: str) -> None:
    result = worker.assess(text, sample("red-lorry.webm"))
    assert result.scores is None
    assert {word.verdict for word in result.words} <= {"unsure"}


def test_words_behind_a_cut_are_unsure_and_not_left_out(worker: SpeechWorker) -> None:
    whole = sample("peter-piper.webm")
    words = worker.assess(PETER, whole[: len(whole) * 6 // 10 + 3]).words
    assert not [word.word for word in words if word.verdict in ("omitted", "mispronounced")]
    assert [word.word for word in words if word.verdict == "correct"][:3] == ["Peter", "Piper", "picked"]
    assert [(word.word, word.reason) for word in words][-1] == ("peppers", "sound_missing")
