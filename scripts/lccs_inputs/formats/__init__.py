"""Results in the forms of other programs: QGIS, and xarray by way of Zarr."""
