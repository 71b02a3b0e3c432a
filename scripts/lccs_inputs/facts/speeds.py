"""How fast the local part is, from products to level 3, for each pixel of the grid.

Source: docs/benchmarks.md, "The local part": the run of `tests/bench/bench_local.py`, of six
products and seven layers, on 2 vCPU AMD EPYC.
"""

PRODUCT = 0.14 / 6
"""CPU seconds to align a product, each 10⁶ px."""

LAYER = (0.17 + 0.08 + 0.05) / 7
"""CPU seconds to build a layer, to stack and to check it, each 10⁶ px."""

START = 0.4
"""CPU seconds of a job, however little it does."""
