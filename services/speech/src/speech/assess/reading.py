"""Assesses one reading, from text, transcript and recording to words and scores."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace

from contracts.speech import OTHER_TEXT
from speech.assess.allowance import allowed, scored
from speech.assess.compare import match
from speech.assess.confirm import confirmed, wrong
from speech.assess.doubt import doubt
from speech.assess.evidence import gather
from speech.assess.gaps import unsure_at_gaps
from speech.assess.hearing import Hearing
from speech.assess.lexicon import Lexicon
from speech.assess.result import Assessment, WordResult
from speech.assess.scores import by_sound, syllables, whole
from speech.assess.stutter import stutters
from speech.assess.text import Word, words
from speech.assess.verdict import Judged, Reading, judge, of_other_text
from speech.audio import Gap
from speech.excerpt import Excerpt
from speech.gate import Refusal

#: Version of the rules; a change that can change any result changes it.
SCORER = "1.6.3"


def refused(refusal: Refusal) -> Assessment:
    """Returns the result of a recording that is not assessed: no words and no scores."""
    return Assessment((), None, refusal, (), SCORER)


def assess(text: str, hearing: Hearing, said: Excerpt, lexicon: Lexicon, gaps: Sequence[Gap] = ()) -> Assessment:
    """Compares what was said, and what a transcriber heard in it, with the text that was to be read.

    Where a word seems wrong the sound is heard again, altered a little. Times are those of the whole recording. The
    same arguments give the same result. Words that have no known sound (other scripts) are unsure and count nowhere; a
    text of only such words has no scores. Words that may have been said in one of the gaps are unsure.
    """
    written = words(text)
    audible = [word for word in written if word.ways]
    spoken = [word for word in words(hearing.transcript) if word.ways]
    pronounced = lexicon.text([word.ways for word in audible])
    words_heard = lexicon.text([word.ways for word in spoken])
    if not audible:
        return Assessment(tuple(_unknown(word) for word in written), None, None, (), SCORER)
    matches = match(pronounced, words_heard)
    evidence = gather(said.samples, pronounced, words_heard, matches)
    names = [word.written for word in audible]
    heard = [word.written for word in spoken]
    doubts = doubt(hearing.quality, evidence.usual_sound)
    reading = Reading(names, pronounced, heard, words_heard, matches, evidence, doubts)
    judged = judge(reading)
    if wrong(judged) and not reading.of_other_text:
        judged = confirmed(judged, reading, hearing.again(said.samples), lexicon)
    judged = unsure_at_gaps([replace(one, result=_placed(one.result, said)) for one in judged], gaps)
    other_text = not reading.doubt.missing and of_other_text([one.result for one in judged])
    found = [] if other_text else stutters(evidence.said, [word.pause for word in audible], said, gaps)
    judged = allowed(judged, found)
    pauses = [one.number is not None and audible[one.number].pause for one in judged]
    length = sum(map(syllables, pronounced))
    measured = [
        (pronounced[one.number], one.result.score)
        for one in judged
        if one.number is not None and one.result.score is not None
    ]
    return Assessment(
        words=tuple(_in_order(written, judged)),
        scores=scored(judged, found, lambda results: whole(results, length, pauses)),
        refusal=None,
        sounds=by_sound(measured),
        scorer=SCORER,
        findings=(OTHER_TEXT,) if other_text else tuple(sorted({one.kind for one in found})),
    )


def _placed(result: WordResult, said: Excerpt) -> WordResult:
    """Returns a result with the times of the recording in place of those of the excerpt."""
    if result.start is None or result.end is None:
        return result
    return replace(result, start=said.time(result.start), end=said.time(result.end, ends=True))


def _in_order(written: Sequence[Word], judged: Sequence[Judged]) -> Iterator[WordResult]:
    """Returns the judged words, with the unknown words of the text at their places."""
    queue = deque(enumerate(written))
    audible = [index for index, word in queue if word.ways]
    for one in judged:
        while one.number is not None and queue[0][0] < audible[one.number]:
            yield _unknown(queue.popleft()[1])
        if one.number is not None:
            queue.popleft()
        yield one.result
    yield from (_unknown(word) for _, word in queue)


def _unknown(word: Word) -> WordResult:
    return WordResult(word.written, "unsure", confidence=0.0)
