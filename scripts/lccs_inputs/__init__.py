"""Environmental descriptors for FAO LCCS land cover, built as rasters on one grid.

The library knows nothing of Snakemake: the scripts beside it turn a job into plain arguments
and call one function here.
"""
