"""Write a finished run as one file, from which it is repeated.

python -m lccs_inputs.commands.archive [CONFIG ...] [--out FILE] [--inputs]
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from lccs_inputs.archive.code import code_of
from lccs_inputs.archive.contents import contents_of
from lccs_inputs.archive.writing import write_tar
from lccs_inputs.commands import plan_of, status_of
from lccs_inputs.config import load_files
from lccs_inputs.errors import InputError
from lccs_inputs.files import writable
from lccs_inputs.words import counted

_ENDING = ".tar.gz"


def main(arguments: Sequence[str] | None = None) -> int:
    """Archive the run of `config.yaml`, or of the user's files; the exit status."""
    parser = argparse.ArgumentParser(description="Write a finished run as one file.")
    parser.add_argument("config", nargs="*", type=Path, help="over config.yaml")
    parser.add_argument("--out", type=Path, default=Path("results/archive.tar.gz"))
    parser.add_argument("--inputs", action="store_true", help="with what services delivered")
    options = parser.parse_args(arguments)
    try:
        print(archive(options.config, options.out, inputs=options.inputs))
    except InputError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def archive(config: Sequence[Path], out: Path, *, inputs: bool) -> str:
    """Write the archive of a run; what is told of it.

    Raises:
        InputError: the run is not finished, or `out` is no name for an archive.
    """
    if not out.name.endswith(_ENDING) or not out.name.removesuffix(_ENDING).strip("."):
        raise InputError(f"OUT: {out} is no name for an archive; write OUT=my-paper{_ENDING}")
    plan = plan_of(config)
    document = load_files(Path("config.yaml"), config, {})
    members = contents_of(plan, document, code_of(Path.cwd()), inputs=inputs)
    with writable(out, "OUT"):
        write_tar(out, out.name.removesuffix(_ENDING), members)
    said = f"{out}: {counted(len(members), 'file')}, {out.stat().st_size / 1e6:.1f} MB"
    if inputs or not plan.archive.fetched():
        return f"{said}; its README.txt says how the run is repeated, without asking a service"
    return f"{said}; services would be asked again, but for INPUTS=1"


if __name__ == "__main__":
    sys.exit(status_of(main))
