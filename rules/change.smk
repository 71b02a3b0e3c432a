# Change between two periods of an area: tables, a map of level 3, and its picture.


rule compare_periods:
    input:
        earlier=plan.change.earlier,
        later=plan.change.later,
        maps=plan.change.maps,
        geojson=paths.OUTLINE,
        grid=paths.GRID,
    output:
        plan.change.files,
        sums=paths.sums("compare_periods", paths.CHANGE),
    log:
        paths.log("compare_periods", paths.CHANGE),
    benchmark:
        paths.benchmark("compare_periods", paths.CHANGE)
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=by_attempt(700),
    params:
        request=plan.change.request,
        code=code_of("compare_periods.py"),
    script:
        "../scripts/compare_periods.py"


rule draw_change:
    input:
        change=paths.CHANGE_MAP,
        geojson=paths.OUTLINE,
        grid=paths.GRID,
    output:
        report(
            paths.CHANGE_PICTURE,
            caption="captions/change.rst",
            category="{area}",
            subcategory="{earlier} to {later}",
            labels={"map": "change"},
        ),
        sums=paths.sums("draw_change", paths.CHANGE_PICTURE),
    log:
        paths.log("draw_change", paths.CHANGE_PICTURE),
    benchmark:
        paths.benchmark("draw_change", paths.CHANGE_PICTURE)
    conda:
        "../envs/environment.yaml"
    params:
        request=plan.change.request,
        code=code_of("draw_change.py"),
    script:
        "../scripts/draw_change.py"


rule change:
    input:
        plan.change.targets(),
