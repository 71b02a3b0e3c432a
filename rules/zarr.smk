# The results of a period for xarray: a copy of their pixels, so that it is made for who asks.


rule write_zarr:
    input:
        unpack(plan.formats.files),
        grid=paths.GRID,
    output:
        directory(paths.CUBE),
        sums=paths.sums("write_zarr", paths.CUBE),
    log:
        paths.log("write_zarr", paths.CUBE),
    benchmark:
        paths.benchmark("write_zarr", paths.CUBE)
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=by_attempt(500),
    params:
        request=plan.formats.request,
        code=code_of("write_zarr.py"),
    script:
        "../scripts/write_zarr.py"


rule zarr:
    input:
        plan.formats.zarr_targets(),
