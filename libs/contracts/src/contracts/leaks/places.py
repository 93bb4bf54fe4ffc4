"""Tells whether a plain text points at options or items by their place, their letter or their look."""

from __future__ import annotations

import re


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns))


_ORDINAL = (
    r"(?:first|second|third|fourth|fifth|sixth|seventh|eighth|1st|2nd|3rd|[4-8]th|last|final|top|bottom|middle|upper|"
    r"lower|uppermost|lowermost|topmost|lowest|highest|last but one|second[- ]to[- ]last|second[- ]last|penultimate|"
    r"next[- ]to[- ]last)"
)
_NUMBER = r"(?:[1-8]\b|one\b|two\b|three\b|four\b|five\b|six\b)"
#: a letter alone; `a` is an article where a word follows
_LETTER = r"(?:[b-h]\b(?!['-]\w)|a\b(?!['-]|\s+[a-z]))"
_OPTION = r"(?:option|choice|alternative|possibility|answer|solution|candidate|box|checkbox|button|circle|entry|item)"
_IS = r"(?:is|are|was|looks|seems|sounds|(?:must|has to|would|will|should|could|might) be)"
_GOOD = (
    r"(?:right|correct|true|best|safe|safest|good|wrong|false|incorrect|it|what you (?:want|need|look for)|yours|fine|"
    r"better|the (?:one|answer|right|correct|best|safest|solution))"
)
_FITS = (
    r"(?:fits?|matches|match|wins?|counts?|applies|apply|works?|holds?|solves|answers|will do|does it|is it|"
    r"makes sense)"
)
_CHOOSE = (
    r"(?:choose|pick|select|tick|take|try|mark|check|click(?: on)?|press|tap|favou?r|prefer|trust|keep|want|say|guess|"
    r"vote for|opt for|settle (?:on|for)|stick (?:to|with)|go (?:for|with)|look at|consider|read|bet on|lean towards?|"
    r"it is|it's|is|be|answer is|one is|answer's|answer|solution|correct|right)"
)
_RULE_OUT = (
    r"(?:not|nor|neither|except|but|cross out|strike|drop|rule out|ignore|exclude|discard|leave out|skip|forget)"
)
_BESIDE = r"(?:after|before|above|below|under|over|next to|behind|following)"
#: what follows an ordinal that stands for the option itself: the end of a clause, or a word that goes on with another
_ENDS = (
    r"(?=\s*(?:[.,!;:)\"']|$)|\s+(?:and|or|nor|again|instead|then|of course|please|here|too|as well|because|since|for|"
    r"if|is|are|would|must|fits?|from the|in the|on the)\b)"
)
_PLACES = _any(
    rf"\b(?:option|choice|alternative|possibilit|letter|number|no\.|nr\.|box|candidate)(?:s|y|ies)?\s*[\"'(:#.=-]*\s*"
    rf"(?:{_LETTER}|{_NUMBER})",
    rf"\b(?:answer|solution|result|key|correct|right|best)s?\s*(?:one\s*)?(?:'s|{_IS})?\s*[\"'(:#=>-]*\s*{_LETTER}",
    r"(?:^|\s)\(?[a-h]\)(?:\s|[.,!]|$)",
    r"\(\s*[a-h]\s*\)",
    r"^\W*(?:[a-h]|[1-8])\W*$",
    r"#\s*[1-8]\b",
    rf"\b{_CHOOSE}\s+[\"'(]?{_LETTER}",
    rf"\b{_RULE_OUT}\s+[\"'(]?[b-h]\b(?!['-])\W*(?:$|,|and|or|nor)",
    rf"(?:^|[.!?:,;]\s*)[\"'(]*[b-h][\"')]*\s+(?:{_IS}|{_FITS}|it is|and [b-h])\b",
    rf"\b(?:letter|one|option|answer)\s+(?:\w+\s+)?{_BESIDE}\s+(?:the\s+{_ORDINAL}\b{_ENDS}|{_LETTER})",
    rf"(?:^|[.!?:;]\s*)(?:\w+\s+)?(?:the\s+)?{_ORDINAL}\s*(?:[.!:;]|$)",
    rf"\b(?:the|that|this|your)\s+{_ORDINAL}\s+one\b",
    rf"(?:^|[.!?:;]\s*){_ORDINAL}\s+one\b",
    rf"\b{_ORDINAL}\s+(?:{_OPTION}|in the list|line|row|place|position|spot)\b",
    rf"\b{_ORDINAL}\s+of (?:the |these |those |all )?(?:option|answer|choice|list|two|three|four|five|six|them)",
    rf"\b{_OPTION}s?\s*[:=-]*\s*(?:is\s+)?(?:the\s+)?{_ORDINAL}\b(?!\s+[a-z])",
    rf"\b{_CHOOSE}\s*:?\s*(?:only |just |probably |clearly |surely |simply )?the\s+{_ORDINAL}\b{_ENDS}",
    rf"\b{_RULE_OUT}\s+the\s+{_ORDINAL}\b{_ENDS}",
    rf"\b(?:the|only|just)\s+{_ORDINAL}\s+(?:one\s+)?{_IS}\s+(?:\w+ly )?{_GOOD}\b(?!\s+to\b)",
    rf"\b(?:the|only|just)\s+{_ORDINAL}\s+{_FITS}\b(?!\s+(?:in|for|on|with|to|a|an|the)\b)",
    rf"\b{_GOOD}\s*(?:one\s*)?(?:is|are|:|=)?\s*(?:in|at|on)\s+(?:the\s+)?{_ORDINAL}\b",
    r"\b(?:one|option|answer|it|stands|sits|is) (?:at|on|in) (?:the )?(?:very )?"
    r"(?:top|bottom|middle|centre|center|end|beginning)\b(?: of (?:the |all )?(?:list|options|answers))?\W*$",
    r"(?:^|[.!?]\s*)[\"'(]*[b-h][\"')]*\s*[:=]\s",
    rf"\b(?:the|only|just)\s+{_ORDINAL}\s+{_NUMBER}(?!\s+[a-z])",
    rf"\b(?:the|only|just)\s+{_ORDINAL}\s+{_NUMBER}\s+(?:{_IS}|{_FITS}|{_OPTION}s|of them|belong|count)\b",
    rf"\b{_ORDINAL}(?:,| and| or)\s+(?:the\s+)?{_ORDINAL}(?:\s+one)?\s+(?:{_IS}|{_FITS})\b",
    rf"\b{_ORDINAL} from (?:the )?(?:top|bottom|above|below|end|left|right)\b",
    rf"\b(?:last but one|penultimate|second[- ]to[- ]last)\b{_ENDS}",
    r"\b(?:longest|shortest) (?:one|option|answer|choice|text|of (?:the|them|these|all))\b",
)
_THEN = r"(?:(?:\s*(?:[-,>→;/]|then|before|and))+\s*"
_BOTH = r"(?:[1-8]\s*[-=:→]?>?\s*[a-h]|[a-h]\s*[-=:→]?>?\s*[1-8])\b"
_PLACES_OF_ITEMS = _any(
    rf"\b{_ORDINAL}\s+(?:item|entry|line|in the list|card|tile|box)",
    rf"\b(?:item|entry|card|tile)\s+(?:{_LETTER}|{_NUMBER})",
    r"\b(?:order|sequence|solution|answer)\b[^.!?]{0,20}?(?:[a-h1-8]\b\W*(?:then|and|before)?\W*){2,}[a-h1-8]\b",
    rf"(?<![\w.])[a-h]{_THEN}[a-h]\b){{2,}}",
    r"(?<![\w.])[a-h]\s+(?:follows|precedes|is followed by|(?:comes |goes |is )?(?:before|after))\s+[a-h]\b",
    rf"\b{_BOTH}(?:\W+(?:and\W+)?{_BOTH})+",
    rf"\bthe\s+{_ORDINAL}\s+(?:one\s+)?(?:comes|goes|belongs|stands|moves|has to|should|must)\s+(?:\w+\s+)?"
    rf"(?:{_ORDINAL}|at|before|after|to|with|go|come|be)\b",
    rf"\b(?:begin|start|end|finish|close)s? with the {_ORDINAL}\b(?!\s+[a-z])",
)
#: letters that stand for something else than an option
_NO_OPTION = re.compile(
    r"\b(?:plan|vitamin|drive|usb|type|class|section|grade|hepatitis|part|column|cell|room|page|chapter|point|size|"
    r"gate|door)[\s-]+[b-h]\b",
    re.IGNORECASE,
)
_CAPITAL = r"[B-H](?![\w'’.:+#&-]\w|[+#:])"
#: a capital letter that stands for an option, in the text as it was written
_CAPITALS = _any(
    r"\b(?i:vote|is|be|are|choose|pick|say|guess|take|fits?|only|just|it's|answer's|about|at|on|for|with|not|nor|"
    r"neither|out|"
    rf"except|both|either|between)\s+(?:\w+ly )?[\"'(]*{_CAPITAL}\b",
    rf"(?<![\w.-])\b{_CAPITAL}[\"')]*\s+(?:{_IS}|{_FITS}|must|would|and [A-H]\b|or [A-H]\b)",
    rf"(?<![\w.-])\bA\s+(?:{_IS}|{_FITS}|and [B-H]|or [B-H])\b",
    r"\b[A-H], [A-H],? (?:and|or) [A-H]\b",
)


def points_at_option(said: str, written: str) -> bool:
    """Tells whether an unemphasized plain text points at an option. `written` is the same with its capital letters."""
    if _PLACES.search(_NO_OPTION.sub(" ", said)):
        return True
    return _CAPITALS.search(_NO_OPTION.sub(" ", written)) is not None


def points_at_item(said: str) -> bool:
    """Tells whether an unemphasized plain text points at an item of an order or of a pair."""
    return _PLACES_OF_ITEMS.search(said) is not None
