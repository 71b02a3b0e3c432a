"""What is said of speed is what was measured."""

from pathlib import Path

import pytest

from lccs_inputs.facts.speeds import LAYER, PRODUCT, START

PAGE = (Path(__file__).parents[3] / "docs" / "benchmarks.md").read_text()


def test_the_page_they_are_from_says_the_same() -> None:
    text = " ".join(PAGE.split())
    said = (
        "0.44 CPU-s a Mpx are work, 0.14 for the six products, 0.17 for the layers, 0.08 for stack"
    )
    assert said in text
    assert pytest.approx(0.44) == 6 * PRODUCT + 7 * LAYER
    assert pytest.approx(0.14) == 6 * PRODUCT
    assert f"{START} for the start of each job" in text
