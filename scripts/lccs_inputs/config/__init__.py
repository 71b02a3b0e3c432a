"""The configuration of a run: from files to checked settings, and what its names mean."""

from lccs_inputs.config.class_tables import read_class_table
from lccs_inputs.config.editions import dates, edition
from lccs_inputs.config.files import load_files, merge_files, replace_sections
from lccs_inputs.config.legends import read_legend
from lccs_inputs.config.load import check, is_number, load, namespace
from lccs_inputs.config.models import Config

__all__ = [
    "Config",
    "check",
    "dates",
    "edition",
    "is_number",
    "load",
    "load_files",
    "merge_files",
    "namespace",
    "read_class_table",
    "read_legend",
    "replace_sections",
]
