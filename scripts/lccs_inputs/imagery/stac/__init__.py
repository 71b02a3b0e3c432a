"""The open-data engine: searching STAC catalogues and reading what their items say."""
