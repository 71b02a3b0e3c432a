# Layers: one job each, so that a changed threshold rebuilds one layer.


rule build_layer:
    input:
        unpack(plan.layers.layer_files),
        lists=ancient(plan.layers.layer_lists),
        geojson=paths.OUTLINE,
        grid=paths.GRID,
    output:
        layer=paths.LAYER,
        names=paths.sidecar(paths.LAYER),
        note=paths.LAYER_NOTE,
        nearest=paths.LAYER_NEAREST,
        sums=paths.sums("build_layer", paths.LAYER),
    log:
        paths.log("build_layer", paths.LAYER),
    benchmark:
        paths.benchmark("build_layer", paths.LAYER)
    priority: plan.layers.layer_priority
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=by_attempt(1000),
    params:
        request=plan.layers.layer_recipe,
        code=code_of("build_layer.py"),
    script:
        "../scripts/build_layer.py"


# Where several methods make a layer, which of them decided each pixel.
rule map_methods:
    input:
        unpack(plan.layers.method_files),
        lists=ancient(plan.layers.layer_lists),
        geojson=paths.OUTLINE,
        grid=paths.GRID,
    output:
        paths.METHOD_MAP,
        paths.sidecar(paths.METHOD_MAP),
        sums=paths.sums("map_methods", paths.METHOD_MAP),
    log:
        paths.log("map_methods", paths.METHOD_MAP),
    benchmark:
        paths.benchmark("map_methods", paths.METHOD_MAP)
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=by_attempt(1000),
    params:
        request=plan.layers.method_recipe,
        code=code_of("map_methods.py"),
    script:
        "../scripts/map_methods.py"


rule layers:
    input:
        plan.layers.targets(),
