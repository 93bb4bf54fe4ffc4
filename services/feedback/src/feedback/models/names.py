"""Compares names of models as people write them."""

from __future__ import annotations

import re
import unicodedata

#: what makes no difference between two names: spaces, dots and hyphens, with those that typography adds
_IGNORED = re.compile(r"[\s.\-\u2010-\u2015]+")


def plain(name: str) -> str:
    """Returns what two ways of writing a name have in common: `GPT-4o`, `gpt 4o` and `gpt4o` are one name."""
    return _IGNORED.sub("", unicodedata.normalize("NFKC", name).casefold())
