from snakemake.utils import min_version

min_version("9.19")


include: "rules/common.smk"


# First, and by that the default: an importer's own default target stays the default. It asks for
# all that a run publishes, side files too: of what is missing only what is asked for is made anew.
rule all:
    input:
        plan.recovered.targets,
        plan.results.grid_targets(),
        plan.layers.statistic_targets(),
        plan.layers.targets(),
        plan.results.check_targets(),
        plan.results.stack_targets(),
        plan.legends.targets(),
        plan.handoff.targets(),
        plan.results.picture_targets(),
        plan.images.targets(),
        plan.change.targets(),
        plan.confidence.of_a_run(),
        plan.accuracy.of_a_run(),
        plan.provenance.targets(),
        plan.formats.qgis_targets(),


# Stages in the order data flows; docs/architecture.md draws them.
include: "rules/grid.smk"
include: "rules/sample.smk"
include: "rules/scenes.smk"
include: "rules/products.smk"
include: "rules/fetch.smk"
include: "rules/statistics.smk"
include: "rules/layers.smk"
include: "rules/checks.smk"
include: "rules/stack.smk"
include: "rules/legends.smk"
include: "rules/le_lccs.smk"
include: "rules/pictures.smk"
include: "rules/images.smk"
include: "rules/change.smk"
include: "rules/confidence.smk"
include: "rules/accuracy.smk"
include: "rules/provenance.smk"
include: "rules/qgis.smk"
include: "rules/zarr.smk"
include: "rules/report.smk"


# What is loaded by now stays: as jobs are put together, Python need not look through it for cycles.
gc.freeze()


onstart:
    claim_folder()  # by now, where the command line is another program's
    recovery.sweep(folders.here("<results>"), plan.config.caches)
    scheduling.keep_in_sight(workflow.scheduler)


# What was lost sight of counts as success with --keep-going.
onsuccess:
    if any(workflow.scheduler.remaining_jobs):
        raise WorkflowError(scheduling.LOST)
    recovery.end(folders.here("<results>"))
