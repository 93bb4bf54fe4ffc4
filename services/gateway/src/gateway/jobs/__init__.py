"""Keeps jobs: accepting, ordering, recording and ending them, and finding those that are lost."""
