# The folder for le_lccs: layers without nodata, what it is to do with them, what to trust; and where
# le_lccs is installed, what it makes of them.


rule prepare_le_lccs:
    input:
        layers=plan.handoff.layers,
        passed=ancient(paths.CHECKS_PASSED),
        grid=paths.GRID,
    output:
        layers=plan.handoff.rasters,
        mask=paths.LE_LCCS_MASK,
        config=paths.LE_LCCS_CONFIG,
        readme=paths.LE_LCCS_README,
        sums=paths.sums("prepare_le_lccs", paths.LE_LCCS_CONFIG),
    log:
        paths.log("prepare_le_lccs", paths.LE_LCCS_CONFIG),
    benchmark:
        paths.benchmark("prepare_le_lccs", paths.LE_LCCS_CONFIG)
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=by_attempt(500),
    params:
        request=plan.handoff.request,
        code=code_of("prepare_le_lccs.py"),
    script:
        "../scripts/prepare_le_lccs.py"


# Only where le_lccs is installed; it writes its maps into the folder.
rule run_le_lccs:
    input:
        layers=plan.handoff.rasters,
        mask=paths.LE_LCCS_MASK,
        config=paths.LE_LCCS_CONFIG,
        level3=paths.LEVEL3,
        level4=paths.LEVEL4,
        geojson=paths.OUTLINE,
        grid=paths.GRID,
    output:
        level3=paths.LE_LCCS_LEVEL3,
        level4=paths.LE_LCCS_LEVEL4,
        differences=paths.LE_LCCS_DIFFERENCES,
        table=paths.LE_LCCS_DIFFERENCES_TABLE,
        sums=paths.sums("run_le_lccs", paths.LE_LCCS_CONFIG),
    log:
        paths.log("run_le_lccs", paths.LE_LCCS_CONFIG),
    benchmark:
        paths.benchmark("run_le_lccs", paths.LE_LCCS_CONFIG)
    conda:
        "../envs/environment.yaml"
    params:
        code=code_of("run_le_lccs.py"),
    script:
        "../scripts/run_le_lccs.py"


rule le_lccs:
    input:
        plan.handoff.targets(),
        plan.handoff.compared(),
