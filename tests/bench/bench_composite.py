"""Compose one block of 2048 × 2048 px from 12 scenes: time and memory.

Prints CPU seconds and peak memory of `compose_block`, and of the usual way (GDAL's WarpedVRT per
band and scene, np.nanmedian, np.nanpercentile) on a 256 px corner, scaled to the block. Exits 1 if the block needs
1.5 GiB or more, or is not faster.
"""
