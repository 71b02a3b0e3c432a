"""Runs that are killed, cut off and damaged at random moments, and end in the same bytes."""
