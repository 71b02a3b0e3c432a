"""The Copernicus Data Space Ecosystem (CDSE): its keys, and its store of objects."""
