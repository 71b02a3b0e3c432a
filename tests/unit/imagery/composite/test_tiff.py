"""Where the blocks of a TIFF lie: as GDAL reads the file, also one that says a thing twice."""

import struct

import numpy as np
import rasterio

from lccs_inputs.imagery.composite.tiff import images_of

_WIDTH, _ENTRY = 256, 12


def with_another_width(content: bytes, width: int) -> bytes:
    """The same file, whose directory says after its width that it is another."""
    (at,) = struct.unpack("<I", content[4:8])
    (count,) = struct.unpack("<H", content[at : at + 2])
    entries = [content[at + 2 + _ENTRY * n :][:_ENTRY] for n in range(count)]
    second = struct.pack("<HHII", _WIDTH, 4, 1, width)
    place = 1 + [struct.unpack("<H", entry[:2])[0] for entry in entries].index(_WIDTH)
    directory = struct.pack("<H", count + 1) + b"".join(
        [*entries[:place], second, *entries[place:]]
    )
    return content[:4] + struct.pack("<I", len(content)) + content[8:] + directory + bytes(4)


def test_of_a_width_that_is_said_twice_the_first_counts_as_for_gdal():
    with rasterio.MemoryFile() as memory:
        with memory.open(driver="GTiff", width=30, height=20, count=1, dtype="uint8") as dataset:
            dataset.write(np.ones((1, 20, 30), np.uint8))
        content = with_another_width(bytes(memory.read()), 60)
    (image,) = images_of(lambda at, size: content[at : at + size])
    with rasterio.MemoryFile(content) as memory, memory.open() as dataset:
        assert image.shape == dataset.shape == (20, 30)
