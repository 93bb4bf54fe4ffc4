"""Names the limits on requests, and reads from `VOXBUS_RATE_LIMITS` which of them differ from their defaults."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, Literal, get_args

from chassis.errors import SettingsError
from chassis.settings import PREFIX

Name = Literal[
    "address",
    "person",
    "sign-up",
    "login",
    "mail",
    "refresh",
    "upload",
    "guardian",
    "export",
    "jobs-open",
    "conversation",
    "conversation_key",
]
#: of the limits that an operation declares as `x-limits`, those that count by address, and those that its function
#: takes, as only the body tells whom they are about; the others count by person
BY_ADDRESS: frozenset[str] = frozenset({"sign-up", "login"})
BY_BODY: frozenset[str] = frozenset({"refresh", "mail", "guardian", "export", "conversation", "conversation_key"})

#: what operators and balancers ask, which is never limited
UNLIMITED = frozenset({"/livez", "/readyz", "/metrics", "/api/health"})

SETTING = f"{PREFIX}RATE_LIMITS"
_OFF = "off"
#: fewer requests than a memory remembers at least, so that each can be counted
_RATE = re.compile(r"([1-9]\d{0,4})/([1-9]\d{0,6})")
_NUMBER = re.compile(r"[1-9]\d{0,8}")


@dataclass(frozen=True, slots=True)
class Policy:
    """Permits `quota` requests within any `window` of seconds, or that many jobs at a time without one."""

    name: Name
    quota: int
    window: int | None


DEFAULTS: Mapping[Name, Policy] = MappingProxyType(
    {
        policy.name: policy
        for policy in (
            Policy("address", 1200, 60),
            Policy("person", 600, 60),
            Policy("sign-up", 10, 3600),
            Policy("login", 30, 600),
            Policy("mail", 3, 3600),
            Policy("refresh", 60, 600),
            Policy("upload", 60, 600),
            Policy("guardian", 3, 86_400),
            Policy("export", 3, 86_400),
            Policy("jobs-open", 500, None),
            Policy("conversation", 20, 60),
            Policy("conversation_key", 120, 60),
        )
    }
)


def read_policies(setting: str | None) -> Mapping[Name, Policy]:
    """Returns the policies in force, by name; one that is off is absent.

    The `setting` is `off` for all of them, or JSON such as `{"login": "30/600", "jobs-open": "1000", "mail": "off"}`.
    Raises `SettingsError`.
    """
    if setting is None:
        return DEFAULTS
    if setting == _OFF:
        return {}
    changed = _parsed(setting)
    policies = {name: _changed(policy, changed.get(name)) for name, policy in DEFAULTS.items()}
    return {name: policy for name, policy in policies.items() if policy is not None}


def _parsed(setting: str) -> dict[str, Any]:
    try:
        changed = json.loads(setting)
    except ValueError:
        changed = None
    if not isinstance(changed, dict):
        raise SettingsError(f'{SETTING} is wrong: must be off, or JSON such as {{"login": "30/600", "mail": "off"}}.')
    for name in sorted(changed.keys() - set(get_args(Name))):
        near = get_close_matches(name, get_args(Name), n=1, cutoff=0)
        raise SettingsError(f"{SETTING} is wrong: {name!r} is no limit, {near[0]!r} is.")
    return changed


def _changed(policy: Policy, to: object) -> Policy | None:
    if to is None:
        return policy
    if to == _OFF:
        return None
    text = to if isinstance(to, str) else ""
    if policy.window is None:
        if _NUMBER.fullmatch(text):
            return replace(policy, quota=int(text))
        raise SettingsError(f'{SETTING} is wrong: {policy.name} must be off or a number at a time, such as "500".')
    rate = _RATE.fullmatch(text)
    if rate is None:
        form = 'requests/seconds, such as "30/600", at most 99999 requests'
        raise SettingsError(f"{SETTING} is wrong: {policy.name} must be off or {form}.")
    return replace(policy, quota=int(rate[1]), window=int(rate[2]))
