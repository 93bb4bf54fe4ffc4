"""Tongue twisters: the catalogue, each person's progress per sound, the choice of the next twister."""
