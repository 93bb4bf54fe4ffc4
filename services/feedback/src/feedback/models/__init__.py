"""Answers for roles: which model, by which provider, for whose money."""
