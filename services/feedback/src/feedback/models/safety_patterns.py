"""Holds the patterns of what no text for a child may hold: links, addresses, numbers to call, questions about it.

They are matched against plain text in small letters, with straight quotation marks (`safety_text.Text.plain`). They
are wide on purpose: a refusal costs one more try, a miss costs a child.
"""

from __future__ import annotations

import re


def any_of(*patterns: str) -> re.Pattern[str]:
    """Returns a pattern that matches what one of the patterns does."""
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


_DOMAIN = "(?:com|org|net|edu|gov|io|dev|app|ai|co|info|biz|tv|uk|de|fr|es|it|ru|cn|jp|br|xyz|online|site|me|ly|gg)"
LINK = any_of(
    r"https?|www\b|://",
    rf"\w\.{_DOMAIN}\b|\w\s?\.\s?{_DOMAIN}\b(?!\s+[a-z]+\s)",
    rf"\bdot\s+{_DOMAIN}\b|\bslash\b|\[[^\]]*\]\(",
    r"\bclick\b|\b(?:web)?sites?\b|\bwebpage|\blinks?\b|\burl\b",
    r"\bgoogle\b|\byoutube\b|\btiktok\b|\w\s\.\s?(?:page|web)\b|\binsta\b|\bapps?\b",
)
_STREET = "(?:street|st|road|rd|avenue|ave|lane|drive|square|way)"
ADDRESS = any_of(
    r"\S@\S|(?<!\w)@\w|\bat (?:gmail|hotmail|outlook|yahoo)\b|\be-?mails?\b",
    rf"\baddress(?:es)?\b|\bpostcode\b|\bzip code\b|\b\d+[a-z]?,? (?:\w+ ){{1,3}}{_STREET}\b",
    r"\b(?:street|road|avenue|lane) \d+",
    r"\b(?:snapchat|instagram|whatsapp|discord|telegram|facebook|roblox|skype|zoom call)\b",
)
_DIGIT = "(?:zero|one|two|three|four|five|six|seven|eight|nine|oh)"
_CALLED = r"(?:me|us|him|her|them|this|the|your|my|our|a|at|on|\d)"
_SPOKEN = "(?:words?|sounds?|twisters?|lines?|it|out|bit|pages?|pictures?)"
NUMBER = any_of(
    r"\d(?:[\s().+-]*\d){2,}",
    rf"\b{_DIGIT}(?:[\s,-]+{_DIGIT}){{3,}}\b|\bnine (?:one one|nine nine)\b",
    rf"\b(?:phone|ring|text|dial|message|call|contact)\s+{_CALLED}\b(?!\s+{_SPOKEN})",
    r"\b(?:phone|mobile|cell|telephone)\b|\bhot ?line\b|\b(?:give|gimme) (?:me |us )?a (?:call|ring|text)\b",
)
_YOU, _YOUR = "(?:you|u|ya)", "(?:your|ur|yer)"
_TELL = (
    "(?:what(?:'?s| is| are| was)|tell|give|type|write|share|send|know|say|spell|enter|put in|which is|need|want|like)"
)
_NAME = "(?:names?|surname|nickname|username)"
_PLACE = "(?:school|town|city|country|street|state|village|place|neighbou?rhood)"
_PICTURE = "(?:pictures?|photos?|pics?|selfies?|videos?|camera|webcam|images?|face)"
ASKS = any_of(
    # a name
    rf"\b{_TELL}\b[^.!?]{{0,40}}\b(?:{_YOUR}|full|first|last|real|family|school'?s?)\b[^.!?]{{0,20}}\b{_NAME}\b",
    rf"\bwho are {_YOU}\b|\bcall(?:ed)? {_YOU}\b|\bare {_YOU} called\b|\bgo by\b|\bname is\b.*\?",
    rf"\b{_YOUR} (?:\w+ )?(?:sur|nick|user)?names?\b",
    # an age
    rf"\bhow (?:old|young)\b|\b{_YOUR} (?:age|birthday|birth|birthdate)\b|\bbirthday\b|\bborn\b",
    r"\b(?:what|which) (?:grade|class|year|form)\b|\bcandles?\b[^.!?]*\bcake\b",
    # a place
    rf"\bwhere (?:do|are|r|is|were|did|does) (?:{_YOU}|{_YOUR})\b|\b{_YOU} live\b|\bwhere {_YOU}\b|\bwhere\b[^.!?]*\?",
    rf"\b(?:what|which|name of)\b[^.!?]{{0,20}}\b{_PLACE}\b",
    rf"\b{_YOUR} (?:\w+ )?(?:{_PLACE}|house|home|location|hometown|teacher|address)\b",
    rf"\b(?:say|tell|name)\b[^.!?]{{0,40}}\b(?:{_PLACE}|years|months)\b|\b(?:come|go)\b[^.!?]{{0,30}}\b(?:park|house|home)\b",
    # a picture
    rf"\b(?:send|show|share|post|take|upload|turn on|switch on|snap|give|need|want|see)\b[^.!?]{{0,40}}\b{_PICTURE}\b",
    rf"\b(?:pictures?|photos?|pics?|videos?) (?:of|with) {_YOU}|\bselfies?\b|\bcamera\b|\bwebcam\b",
    rf"\blet me see {_YOU}\b|\bwhat (?:do )?{_YOU} look like\b",
    # whom and what the child has
    rf"\b{_YOUR} (?:\w+ )?(?:phone|number|e-?mail|mail|password|account)\b|\bpasswords?\b",
    rf"\b{_YOUR} (?:\w+ )?(?:mum|mom|mother|dad|father|parents?|family|sister|brother|friends?'?s?)\b",
    rf"\bwho(?:'?s| is| are)\b[^.!?]*\b(?:{_YOU}|home|there|around)\b",
    r"\bdo you have (?:a|any) (?:sister|brother|pet|phone)",
)
