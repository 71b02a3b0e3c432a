# How sure each layer is of its pixels, and level 3: asked for by name, or by `confidence` in the
# config.


# All maps of a period in one job: sources are read once, and loading takes longer than mapping.
rule map_confidence:
    input:
        unpack(plan.confidence.sources),
        layers=plan.results.layers,
        lists=ancient(plan.confidence.lists),
        geojson=paths.OUTLINE,
        grid=paths.GRID,
    output:
        maps=plan.confidence.files,
        styles=plan.confidence.styles,
        sums=paths.sums("map_confidence", paths.CONFIDENCE_LEVEL3),
    log:
        paths.log("map_confidence", paths.CONFIDENCE_LEVEL3),
    benchmark:
        paths.benchmark("map_confidence", paths.CONFIDENCE_LEVEL3)
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=by_attempt(1500),
    params:
        request=plan.confidence.request,
        code=code_of("map_confidence.py"),
    script:
        "../scripts/map_confidence.py"


# What the score is worth, where there are reference data.
rule calibrate_confidence:
    input:
        scores=plan.confidence.of_period,
        points=paths.REFERENCE_POINTS,
        geojson=paths.OUTLINE,
        grid=paths.GRID,
    output:
        paths.CALIBRATION,
        sums=paths.sums("calibrate_confidence", paths.CALIBRATION),
    log:
        paths.log("calibrate_confidence", paths.CALIBRATION),
    benchmark:
        paths.benchmark("calibrate_confidence", paths.CALIBRATION)
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=by_attempt(700),
    params:
        request=plan.accuracy.request,
        code=code_of("calibrate_confidence.py"),
    script:
        "../scripts/calibrate_confidence.py"


rule confidence:
    input:
        plan.confidence.targets(),
