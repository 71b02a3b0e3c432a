"""What `make accuracy` takes of a million reference points, as users run it, Snakemake included.

Points of the truth of the sample, or as many as the first argument says. Exits 1 where a limit is
passed.
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

from figures import Figures

from lccs_inputs.sample import REFERENCE_LAYERS
from lccs_inputs.sample import reference as of_sample
from workflow.harness import new_project

POINTS = 1_000_000
CPU, MEMORY = 60, 900
"""Seconds, and MiB of the largest process, that it may take."""


def main() -> int:
    count = int(sys.argv[1]) if sys.argv[1:] else POINTS
    figures = Figures("points")
    with tempfile.TemporaryDirectory() as folder:
        project = new_project(Path(folder) / "sample", {})
        project.run("stack")
        truth = project.folder / "results/sample_data/truth"
        of_sample.REFERENCE_POINTS = count
        of_sample.write_reference(
            {name: truth / f"{name}.tif" for name in REFERENCE_LAYERS}, 2018,
            project.folder / "points.csv",
        )  # fmt: skip
        said = {"file": "points.csv", "crs": "EPSG:2154", "design": "random"}
        project.config["reference"] = {"truth": said}
        project.write_config()
        before = getrusage(RUSAGE_CHILDREN)
        command = [sys.executable, *project.arguments("accuracy")]
        subprocess.run(command, cwd=project.folder, check=True, capture_output=True)
        after = getrusage(RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    figures.at_most(f"{count} points, CPU", cpu, CPU, "s")
    figures.at_most(f"{count} points, peak", after.ru_maxrss / 1024, MEMORY, "MiB")
    return figures.end()


if __name__ == "__main__":
    sys.exit(main())
