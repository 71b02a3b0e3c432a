"""What is run by hand, each behind a target of the Makefile."""
