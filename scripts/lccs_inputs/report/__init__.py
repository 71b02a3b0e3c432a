"""The report of a period: one page with every map, its numbers, and where they come from."""
