# Scene sets: freeze the scene list, compose each block, mosaic the blocks.


rule search_scenes:
    input:
        catalogue=plan.scenes.catalogue,
        geojson=ancient(paths.OUTLINE),
        grid=ancient(paths.GRID),
    output:
        paths.SCENES,
    log:
        paths.log("search_scenes", paths.SCENES),
    benchmark:
        paths.benchmark("search_scenes", paths.SCENES)
    conda:
        "../envs/environment.yaml"
    params:
        request=plan.scenes.search_request,
    script:
        "../scripts/search_scenes.py"


rule compose_block:
    input:
        scenes=paths.SCENES,
        geojson=ancient(paths.OUTLINE),
        grid=ancient(paths.GRID),
    output:
        paths.BLOCK,
    log:
        paths.log("compose_block", paths.BLOCK),
    benchmark:
        paths.benchmark("compose_block", paths.BLOCK)
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=plan.scenes.memory,
        ee_slots=plan.scenes.slots,
    params:
        request=plan.scenes.block_request,
    script:
        "../scripts/compose_block.py"


rule mosaic_blocks:
    input:
        blocks=plan.scenes.blocks,
        grid=ancient(paths.GRID),
    output:
        paths.MOSAIC,
    log:
        paths.log("mosaic_blocks", paths.MOSAIC),
    benchmark:
        paths.benchmark("mosaic_blocks", paths.MOSAIC)
    localrule: True
    conda:
        "../envs/environment.yaml"
    params:
        code=code_of("mosaic_blocks.py"),
    script:
        "../scripts/mosaic_blocks.py"


rule scenes:
    input:
        plan.scenes.targets(),
