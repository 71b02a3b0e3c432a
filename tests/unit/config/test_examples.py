"""The examples of the documents lead past the sample, and mean what they say."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from lccs_inputs.errors import ConfigError
from lccs_inputs.plan import Plan

REPOSITORY = Path(__file__).resolve().parents[3]
SOUTH = {"bbox": [2.9, 43.4, 3.3, 43.7]}


def examples() -> Iterator[str]:
    """The configs with an area among the examples; what is a file is a box in the south."""
    for path in (REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))):
        for text in re.findall(r"^```yaml\n(.*?)^```", path.read_text(), re.MULTILINE | re.DOTALL):
            if re.search(r"^areas:", text, re.MULTILINE):
                yield text


@pytest.mark.parametrize("text", [*examples()])
def test_an_example_with_an_area_needs_nothing_of_the_sample(text: str, tmp_path: Path) -> None:
    document = yaml.safe_load(text)
    document["areas"] = dict.fromkeys(document["areas"], SOUTH)
    mine = tmp_path / "mine.yaml"
    mine.write_text(yaml.safe_dump(document, sort_keys=False))
    try:
        plan = Plan.from_files(REPOSITORY / "config.yaml", [mine], {}, for_a_run=True)
    except ConfigError as error:
        pytest.fail(str(error))
    assert plan.layers.targets()
