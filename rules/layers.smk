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
        editions=plan.layer_editions,
        descriptors=plan.layer_descriptors,
        code=code_hash("layers.build"),
    script:
        "../scripts/build_layer.py"


# Where several methods make a layer, which of them decided each pixel.
rule map_methods:
    input:
        sources=plan.method_files,
        statistics=plan.method_statistics,
        geojson="results/{area}/area.geojson",
        grid="results/{area}/grid.json",
    output:
        "results/{area}/periods/{period}/methods/{layer}.tif",
        "results/{area}/periods/{period}/methods/{layer}.tif.aux.xml",
    log:
        "results/logs/map_methods/{area}.{period}.{layer}.log",
    benchmark:
        "results/benchmarks/map_methods/{area}.{period}.{layer}.tsv"
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=1000,
    params:
        recipe=plan.method_recipe,
        descriptors=plan.layer_descriptors,
        code=code_hash("layers.build", "layers.methods"),
    script:
        "../scripts/map_methods.py"


rule layers:
    input:
        plan.layer_targets,
