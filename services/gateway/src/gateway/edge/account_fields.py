"""Defines the fields of accounts in the bodies of requests, and which values they accept."""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from importlib import resources
from typing import Annotated

import tzdata
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from gateway.edge.auth.password_rule import LONGEST, SHORTEST

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|\d{3}))?(-[A-Za-z0-9]{5,8})*")


def _email(value: str) -> str:
    """Checks an address in a deliberately simple way: only a message that arrives proves it."""
    address = value.strip().lower()
    local, at, domain = address.partition("@")
    if not (local and at and domain) or not re.fullmatch(r"[\x21-\x3f\x41-\x7e]+", local + domain):
        raise ValueError("must be an e-mail address")
    return address


def _iso_date(value: object) -> object:
    if value is not None and not (isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value)):
        raise ValueError("must be a date such as 2015-03-21")
    return value


def _writable(value: SecretStr) -> SecretStr:
    try:
        value.get_secret_value().encode()
    except UnicodeEncodeError:
        raise ValueError("must be text that can be written as UTF-8") from None
    return value


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(resources.files(tzdata).joinpath("zones").read_text(encoding="utf-8").split())


@cache
def _countries() -> frozenset[str]:
    table = resources.files(tzdata).joinpath("zoneinfo", "iso3166.tab").read_text(encoding="utf-8")
    return frozenset(line.partition("\t")[0] for line in table.splitlines() if not line.startswith("#"))


def is_time_zone(value: str) -> bool:
    """Tells whether a text names a time zone."""
    return value in _time_zones()


def _country(value: str) -> str:
    if value not in _countries():
        raise ValueError("must be a country such as DE (ISO 3166-1)")
    return value


def _language(value: str) -> str:
    """Checks the form of a language tag (BCP 47), and writes it as RFC 5646 recommends."""
    if not _LANGUAGE.fullmatch(value):
        raise ValueError("must be a language such as en or pt-BR (BCP 47)")
    first, *rest = value.split("-")
    sizes = {2: str.upper, 4: str.title}
    return "-".join([first.lower(), *(sizes.get(len(part), str.lower)(part) for part in rest)])


Email = Annotated[str, Field(max_length=254, json_schema_extra={"format": "email"}), AfterValidator(_email)]
#: a password that is being chosen: `password_rule` says more once it is known whose it is
NewPassword = Annotated[SecretStr, Field(min_length=SHORTEST, max_length=LONGEST), AfterValidator(_writable)]
#: a password that is compared
Password = Annotated[SecretStr, Field(max_length=LONGEST), AfterValidator(_writable)]
BirthDate = Annotated[date, BeforeValidator(_iso_date)]
Country = Annotated[str, Field(max_length=2), AfterValidator(_country)]
#: `is_time_zone` says whether there is one of this name
TimeZone = Annotated[str, Field(max_length=100)]
Language = Annotated[str, Field(max_length=35), AfterValidator(_language)]
#: the token of a mailed link
LinkToken = Annotated[SecretStr, Field(max_length=200)]
