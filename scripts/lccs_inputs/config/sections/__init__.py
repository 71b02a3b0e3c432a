"""The sections of the config as pydantic models, a file for each subject."""
