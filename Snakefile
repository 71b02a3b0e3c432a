from snakemake.utils import min_version

min_version("9.19")


# Stages in the order data flows; docs/architecture.md draws them.
include: "rules/common.smk"
include: "rules/grid.smk"
include: "rules/sample.smk"
include: "rules/scenes.smk"
include: "rules/products.smk"
include: "rules/statistics.smk"
include: "rules/layers.smk"
include: "rules/checks.smk"
include: "rules/stack.smk"
include: "rules/pictures.smk"


onstart:
    record_owner()


localrules:
    all,
    grid,
    scenes,
    products,
    statistics,
    layers,
    checks,
    stack,
    pictures,
    report,
    write_grid,
    mosaic_blocks,


rule all:
    default_target: True
    input:
        rules.stack.input,
        rules.pictures.input,
