# Maps in legends of others, from level 4: none by default, those that `legend` names.


rule translate_legend:
    input:
        codes=paths.LEVEL4_CODES,
        geojson=paths.OUTLINE,
        grid=paths.GRID,
    output:
        map=paths.LEGEND_MAP,
        names=paths.sidecar(paths.LEGEND_MAP),
        table=paths.LEGEND_TABLE,
        sums=paths.sums("translate_legend", paths.LEGEND_MAP),
    log:
        paths.log("translate_legend", paths.LEGEND_MAP),
    benchmark:
        paths.benchmark("translate_legend", paths.LEGEND_MAP)
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=by_attempt(700),
    params:
        request=plan.legends.request,
        code=code_of("translate_legend.py"),
    script:
        "../scripts/translate_legend.py"


rule legends:
    input:
        plan.legends.targets(),
