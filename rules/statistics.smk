# Whole-area statistics that an expression asks for: area_min(x), area_percentile(x, p), otsu(x).


rule compute_statistics:
    input:
        unpack(plan.layers.statistic_files),
        lists=ancient(plan.layers.statistic_lists),
        geojson=paths.OUTLINE,
        grid=paths.GRID,
    output:
        paths.STATISTIC,
        sums=paths.sums("compute_statistics", paths.STATISTIC),
    log:
        paths.log("compute_statistics", paths.STATISTIC),
    benchmark:
        paths.benchmark("compute_statistics", paths.STATISTIC)
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=by_attempt(1000),
    params:
        request=plan.layers.statistic_recipe,
        code=code_of("compute_statistics.py"),
    script:
        "../scripts/compute_statistics.py"


rule statistics:
    input:
        plan.layers.statistic_targets(),
