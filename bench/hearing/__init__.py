"""Measures how well speech hears readings, in circumstances that people really have: `make bench-hearing`."""
