# The LCCS-ready set: one multi-band raster, what is valid in it, and the maps of levels 3 and 4 it leads to.


rule stack_layers:
    input:
        layers=plan.results.layers,
        notes=plan.results.notes,
        nearest=plan.results.nearest,
        passed=paths.CHECKS_PASSED,
        geojson=paths.OUTLINE,
        grid=paths.GRID,
    output:
        stack=paths.STACK,
        validity=paths.VALIDITY,
        sums=paths.sums("stack_layers", paths.STACK),
    log:
        paths.log("stack_layers", paths.STACK),
    benchmark:
        paths.benchmark("stack_layers", paths.STACK)
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=by_attempt(500),
    params:
        request=plan.results.stack_legend,
        code=code_of("stack_layers.py"),
    script:
        "../scripts/stack_layers.py"


# Made once the checks passed, and anew where what it reads is new: other layers are no reason.
rule classify_level3:
    input:
        layers=plan.results.level3_layers,
        passed=ancient(paths.CHECKS_PASSED),
        geojson=paths.OUTLINE,
        grid=paths.GRID,
    output:
        paths.LEVEL3,
        paths.sidecar(paths.LEVEL3),
        sums=paths.sums("classify_level3", paths.LEVEL3),
    log:
        paths.log("classify_level3", paths.LEVEL3),
    benchmark:
        paths.benchmark("classify_level3", paths.LEVEL3)
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=by_attempt(500),
    params:
        code=code_of("classify_level3.py"),
    script:
        "../scripts/classify_level3.py"


rule classify_level4:
    input:
        level3=paths.LEVEL3,
        layers=plan.results.level4_layers,
        passed=ancient(paths.CHECKS_PASSED),
        geojson=paths.OUTLINE,
        grid=paths.GRID,
    output:
        level4=paths.LEVEL4,
        names=paths.sidecar(paths.LEVEL4),
        codes=paths.LEVEL4_CODES,
        table=paths.LEVEL4_TABLE,
        sums=paths.sums("classify_level4", paths.LEVEL4),
    log:
        paths.log("classify_level4", paths.LEVEL4),
    benchmark:
        paths.benchmark("classify_level4", paths.LEVEL4)
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=by_attempt(700),
    params:
        code=code_of("classify_level4.py"),
    script:
        "../scripts/classify_level4.py"


rule stack:
    input:
        plan.results.stack_targets(),
