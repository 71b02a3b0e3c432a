"""The stand-in services as most tests want them; those that need another pace make their own."""

import logging
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import ee
import pytest
from shapely import box

from lccs_inputs.clms.session import ClmsSession
from lccs_inputs.sample.generate import generate_sample
from standins.clms import ClmsStandIn
from standins.earthengine import EarthEngineStandIn
from standins.loopback import limits_end_in_silence

USUAL = (977000, 6588000, 978200, 6589200)
"""One sample for all modules whose BOUNDS lie in it: to draw one takes seconds, however small."""


@pytest.fixture
def silence() -> Iterator[None]:
    """Time limits that run out only where a stand-in keeps silent, and then at once."""
    with limits_end_in_silence():
        yield


@pytest.fixture
def clms() -> Iterator[ClmsStandIn]:
    with ClmsStandIn() as stand_in:
        stand_in.clock.stop()
        yield stand_in


@pytest.fixture
def session(clms: ClmsStandIn) -> Iterator[ClmsSession]:
    """Anonymous: the catalogue is public."""
    with ClmsSession(clms.url, None, clock=clms.clock.now, sleep=clms.clock.sleep) as opened:
        yield opened


@pytest.fixture(scope="module")
def sample(request: pytest.FixtureRequest, once: Callable[..., Path]) -> Path:
    """The catalogue of the sample at native 10 m over the BOUNDS of the test module."""
    bounds = request.module.BOUNDS
    if box(*USUAL).covers(box(*bounds)):
        bounds = USUAL
    name = "sample_" + "_".join(map(str, bounds))
    folder = once(name, lambda folder: generate_sample(folder, 10, seed=1, bounds=bounds))
    return folder / "catalog.json"


@pytest.fixture
def service(sample: Path, tmp_path: Path) -> Iterator[EarthEngineStandIn]:
    """Earth Engine over that sample."""
    with EarthEngineStandIn(sample, folder=tmp_path / "service") as stand_in:
        yield stand_in
    ee.Reset()


@pytest.fixture
def logging_as_it_was() -> Iterator[None]:
    """What a job sets for its whole process is as before after the test."""
    root = logging.getLogger()
    handlers, levels = [*root.handlers], {each: each.level for each in _loggers()}
    with warnings.catch_warnings():
        yield
        logging.captureWarnings(False)
    for handler in {*root.handlers} - {*handlers}:
        handler.close()
    root.handlers[:] = handlers
    for each in _loggers():
        each.setLevel(levels.get(each, logging.NOTSET))


def _loggers() -> list[logging.Logger]:
    """The root and those below it that there are."""
    names = logging.root.manager.loggerDict
    return [logging.getLogger(), *map(logging.getLogger, names)]
