"""From sources to layers: statistics, expressions, checks, the stack and level 3."""
