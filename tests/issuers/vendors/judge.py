"""Lets the vendors' own Python clients use a server and judge tokens. It runs in their environment, not in ours.

Its arguments are what to do and JSON; it prints JSON.
"""
# mypy: ignore-errors

from __future__ import annotations

import json
import sys
from types import SimpleNamespace

from clerk_backend_api.security import authenticate_request
from clerk_backend_api.security.types import AuthenticateRequestOptions, TokenVerificationError, VerifyTokenOptions
from clerk_backend_api.security.verifytoken import verify_token
from supabase_auth import SyncGoTrueClient
from supabase_auth.errors import AuthError


def _supabase(given):
    return SyncGoTrueClient(url=given["url"], headers={"apikey": given["key"]}, auto_refresh_token=False)


def sign_up(given):
    """Signs up, in and out as a page would, and reads the claims of the token."""
    client = _supabase(given)
    account = {"email": given["email"], "password": given["password"]}
    made = client.sign_up(account)
    known = client.sign_in_with_password(account)
    refreshed = client.refresh_session()
    claims = client.get_claims(refreshed.session.access_token)["claims"]
    return {
        "user": made.user.id,
        "same_user": known.user.id == made.user.id,
        "token": refreshed.session.access_token,
        "refresh_token": refreshed.session.refresh_token,
        "claims": claims,
    }


def sign_out(given):
    """Signs a session out."""
    client = _supabase(given)
    client.set_session(given["token"], given["refresh_token"])
    client.sign_out({"scope": "local"})
    return {}


def refusals(given):
    """Returns the codes of the errors that the client reads from a server's answers."""
    client, read = _supabase(given), {}
    for name, (method, credentials) in given["attempts"].items():
        try:
            getattr(client, method)(credentials)
            read[name] = None
        except AuthError as error:
            read[name] = error.code
    return read


def judge_supabase(given):
    """Tells which tokens the client takes as good; a client for each, as a new process would."""

    def good(token):
        try:
            return _supabase(given).get_claims(token) is not None
        except Exception:
            return False

    return {name: good(token) for name, token in given["tokens"].items()}


def judge_clerk(given):
    """Tells which tokens the client takes as good, with the keys of the Backend API at `url`."""

    def good(token):
        options = VerifyTokenOptions(secret_key=given["key"], api_url=given["url"], authorized_parties=given["parties"])
        try:
            return verify_token(token, options) is not None
        except TokenVerificationError:
            return False
        except Exception:
            return False

    return {name: good(token) for name, token in given["tokens"].items()}


def clerk_request(given):
    """Authenticates a request by a public key, without asking anybody."""
    request = SimpleNamespace(headers={"Authorization": f"Bearer {given['token']}"})
    options = AuthenticateRequestOptions(jwt_key=given["public_key"], authorized_parties=given["parties"])
    state = authenticate_request(request, options)
    return {"signed_in": state.is_signed_in, "reason": state.message, "payload": state.payload}


if __name__ == "__main__":
    print(json.dumps(globals()[sys.argv[1]](json.load(sys.stdin))))
