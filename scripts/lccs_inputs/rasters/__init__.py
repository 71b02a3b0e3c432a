"""Rasters on one lattice: grids and areas, reading, writing, mosaics, exact nearest pixels."""
