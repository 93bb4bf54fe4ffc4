"""Tells whether the text of a hint gives the answer away: for whoever writes hints, and whoever keeps them."""
