"""What every script does around its one call: logging, a bounded GDAL cache, clear failures."""

import contextlib
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

from lccs_inputs.errors import InputError
from lccs_inputs.rasters.reading import gdal_env


@contextlib.contextmanager
def job(log: str) -> Iterator[None]:
    """Run a job body: log to `log` and to stderr, end an `InputError` in its one sentence.

    Raises:
        SystemExit: status 1 after an `InputError`; other errors keep their traceback.
    """
    Path(log).parent.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(message)s",
        handlers=[logging.FileHandler(log, mode="w"), logging.StreamHandler()],
        force=True,
    )
    logging.captureWarnings(True)
    for chatty in ("rasterio", "urllib3", "matplotlib"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    try:
        with gdal_env():
            yield
    except InputError as error:
        logging.error("%s", error)
        sys.exit(1)
    except Exception:
        logging.exception("unexpected error")
        raise
