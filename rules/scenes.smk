# Scene sets: freeze the scene list, compose each block, mosaic the blocks.


rule search_scenes:
    input:
        catalogue=plan.catalogue_file,
        geojson=ancient("results/{area}/area.geojson"),
        grid=ancient("results/{area}/grid.json"),
    output:
        "results/{area}/sources/{source}/{edition}/items.json",
    log:
        "results/logs/search_scenes/{area}.{source}.{edition}.log",
    benchmark:
        "results/benchmarks/search_scenes/{area}.{source}.{edition}.tsv"
    conda:
        "../envs/environment.yaml"
    params:
        request=plan.search_request,
    script:
        "../scripts/search_scenes.py"


rule compose_block:
    input:
        scenes="results/{area}/sources/{source}/{edition}/items.json",
        geojson=ancient("results/{area}/area.geojson"),
        grid=ancient("results/{area}/grid.json"),
    output:
        "results/{area}/sources/{source}/{edition}/blocks/{block}.tif",
    log:
        "results/logs/compose_block/{area}.{source}.{edition}.{block}.log",
    benchmark:
        "results/benchmarks/compose_block/{area}.{source}.{edition}.{block}.tsv"
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=plan.block_memory,
        ee_slots=plan.earthengine_slots,
    params:
        request=plan.block_request,
    script:
        "../scripts/compose_block.py"


rule mosaic_blocks:
    input:
        blocks=plan.block_files,
        grid=ancient("results/{area}/grid.json"),
    output:
        "results/{area}/sources/{source}/{edition}/mosaic.vrt",
    log:
        "results/logs/mosaic_blocks/{area}.{source}.{edition}.log",
    benchmark:
        "results/benchmarks/mosaic_blocks/{area}.{source}.{edition}.tsv"
    conda:
        "../envs/environment.yaml"
    params:
        code=code_hash("rasters.mosaic"),
    script:
        "../scripts/mosaic_blocks.py"


rule scenes:
    input:
        plan.scene_targets,
