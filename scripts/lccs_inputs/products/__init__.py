"""Maps made by others, as they are delivered, put on the grid of an area."""
