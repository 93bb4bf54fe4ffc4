"""Keeps the twister catalogue and each person's progress, and chooses the next twister."""
