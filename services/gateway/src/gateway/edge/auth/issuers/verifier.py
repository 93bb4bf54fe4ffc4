"""Signs and verifies JSON Web Tokens (RFC 7519, and RFC 8725 for what to refuse); no other module knows their library.

An algorithm is that of the key, which our settings or the issuer's key set name, never the one that a token asks for.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import jwt

from chassis.errors import VoxbusError
from gateway.edge.auth.issuers.rule import InvalidToken, Rule

#: characters up to which a token is looked at
LONGEST = 16 * 1024
LONGEST_SUBJECT = 200
MOST_KEYS = 50
_PARTS = 3
SYMMETRIC = frozenset({"HS256", "HS384", "HS512"})
#: by key type and curve, the algorithms that a published key may have, the usual one first
_OF_TYPE: Mapping[tuple[Any, Any], tuple[str, ...]] = {
    ("RSA", None): ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    ("EC", "P-256"): ("ES256",),
    ("EC", "P-384"): ("ES384",),
    ("EC", "P-521"): ("ES512",),
    ("OKP", "Ed25519"): ("EdDSA",),
}
ASYMMETRIC = frozenset(algorithm for algorithms in _OF_TYPE.values() for algorithm in algorithms)


class BadKeys(VoxbusError):
    """Says that a document is no usable set of keys."""


@dataclass(frozen=True, slots=True, repr=False)
class Key:
    """Holds a key and the one algorithm that it is for."""

    algorithm: str
    key: jwt.PyJWK | str


@dataclass(frozen=True, slots=True)
class Look:
    """Holds what a token says before anything of it is believed: only good for choosing the rule and the key.

    `signed` is the part under the signature. It names the token: a signature may have several spellings, and for some
    algorithms anyone can make another valid one.
    """

    issuer: str
    algorithm: str
    kid: str | None
    signed: str


def sign(claims: Mapping[str, Any], secret: str, algorithm: str) -> str:
    """Makes a token."""
    return jwt.encode(dict(claims), secret, algorithm)


def sign_with(jwk: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
    """Makes a token with a private JSON Web Key, whose algorithm and id its header names."""
    key = jwt.PyJWK(dict(jwk))
    return jwt.encode(dict(claims), key.key, key.algorithm_name, headers={"kid": jwk["kid"]})


def look_at(token: str) -> Look:
    """Reads a token without verifying it, in a third of the time that the library takes. Raises `InvalidToken`.

    What this lets pass although it is written in an unusual way, `verify` refuses.
    """
    if len(token) > LONGEST or not token.isascii():
        raise InvalidToken("size or characters")
    parts = token.split(".")
    if len(parts) != _PARTS:
        raise InvalidToken("parts")
    header, claims = _object(parts[0]), _object(parts[1])
    if "crit" in header or "b64" in header:
        raise InvalidToken("asks for an extension")
    issuer, algorithm, kid = claims.get("iss"), header.get("alg"), header.get("kid")
    if not isinstance(issuer, str) or not isinstance(algorithm, str) or not isinstance(kid, str | None):
        raise InvalidToken("issuer, algorithm or key")
    return Look(issuer, algorithm, kid, token.rpartition(".")[0])


def _object(part: str) -> dict[str, Any]:
    try:
        content = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError) as error:
        raise InvalidToken(type(error).__name__) from None
    if not isinstance(content, dict):
        raise InvalidToken("no object")
    return content


def verify(token: str, keys: Iterable[Key], rule: Rule) -> dict[str, Any]:
    """Returns the claims of a token that fits one of the keys and the rule. Raises `InvalidToken`."""
    refused = "no key"
    for key in keys:
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key.key,
                algorithms=[key.algorithm],
                audience=rule.audience,
                issuer=rule.issuer,
                leeway=rule.leeway_s,
                options={
                    "require": ["iss", "sub", "exp"],
                    "verify_aud": rule.audience is not None,
                    "strict_aud": rule.sole_audience,
                    "verify_iat": rule.checks_issue_time,
                    "enforce_minimum_key_length": key.algorithm not in SYMMETRIC,
                },
            )
        except jwt.InvalidSignatureError as error:
            refused = type(error).__name__
            continue
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError) as error:
            raise InvalidToken(type(error).__name__) from None
        _check(claims, rule)
        return claims
    raise InvalidToken(refused)


def _check(claims: Mapping[str, Any], rule: Rule) -> None:
    """Checks what the library does not."""
    subject, party = claims["sub"], claims.get("azp")
    if not 1 <= len(subject) <= LONGEST_SUBJECT or not is_text(subject):
        raise InvalidToken("subject")
    if any(isinstance(claims.get(name, 0), bool | str) for name in ("exp", "nbf", "iat")):
        raise InvalidToken("a time that is no number")
    if rule.authorized_parties is not None and (not isinstance(party, str) or party not in rule.authorized_parties):
        raise InvalidToken("authorized party")
    if not rule.accepts(claims):
        raise InvalidToken("a condition of the vendor")


def is_text(value: object) -> bool:
    """Tells whether a value is a text that the database can hold."""
    return isinstance(value, str) and "\0" not in value and value.isprintable()


def keys_of(document: object, algorithms: Collection[str]) -> dict[str, Key]:
    """Returns the usable keys of a JSON Web Key Set (RFC 7517) by their ids.

    A key is left out that is not for signatures or for none of the `algorithms`, has no id, or is not public. Raises
    `BadKeys` for what is no such set, and for one of too many keys.
    """
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list) or len(listed) > MOST_KEYS:
        raise BadKeys("no list of keys, or too long")
    found: dict[str, Key] = {}
    for each in listed:
        key = _usable(each, algorithms) if isinstance(each, dict) else None
        if key is not None:
            found.setdefault(each["kid"], key)
    return found


def _usable(jwk: dict[str, Any], algorithms: Collection[str]) -> Key | None:
    kid, kind, operations = jwk.get("kid"), jwk.get("kty"), jwk.get("key_ops", ["verify"])
    if not isinstance(kid, str) or not isinstance(kind, str) or "d" in jwk or jwk.get("use", "sig") != "sig":
        return None
    if not isinstance(operations, list) or "verify" not in operations:
        return None
    curve = jwk.get("crv") if kind != "RSA" else None
    possible = _OF_TYPE.get((kind, curve), ()) if curve is None or isinstance(curve, str) else ()
    stated = jwk.get("alg")
    permitted = [each for each in possible if each in algorithms and stated in (None, each)]
    if not permitted:
        return None
    try:
        return Key(permitted[0], jwt.PyJWK(jwk, permitted[0]))
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):
        return None
