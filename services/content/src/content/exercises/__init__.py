"""Defines the nine types of exercise: as an author means them, as a learner sees them, and what answers them."""
