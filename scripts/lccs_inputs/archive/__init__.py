"""A run in one file, and from it the run again: what goes in, how it is written, how it is held."""
