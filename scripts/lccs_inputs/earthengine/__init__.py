"""The Earth Engine engine: signing in, expression graphs, freezing scene lists, exporting tiles.

It fills the same scene lists and blocks as the open-data engine, so nothing after it differs.
Only `graphs`, `search` and `signin` import the client, which is slow to load.
"""
