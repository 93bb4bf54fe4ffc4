"""Turns an assessment into true, kind words."""
