# Scene sets: search, freeze the scene list, compose each block, mosaic the blocks.


# Both lists are checkpoints: what follows them is asked for by what they hold, not by when they
# were written. What a new list does not change is not composed again. The search waits for an
# answer, and does little else: on a cluster it is no job.
checkpoint search_scenes:
    input:
        catalogue=plan.scenes.catalogue,
        geojson=ancient(paths.OUTLINE),
        grid=ancient(paths.GRID),
    output:
        paths.FOUND,
    log:
        paths.log("search_scenes", paths.FOUND),
        traffic=paths.traffic("search_scenes", paths.FOUND),
    benchmark:
        paths.benchmark("search_scenes", paths.FOUND)
    localrule: True
    conda:
        "../envs/environment.yaml"
    params:
        request=plan.scenes.search_request,
    script:
        "../scripts/search_scenes.py"


plan.scenes.search_of = lambda wildcards: Path(
    checkpoints.search_scenes.get(
        area=wildcards.area, source=wildcards.source, edition=wildcards.edition
    ).output[0]
)


# Every verdict on a scene, once for all blocks.
checkpoint freeze_scenes:
    input:
        found=ancient(plan.scenes.found),
        unreadable=plan.scenes.unreadable,
        geojson=ancient(paths.OUTLINE),
        grid=ancient(paths.GRID),
    output:
        paths.SCENES,
    log:
        paths.log("freeze_scenes", paths.SCENES),
        traffic=paths.traffic("freeze_scenes", paths.SCENES),
    benchmark:
        paths.benchmark("freeze_scenes", paths.SCENES)
    conda:
        "../envs/environment.yaml"
    resources:
        cdse_slots=plan.scenes.slots("cdse_slots"),
    params:
        request=plan.scenes.freeze_request,
    script:
        "../scripts/freeze_scenes.py"


plan.scenes.freeze = lambda wildcards: Path(
    checkpoints.freeze_scenes.get(
        area=wildcards.area, source=wildcards.source, edition=wildcards.edition
    ).output[0]
)


# The output is kept for the job, which adds the bands that a block lacks to those it has.
rule compose_block:
    input:
        scenes=ancient(plan.scenes.frozen),
        geojson=ancient(paths.OUTLINE),
        grid=ancient(paths.GRID),
    output:
        update(paths.BLOCK),
        sums=paths.sums("compose_block", paths.BLOCK),
    log:
        paths.log("compose_block", paths.BLOCK),
        traffic=paths.traffic("compose_block", paths.BLOCK),
    benchmark:
        paths.benchmark("compose_block", paths.BLOCK)
    conda:
        "../envs/environment.yaml"
    threads: plan.scenes.threads
    resources:
        mem_mb=plan.scenes.memory,
        ee_slots=plan.scenes.slots("ee_slots"),
        http_slots=plan.scenes.slots("http_slots"),
        cdse_slots=plan.scenes.slots("cdse_slots"),
    params:
        request=plan.scenes.block_request,
    script:
        "../scripts/compose_block.py"


# What bands were asked for is read from the mosaic, so that it stays until the next one is there.
rule mosaic_blocks:
    input:
        blocks=plan.scenes.blocks,
        scenes=ancient(plan.scenes.frozen),
        grid=ancient(paths.GRID),
    output:
        update(paths.MOSAIC),
        sums=paths.sums("mosaic_blocks", paths.MOSAIC),
    log:
        paths.log("mosaic_blocks", paths.MOSAIC),
    benchmark:
        paths.benchmark("mosaic_blocks", paths.MOSAIC)
    localrule: True
    conda:
        "../envs/environment.yaml"
    params:
        request=plan.scenes.mosaic_request,
        code=code_of("mosaic_blocks.py"),
    script:
        "../scripts/mosaic_blocks.py"


rule scenes:
    input:
        plan.scenes.targets(),
