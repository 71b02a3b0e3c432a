"""What is said of speed is what was measured."""

from pathlib import Path

import pytest

from lccs_inputs.facts.speeds import LAYER, PRODUCT, START

PAGE = (Path(__file__).parents[3] / "docs" / "benchmarks.md").read_text()


def test_the_page_they_are_from_says_the_same() -> None:
    text = " ".join(PAGE.split())
    assert "0.63 CPU-s a Mpx are work: 0.18 for the six products, 0.27 for the layers" in text
    assert pytest.approx(0.63) == 6 * PRODUCT + 7 * LAYER
    assert f"are starts: {START} for each job" in text
