"""Serves attempts: a recording is uploaded, and what its job came to is read."""
