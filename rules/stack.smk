# The LCCS-ready set: one multi-band raster, what is valid in it, and the level-3 map it leads to.


rule stack_layers:
    input:
        layers=plan.period_layers,
        passed="results/{area}/periods/{period}/checks/passed",
        geojson="results/{area}/area.geojson",
        grid="results/{area}/grid.json",
    output:
        stack="results/{area}/periods/{period}/stack/lccs_inputs.tif",
        validity="results/{area}/periods/{period}/stack/validity.tif",
    log:
        "results/logs/stack_layers/{area}.{period}.log",
    benchmark:
        "results/benchmarks/stack_layers/{area}.{period}.tsv"
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=1000,
    params:
        descriptors=plan.own_descriptors,
        code=code_hash("layers.stack"),
    script:
        "../scripts/stack_layers.py"


rule classify_level3:
    input:
        layers=plan.level3_layers,
        passed="results/{area}/periods/{period}/checks/passed",
        geojson="results/{area}/area.geojson",
        grid="results/{area}/grid.json",
    output:
        "results/{area}/periods/{period}/stack/level3.tif",
        "results/{area}/periods/{period}/stack/level3.tif.aux.xml",
    log:
        "results/logs/classify_level3/{area}.{period}.log",
    benchmark:
        "results/benchmarks/classify_level3/{area}.{period}.tsv"
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=1000,
    params:
        code=code_hash("layers.level3"),
    script:
        "../scripts/classify_level3.py"


rule stack:
    input:
        plan.stack_targets,
