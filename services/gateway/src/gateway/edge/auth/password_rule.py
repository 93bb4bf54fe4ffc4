"""Decides which passwords are accepted: the rule of `accounts.md`, as a pure function."""

from __future__ import annotations

from zxcvbn.frequency_lists import FREQUENCY_LISTS

from gateway.edge.auth.passwords import normal

SHORTEST, LONGEST = 8, 200
#: the 30,000 most common passwords of leaked collections, in lower case
_COMMON = frozenset(FREQUENCY_LISTS["passwords"])


def fault_of(password: str, *known: str | None) -> str | None:
    """Says what is wrong with a password, as the message of its field; None for a good one.

    `known`: what others know of the person, such as the e-mail address. The length counts characters in the form that
    is hashed.
    """
    written = normal(password)
    if len(written) < SHORTEST:
        return f"must have at least {SHORTEST} characters"
    if len(written) > LONGEST:
        return f"must have at most {LONGEST} characters"
    folded = written.casefold()
    if folded in {normal(each).casefold().strip() for each in known if each}:
        return "must not be your e-mail address or name"
    if folded in _COMMON:
        return "is one of the most common passwords: choose another one"
    return None
