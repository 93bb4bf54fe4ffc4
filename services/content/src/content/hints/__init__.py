"""Gives learners hints for exercises, level by level; none gives its answer away."""
