"""Seeded noise: smooth random fields, grain per pixel, and integer hashes.

Everything depends on the seed, a key and the place alone, never on how an image is cut.
"""

import zlib

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]

_TILE = 512  # px; the grain repeats after this many pixels, far apart enough not to be seen


def generator(seed: int, *key: object) -> np.random.Generator:
    """An independent random stream per seed and key."""
    text = "/".join(str(part) for part in key)
    return np.random.default_rng([seed, zlib.crc32(text.encode())])


def smooth_field(shape: tuple[int, int], sigmas: dict[float, float], seed: int, key: str) -> Field:
    """A sum of Gaussian random fields that repeats at its edges.

    Args:
        shape: (rows, columns), nodes.
        sigmas: correlation length in nodes → amplitude (standard deviation).
    """
    total = np.zeros(shape)
    for sigma, amplitude in sigmas.items():
        white = generator(seed, key, sigma).standard_normal(shape)
        smoothed = np.fft.irfft2(np.fft.rfft2(white) * _blur(shape, sigma), shape)
        total += smoothed * (amplitude / smoothed.std())
    return total.astype(np.float32)


def _blur(shape: tuple[int, int], sigma: float) -> NDArray[np.float64]:
    """What a Gaussian of `sigma` nodes leaves of each frequency of `rfft2`."""
    down, right = np.fft.fftfreq(shape[0]), np.fft.rfftfreq(shape[1])
    squared: NDArray[np.float64] = down[:, None] ** 2 + right**2
    return np.exp(-2 * (np.pi * sigma) ** 2 * squared)


class Grain:
    """Noise per pixel, taken from one repeating tile at an offset that depends on the key."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.normal = generator(seed, "grain").standard_normal((_TILE, _TILE), dtype=np.float32)

    def __call__(self, col: int, row: int, width: int, height: int, *key: object) -> Field:
        """Standard normal noise, shape (height, width), of pixels from (col, row) onwards."""
        return self._cut(self.normal, col, row, width, height, key)

    def speckle(
        self, looks: float, col: int, row: int, width: int, height: int, *key: object
    ) -> Field:
        """Multiplicative speckle: gamma of mean 1 and `looks` looks, shape (height, width)."""
        tile = generator(self.seed, "speckle", looks).gamma(looks, 1 / looks, (_TILE, _TILE))
        return self._cut(tile.astype(np.float32), col, row, width, height, key)

    def _cut(
        self, tile: Field, col: int, row: int, width: int, height: int, key: tuple[object, ...]
    ) -> Field:
        shift_col, shift_row = generator(self.seed, "grain", *key).integers(0, _TILE, 2)
        cols = (np.arange(width) + col + shift_col) % _TILE
        rows = (np.arange(height) + row + shift_row) % _TILE
        cut: Field = tile[rows][:, cols]
        return cut


def hash_cells(seed: int, *cells: NDArray[np.int64]) -> NDArray[np.uint32]:
    """A well-mixed 32-bit hash per cell of an integer lattice (splitmix64 finaliser)."""
    state = np.full(cells[0].shape, np.uint64(seed & 0xFFFFFFFF))
    for cell in cells:
        state = (state ^ cell.astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: NDArray[np.uint32] = ((state ^ (state >> np.uint64(31))) >> np.uint64(16)).astype(
        np.uint32
    )
    return mixed
