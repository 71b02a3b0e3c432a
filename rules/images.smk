# Continuous images, such as NDVI: none by default. Asked for by the rule `images` where the config
# names none, they are those that the notebook draws.


rule build_image:
    input:
        unpack(plan.images.files),
        lists=ancient(plan.images.lists),
        geojson=paths.OUTLINE,
        grid=paths.GRID,
    output:
        paths.IMAGE,
        sums=paths.sums("build_image", paths.IMAGE),
    log:
        paths.log("build_image", paths.IMAGE),
    benchmark:
        paths.benchmark("build_image", paths.IMAGE)
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=by_attempt(1000),
    params:
        request=plan.images.recipe,
        code=code_of("build_image.py"),
    script:
        "../scripts/build_image.py"


rule check_images:
    input:
        images=plan.images.of_period,
        geojson=paths.OUTLINE,
        grid=paths.GRID,
    output:
        json=paths.IMAGE_CHECKS,
        table=paths.IMAGE_CHECKS_TABLE,
        sums=paths.sums("check_images", paths.IMAGE_CHECKS),
    log:
        paths.log("check_images", paths.IMAGE_CHECKS),
    benchmark:
        paths.benchmark("check_images", paths.IMAGE_CHECKS)
    conda:
        "../envs/environment.yaml"
    params:
        request=plan.images.check_request,
        code=code_of("check_images.py"),
    script:
        "../scripts/check_images.py"


rule gate_images:
    input:
        checks=paths.IMAGE_CHECKS,
    output:
        touch(paths.IMAGE_CHECKS_PASSED),
        sums=paths.sums("gate_images", paths.IMAGE_CHECKS_PASSED),
    log:
        paths.log("gate_images", paths.IMAGE_CHECKS_PASSED),
    benchmark:
        paths.benchmark("gate_images", paths.IMAGE_CHECKS_PASSED)
    conda:
        "../envs/environment.yaml"
    params:
        code=code_of("gate_images.py"),
    script:
        "../scripts/gate_images.py"


rule images:
    input:
        plan.images.targets(),
