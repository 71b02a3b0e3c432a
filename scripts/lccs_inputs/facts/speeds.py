"""How fast the local part is, from products to level 3, for each pixel of the grid.

Source: docs/benchmarks.md, "The local part": the run of `tests/bench/bench_local.py`, of six
products and seven layers, on 2 vCPU AMD EPYC.
"""

PRODUCT = 0.18 / 6
"""CPU seconds to align a product, each 10⁶ px."""

LAYER = (0.27 + 0.10 + 0.08) / 7
"""CPU seconds to build a layer, to stack and to check it, each 10⁶ px."""

START = 0.6
"""CPU seconds of a job, however little it does."""
