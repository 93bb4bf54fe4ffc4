"""Writes hints for exercises by models, and lets none through that gives the answer away."""
