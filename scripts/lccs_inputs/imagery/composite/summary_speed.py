"""How fast observations are summarised here, from numbers drawn by lot."""

import time
from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from lccs_inputs.facts.sensors import Sensor
from lccs_inputs.imagery.composite.observations import Encoding
from lccs_inputs.imagery.composite.order_statistics import summarise
from lccs_inputs.imagery.composite.over_observations import over_observations
from lccs_inputs.imagery.observables import bands_read, observables

_PIXELS = 2**14
_LONG = 0.2  # seconds that are enough
_FIRST_DAY = date(2020, 1, 1)


def summary_seconds(sensor: Sensor, bands: Sequence[str], observations: int) -> float:
    """Seconds of one core to compute bands of a scene set, for each pixel.

    Args:
        bands: as a block is asked for them.
        observations: of a pixel.
    """
    if not observations:
        return 0.0
    lots = np.random.default_rng(1)
    keys = {
        band: {
            at: lots.integers(1, 10_000, _PIXELS).astype(np.uint16) for at in range(observations)
        }
        for band in bands_read(bands, sensor)
    }
    days = [_FIRST_DAY + timedelta(days=at) for at in range(observations)]
    found, steps = observables(bands, sensor), round(1 / sensor.scale_of_bands)
    medians = [band for band in keys if band in bands]
    rounds, started = 0, time.thread_time()
    while time.thread_time() - started < _LONG:
        for band in medians:
            summarise([*keys[band].values()], ["median"], _PIXELS)
        over_observations(found, keys, days, Encoding.of(sensor), steps, _PIXELS)
        rounds += 1
    return (time.thread_time() - started) / rounds / _PIXELS
