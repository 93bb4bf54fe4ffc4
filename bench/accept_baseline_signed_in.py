"""Accepts a job as `accept_baseline` does, once the session of the request's access token is read."""

from bench.accept_baseline import run

if __name__ == "__main__":
    run(signed_in=True)
