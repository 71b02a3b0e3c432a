# One page for each period: its maps, their numbers, and where they come from.


# Sources are ancient, as they are to `describe_period`: where they change, its outputs do.
rule write_report:
    input:
        layers=plan.results.layers,
        methods=plan.provenance.method_maps,
        level3=plan.results.level3,
        level4=plan.results.level4,
        table=plan.report.table,
        coherence=plan.results.coherence,
        legends=plan.legends.of_period,
        confidence=plan.confidence.shown,
        images=plan.provenance.images,
        image_checks=plan.report.image_checks,
        mosaics=ancient(plan.provenance.mosaics),
        blocks=ancient(plan.provenance.blocks),
        aligned=ancient(plan.provenance.aligned),
        accuracy=plan.accuracy.of_period,
        changes=plan.change.of_later,
        checks=paths.CHECKS,
        provenance=paths.PROVENANCE,
        attribution=paths.ATTRIBUTION,
        others=[
            paths.STACK,
            paths.VALIDITY,
            paths.CHECKS,
            paths.CHECKS_TABLE,
            paths.PROVENANCE,
            paths.ITEM,
            paths.CRATE,
            paths.ATTRIBUTION,
            paths.METHODS,
            paths.BIBLIOGRAPHY,
        ],
        geojson=paths.OUTLINE,
        grid=paths.GRID,
    output:
        paths.REPORT,
        sums=paths.sums("write_report", paths.REPORT),
    log:
        paths.log("write_report", paths.REPORT),
    benchmark:
        paths.benchmark("write_report", paths.REPORT)
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=by_attempt(700),
    params:
        request=plan.report.request,
        code=code_of("write_report.py"),
    script:
        "../scripts/write_report.py"


# Snakemake's own report, which `make report` writes beside these, takes the pictures.
rule report:
    input:
        plan.results.grid_targets(),
        plan.layers.statistic_targets(),
        plan.layers.targets(),
        plan.results.check_targets(),
        plan.results.stack_targets(),
        plan.legends.targets(),
        plan.provenance.targets(),
        plan.report.targets(),
        plan.results.picture_targets(),
        plan.change.targets(),
        plan.accuracy.of_a_run(),
