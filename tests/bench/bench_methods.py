"""How well each method finds what the sample holds: F1 against the truth, for docs/methods.md.

The whole sample at 20 m, clouds and noise included, every method of config.yaml. Exits 1 if the
default of a layer is below 0.95.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np

from lccs_inputs.sample import EVIAN
from lccs_inputs.sample.generate import generate_sample
from lccs_inputs.sample.truth import TRUTH
from workflow.every_method import CONFIG, Maker, build_sources, every_method, f1
from workflow.harness import new_project, small_config

LEAST = 0.95


def score(codes: np.ndarray, truth: np.ndarray, layer: str) -> float:
    """F1; of several codes their mean."""
    return float(np.mean([f1(codes, truth, code) for code in set(TRUTH[layer].values()) - {0}]))


def scores(folder: Path) -> dict[tuple[str, str], float]:
    sample = folder / "sample"
    generate_sample(sample, 20, 2018)
    config = small_config(sample, areas={"shore": {"bbox": list(EVIAN)}})
    config["grid"] |= {"resolution": 20, "block": 4096}
    project = new_project(folder / "project", config)
    build_sources(project)
    project.run("layers")
    maker = Maker(project)
    return {
        (layer, method): score(maker.make(layer, method), maker.truth(sample, layer), layer)
        for layer, method in every_method()
        if layer in TRUTH
    }


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        found = scores(Path(folder))
    failed = 0
    print("| Layer | Method | F1 |\n|---|---|---:|")
    for (layer, method), value in found.items():
        use = CONFIG["layers"][layer]["use"]
        is_default = method in (use if isinstance(use, list) else [use])[:1]
        failed += is_default and value < LEAST
        print(f"| `{layer}` | `{method}`{' (default)' if is_default else ''} | {value:.3f} |")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
