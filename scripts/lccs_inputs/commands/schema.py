"""Write what is generated from the models and the tables: the schema, the key table, the codes.

python -m lccs_inputs.commands.schema [--check]
"""

import argparse
import difflib
import sys
from collections.abc import Sequence
from pathlib import Path

from lccs_inputs.commands import status_of
from lccs_inputs.config.codes import codes_text
from lccs_inputs.config.reference import schema_text, table_text
from lccs_inputs.files import write_text

SCHEMA = Path("schemas/config.schema.json")
TABLE = Path("docs/config.md")
CODES = Path("docs/codes.md")


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the files, or with `--check` print how they differ; 1 if they do."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if out of step")
    check = parser.parse_args(arguments).check
    differences: list[str] = []
    pages = ((SCHEMA, schema_text()), (TABLE, table_text()), (CODES, codes_text()))
    for path, text in pages:
        if check:
            written = path.read_text() if path.exists() else ""
            differences += difflib.unified_diff(
                written.splitlines(), text.splitlines(), str(path), "as generated", lineterm=""
            )
        else:
            write_text(path, text)
    if differences:
        print("\n".join([*differences, "", "run: python -m lccs_inputs.commands.schema"]))
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(status_of(main))
