# The area on its grid: every later raster lies on it exactly.


rule write_grid:
    input:
        plan.area_file,
    output:
        geojson="results/{area}/area.geojson",
        grid="results/{area}/grid.json",
    log:
        "results/logs/write_grid/{area}.log",
    benchmark:
        "results/benchmarks/write_grid/{area}.tsv"
    conda:
        "../envs/environment.yaml"
    params:
        request=plan.area_request,
        code=code_hash("grid"),
    script:
        "../scripts/write_grid.py"
