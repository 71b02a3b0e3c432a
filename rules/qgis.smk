# Results in the forms of other programs.


# A project refers to the rasters where they lie, and its styles lie beside them.
rule write_qgis:
    input:
        unpack(plan.formats.files),
        confidence=plan.confidence.shown,
        grid=paths.GRID,
    output:
        plan.formats.styles,
        project=paths.PROJECT,
        sums=paths.sums("write_qgis", paths.PROJECT),
    log:
        paths.log("write_qgis", paths.PROJECT),
    benchmark:
        paths.benchmark("write_qgis", paths.PROJECT)
    conda:
        "../envs/environment.yaml"
    params:
        request=plan.formats.request,
        code=code_of("write_qgis.py"),
    script:
        "../scripts/write_qgis.py"


rule qgis:
    input:
        plan.formats.qgis_targets(),
