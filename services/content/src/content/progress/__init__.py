"""Keeps what learners do as events, and folds them into progress and reviews."""
