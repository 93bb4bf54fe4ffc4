"""Tells whether a plain text gives a verdict on a statement that is to be judged."""

from __future__ import annotations

import re

from contracts.leaks import disguise
from contracts.leaks.secrets import Rule
from contracts.leaks.text import sentences, unemphasized


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns))


_VERDICT = (
    r"(?:true|untrue|false|correct|incorrect|right|wrong|yes|no|accurate|inaccurate|mistaken|erroneous|bogus|fiction|"
    r"(?:valid|invalid|fake|factual|fictional|justified|unjustified|so)(?=\W*$|[.!,;:])|nonsense|rubbish|untenable|"
    r"unfounded|well[- ]founded|misleading|spot on|the case|the truth|a truth|(?:an? |just |only )*(?:\w+ )?(?:fact|"
    r"myth|lie|error|mistake|misconception|misbelief|delusion|hoax|rumour|half-truth|misunderstanding|"
    r"fallacy|falsehood|fable|legend|fairy tale|superstition|"
    r"invention))"
)
_SUBJECT = r"(?:it|this|that|statement|claim|sentence|prompt|answer|assertion|what it says|what is said|which)"
_NAMED = r"(?:statement|claim|sentence|prompt|assertion|proposition|text above|what it says|what is said)"
_IS = r"(?:\b(?:is|are|was|be|holds?|sounds?|seems?|stays?|remains?|proves?|turns out)\b|'s\b|n't\b)"
#: the end of what is said of a statement
_AFTER = (
    r"(?=\W*$|\s*[,.:!;]|\s+(?:here|always|indeed|everywhere|in (?:every|all) cases?|in general|up|water|good|"
    r"as it stands)\b)"
)
_STANDS = (
    r"(?:holds?|stands?|fails?|applies|apply|errs?|lies|misleads?|exaggerates?|overstates?|goes too far|falls? apart|"
    r"collapses?|checks? out|adds? up|convinces?)(?: it| things| matters)?"
)
_JUDGES = (
    r"(?:reject|accept|deny|dismiss|refute|confirm|affirm|endorse|believe|trust|doubt|approve(?: of)?|contradict|"
    r"(?:dis)?agree(?: with)?|go along with|object to|support|oppose)"
)
_SHOULD = r"(?:(?:should|can|must|may|would|could|will|do|did|not|never|don't|cannot|can't|wouldn't|shouldn't)\s+)*"
#: what is a whole answer where it begins a sentence
_YES_OR_NO = (
    r"(?:yes|no|nope|yep|yeah|yup|nah|aye|nay|affirmative|not so|not at all|by no means|no way|on the contrary|"
    r"far from it|(?:dis)?agreed?)"
)
#: what is one only as a whole sentence, or where it speaks of the statement
_SURE = (
    r"(?:indeed|certainly|surely|absolutely|definitely|of course|exactly|precisely|quite|naturally|never|hardly|"
    r"negative|sure|always)"
)
_VERDICTS = _any(
    rf"^\W*(?:\d+[.)]\s*)?(?:{_VERDICT}|{_YES_OR_NO})\s*(?:[,.:!;]|$)",
    r"(?:^|,\s*)\W*(?:\w+\W+){0,2}(?:yes|no)\W*$",
    r"^\W*not (?:necessarily|always|quite|really|entirely|exactly|in general|by itself|ever|everywhere)\W*$",
    r"\b(?:think|believe|guess|suppose|afraid|hope) (?:so|not)\W*$",
    r"\b(?:it|this|that|one) (?:does not|doesn't|need not) (?:mean|follow|imply|prove)"
    r"(?: that| it| this| the other)?\W*$",
    rf"\b{_NAMED} (?:can|cannot|can't|could|must|should|has to|ought to) (?:not )?be "
    r"(?:upheld|believed|trusted|defended|"
    r"maintained|accepted|rejected|confirmed|refuted|denied|doubted|dismissed)\b",
    rf"^\W*{_SURE}\s*(?:not\s*)?(?:[.!]|$)",
    rf"^\W*{_SURE},?\s+(?:not\b|so\b|it\b(?! \w+ed\b)|this\b|that\b)",
    rf"\b{_SUBJECT}\b[^.?!,]{{0,40}}?{_IS}[^.?!,]{{0,25}}?\b{_VERDICT}(?!\w|-)",
    r"\b(?:choose|pick|select|tick|answer|say|mark|press|click|reply|it as|with|vote|choice:|verdict:?)\s+[\"'(]?"
    rf"{_VERDICT}\b(?!-)",
    r"\b(?:true|false|untrue|is the case|not the case)\b",
    r"\b(?:be|is|are)\s+(?:quite |rather |very )?(?:right|wrong|mistaken|correct|incorrect)\s+(?:to|in|if)\b",
    r"\bnot (?:quite )?how (?:it|this|that|things?) works?\b",
    rf"\b{_NAMED}\b(?:\s+\w+){{0,3}}?\s+{_STANDS}\b{_AFTER}",
    rf"\b{_NAMED}\b(?:\s+\w+)?\s+(?:is|are)\s+(?:far |much |a bit |a little )?too\b",
    rf"\b{_NAMED}\b(?:\s+\w+){{0,2}}?\s+"
    r"(?:contradicts?|clash(?:es)? with|conflicts? with|agrees? with|match(?:es)?|fits?)\s+"
    r"(?:the |all )?(?:facts?|reality|truth|evidence|practice)\b",
    r"\b(?:it|this|that)\s+(?:\w+ly |always |never |does not |doesn't |will not |won't |can not |cannot )?"
    rf"{_STANDS}{_AFTER}",
    rf"\b{_JUDGES}\s+(?:\w+\s+)?{_NAMED}\b",
    rf"^\W*(?:you |we |i |experts? )?{_SHOULD}{_JUDGES}\s+(?:it|this|that)\b\W*$",
    rf"^\W*(?:you |we |i |experts? ){_SHOULD}(?:dis)?agree\b\W*$",
    r"\b(?:opposite|contrary|reverse)(?: of (?:it|this|that|what it says))? (?:is|holds|applies|happens)\b",
    r"\bso it (?:is|does|can|goes)\W*$",
    r"\bthumbs? (?:up|down)\b",
    r"^\W*[tf]\W*$",
    r"\b(?:answer|say|choose|pick|tick|is)\s*:?\s*[\"'(]*[tf]\b[\"')]*\W*$",
    r"^\W*(?:\w+ \w+,\s+|\w+,\s+)?(?:it|they|this|that|you|he|she|one|we)\s*"
    r"(?:is|are|does|do|can|will|has|have|was|did)?(?:\s*n't|\s+not|(?<=can)not|'t)?\s*(?:indeed|so|always|too|never)?\s*"
    r"(?:happens?|occurs?|works?|exists?)?\W*$",
)
#: a sentence that asks for the verdict, or tells on what it hangs, gives none; one that ends in `isn't it?` does
_ASKS = _any(
    rf"\b(?:whether|if|when)\b[^,.!]*\b(?:{_VERDICT}|{_STANDS})(?!\w)",
    r"\b(?:would|could|does|do|is|are|was|can|should|did|will)\b[^,]*\?\W*$",
)
_TAGS = re.compile(
    r",\s*(?:right|correct|no|yes|ok|okay|"
    r"(?:is|does|do|can|are|would|has|was)(?:n't)? (?:it|they|you|that)(?: not| think| say)?)\s*\?\W*$"
)
_SIGNS = re.compile("[✓✔☑✅👍✗✘❌👎❎☒🙅🙆]")
_HIDDEN = ("true", "false", "correct", "incorrect", "right", "wrong", "untrue")


def verdict(said: str, written: str) -> Rule | None:
    """Returns the rule by which a text tells whether the statement is true. `written` is the same as it was written."""
    if _SIGNS.search(written):
        return "verdict"
    for part in map(unemphasized, sentences(said)):
        if _VERDICTS.search(part) and (_TAGS.search(part) or not _ASKS.search(part)):
            return "verdict"
    return _hidden(said, written)


def _hidden(said: str, written: str) -> Rule | None:
    if any(_VERDICTS.search(each) for each in disguise.decoded(written)):
        return "encoded"
    for word in _HIDDEN:
        if disguise.is_spelled(word, said):
            return "spelled"
        if disguise.is_reversed(word, said):
            return "reversed"
        if disguise.is_turned(word, said):
            return "encoded"
        if word in ("true", "false") and disguise.is_told_by_initial(word, said):
            return "initials"
    return None
