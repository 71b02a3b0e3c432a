# The folder for le_lccs: layers without nodata, what it is to do with them, what to trust.


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
    log:
        paths.log("prepare_le_lccs", paths.LE_LCCS_CONFIG),
    benchmark:
        paths.benchmark("prepare_le_lccs", paths.LE_LCCS_CONFIG)
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=500,
    params:
        request=plan.handoff.request,
        code=code_of("prepare_le_lccs.py"),
    script:
        "../scripts/prepare_le_lccs.py"


rule le_lccs:
    input:
        plan.handoff.targets(),
