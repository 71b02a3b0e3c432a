# Whole-area statistics that an expression asks for: area_min(x), area_percentile(x, p), otsu(x).


rule compute_statistics:
    input:
        sources=plan.statistic_files,
        geojson="results/{area}/area.geojson",
        grid="results/{area}/grid.json",
    output:
        "results/{area}/periods/{period}/statistics/{statistic}.json",
    log:
        "results/logs/compute_statistics/{area}.{period}.{statistic}.log",
    benchmark:
        "results/benchmarks/compute_statistics/{area}.{period}.{statistic}.tsv"
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=1000,
    params:
        recipe=plan.statistic_recipe,
        descriptors=plan.statistic_descriptors,
        code=code_hash("layers.statistics"),
    script:
        "../scripts/compute_statistics.py"
