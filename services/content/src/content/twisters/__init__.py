"""Holds the rules of tongue twisters: the catalogue, progress per sound, the choice of the next twister."""
