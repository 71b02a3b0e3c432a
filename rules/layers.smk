# Layers: one job each, so that a changed threshold rebuilds one layer.


rule build_layer:
    input:
        sources=plan.layer_files,
        statistics=plan.layer_statistics,
        geojson="results/{area}/area.geojson",
        grid="results/{area}/grid.json",
    output:
        "results/{area}/periods/{period}/layers/{layer}.tif",
        "results/{area}/periods/{period}/layers/{layer}.tif.aux.xml",
    log:
        "results/logs/build_layer/{area}.{period}.{layer}.log",
    benchmark:
        "results/benchmarks/build_layer/{area}.{period}.{layer}.tsv"
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=1000,
    params:
        recipe=plan.layer_recipe,
        code=code_hash("layers"),
    script:
        "../scripts/build_layer.py"


rule layers:
    input:
        plan.layer_targets,
