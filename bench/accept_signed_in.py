"""Accepts a job as `accept_side` does, once the session of the request's access token is read."""

from bench.accept_side import run

if __name__ == "__main__":
    run(signed_in=True)
