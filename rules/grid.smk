# The area on its grid: every later raster lies on it exactly.
#
# A checkpoint, because the outline of an Earth Engine asset, and with it the blocks, is known only
# when it has been fetched. Nothing waits for it where the area is a box or a file.


checkpoint write_grid:
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
    resources:
        ee_slots=plan.area_slots,
    params:
        request=plan.area_request,
        code=code_hash("rasters.area"),
    script:
        "../scripts/write_grid.py"


plan.await_area = lambda area: checkpoints.write_grid.get(area=area)
