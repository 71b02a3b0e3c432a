"""Six products from CLMS, each 60 s in its queue: the run takes little longer than one of them.

The alternative named is asking for one after the other, as the notebook does.
"""

import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from lccs_inputs.sample.generate import generate_sample
from standins.clms import ClmsStandIn
from workflow.harness import SAMPLE_BOUNDS
from workflow.test_clms import ORDERED, SampleProducts, ordering_project

QUEUE = 60.0
LIMIT = 1.3


def main() -> int:
    with TemporaryDirectory() as folder:
        work = Path(folder)
        generate_sample(work / "sample", 10, 2018, bounds=SAMPLE_BOUNDS)
        source = SampleProducts(work / "sample", work / "unpacked")
        with ClmsStandIn(source, queue_seconds=QUEUE) as clms:
            project = ordering_project(work / "sample", clms, work / "project")
            del project.config["clms"]["poll_seconds"]
            targets = [
                f"results/shore/sources/{name}/2018/delivery.zip"
                for name, settings in project.config["products"].items()
                if settings["product"] in ORDERED
            ]
            started = time.monotonic()
            project.run(*targets)
            wall = time.monotonic() - started
            looks = len(clms.requests("GET @datarequest_search"))
    print(f"{len(targets)} products, {QUEUE:.0f} s each in the queue      wall s   status calls")
    print(f"one after the other                 {len(targets) * QUEUE:9.0f}")
    print(f"together                            {wall:9.0f}      {looks}")
    print(f"{wall / QUEUE:.2f} times the slowest one (at most {LIMIT})")
    return int(wall > LIMIT * QUEUE)


if __name__ == "__main__":
    sys.exit(main())
