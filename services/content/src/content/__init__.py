"""The twister catalogue, each person's progress, the choice of the next twister."""
