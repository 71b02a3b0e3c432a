"""The rules that make what a period tells of, by what they are of; tests hold them to `rules/`."""

ASKING = (
    "search_scenes", "freeze_scenes", "compose_block", "request_product", "fetch_product",
    "export_earthengine", "export_image_service", "export_data_space",
)  # fmt: skip
"""Those of an edition of a source that may ask a service: they note what goes over the network."""
OF_SOURCES = (*ASKING, "mosaic_blocks", "align_product")
"""Those of an edition of a source."""
OF_LEVEL3 = ("classify_level3", "classify_level4", "prepare_le_lccs")
"""Those of a period that has the layers of level 3; each has one job."""
ONCE = (
    "check_layers", "gate_layers", "stack_layers", "draw_maps", "describe_period", "write_qgis",
)  # fmt: skip
"""Those of every period that is run; likewise."""
RESULTS = (
    "compute_statistics", "build_layer", "map_methods", "build_image", "check_layers",
    "stack_layers", *OF_LEVEL3, "translate_legend",
)  # fmt: skip
"""Those of a period whose outputs its description waits for."""
DESCRIBED = (*RESULTS, "describe_period")
"""Those that have run when a period is described: others may or may not have."""
LOCAL = (*(rule for rule in OF_SOURCES if rule not in ASKING), *RESULTS)
"""Those whose outputs follow their code: the hash of it now is of that which made them."""
