"""Removing small patches and holes of a binary raster, exactly and in bounded memory.

A patch is a set of connected pixels of one code; one of 0 is a hole of those of 1 around it. A
patch below the least size of its code takes the code of its biggest neighbour (the first met from
the north-west, of several as big); if that is too small itself, that of the biggest neighbour of
that one, and so on. It stays where this leads to none that is big enough, or in a circle. With the
same least size for both codes this is GDAL's sieve (gdal/alg/gdalsievefilter.cpp), pixel for pixel.

The raster is read window by window, three times: to measure the patches, to find where the small
ones go, to write; their pixels wait for that in a scratch file. Within a window a patch that does
not touch its edge is whole, and forgotten again; a table (`open_patches.py`) holds those that do.
So memory grows with the edges of the windows only, and the result does not depend on the windows.
"""
