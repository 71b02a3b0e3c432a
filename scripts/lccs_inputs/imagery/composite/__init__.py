"""Composing a block of a scene set from its scenes: read, mask, gather, sort, summarise."""
