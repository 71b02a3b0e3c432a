"""A first config for a place and a year: what there is of it, from tables alone."""
