# The area on its grid: every later raster lies on it exactly.
#
# A checkpoint, because the outline of an Earth Engine asset, and with it the blocks, is known only
# when it has been fetched. Nothing waits for it where the area is a box or a file.


# Follows the asset's name; kept in the cache that clones share.
rule fetch_outline:
    output:
        paths.asset_outline(plan.config.earthengine.cache, "{outline}"),
        sums=paths.sums("fetch_outline", "{outline}"),
    log:
        paths.log("fetch_outline", "{outline}"),
        traffic=paths.traffic("fetch_outline", "{outline}"),
    benchmark:
        paths.benchmark("fetch_outline", "{outline}")
    conda:
        "../envs/environment.yaml"
    threads: 0
    resources:
        ee_slots=1,
    params:
        request=plan.areas.outline_request,
    script:
        "../scripts/fetch_outline.py"


checkpoint write_grid:
    input:
        outline=plan.areas.outline,
    output:
        geojson=paths.OUTLINE,
        grid=paths.GRID,
    log:
        paths.log("write_grid", paths.GRID),
    benchmark:
        paths.benchmark("write_grid", paths.GRID)
    localrule: True
    conda:
        "../envs/environment.yaml"
    params:
        request=plan.areas.grid_request,
        given=plan.areas.given,
        code=code_of("write_grid.py"),
    script:
        "../scripts/write_grid.py"


plan.areas.wait = lambda area: checkpoints.write_grid.get(area=area)


rule grid:
    input:
        plan.results.grid_targets(),
