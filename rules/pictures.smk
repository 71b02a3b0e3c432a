# Pictures where people look first: each layer, the true colours, level 3, and one contact sheet.


rule draw_layer:
    input:
        layer=paths.LAYER,
        geojson=paths.OUTLINE,
        grid=paths.GRID,
    output:
        report(
            paths.picture("{layer}"),
            category="{area}",
            subcategory="{period}",
            labels={"map": "{layer}"},
        ),
    log:
        paths.log("draw_layer", paths.picture("{layer}")),
    benchmark:
        paths.benchmark("draw_layer", paths.picture("{layer}"))
    conda:
        "../envs/environment.yaml"
    params:
        request=plan.layers.legend,
        code=code_of("draw_layer.py"),
    script:
        "../scripts/draw_layer.py"


rule draw_methods:
    input:
        methods=paths.METHOD_MAP,
        geojson=paths.OUTLINE,
        grid=paths.GRID,
    output:
        report(
            paths.picture("{layer}_method"),
            category="{area}",
            subcategory="{period}",
            labels={"map": "{layer}: method"},
        ),
    log:
        paths.log("draw_methods", paths.picture("{layer}_method")),
    benchmark:
        paths.benchmark("draw_methods", paths.picture("{layer}_method"))
    conda:
        "../envs/environment.yaml"
    params:
        request=plan.layers.method_legend,
        code=code_of("draw_methods.py"),
    script:
        "../scripts/draw_methods.py"


rule draw_level3:
    input:
        level3=paths.LEVEL3,
        geojson=paths.OUTLINE,
        grid=paths.GRID,
    output:
        report(
            paths.picture("level3"),
            category="{area}",
            subcategory="{period}",
            labels={"map": "level 3"},
        ),
    log:
        paths.log("draw_level3", paths.picture("level3")),
    benchmark:
        paths.benchmark("draw_level3", paths.picture("level3"))
    conda:
        "../envs/environment.yaml"
    params:
        code=code_of("draw_level3.py"),
    script:
        "../scripts/draw_level3.py"


rule draw_true_colour:
    input:
        mosaic=plan.results.true_colour,
        geojson=paths.OUTLINE,
        grid=paths.GRID,
    output:
        report(
            paths.picture("true_colour"),
            category="{area}",
            subcategory="{period}",
            labels={"map": "true colour"},
        ),
    log:
        paths.log("draw_true_colour", paths.picture("true_colour")),
    benchmark:
        paths.benchmark("draw_true_colour", paths.picture("true_colour"))
    conda:
        "../envs/environment.yaml"
    params:
        code=code_of("draw_true_colour.py"),
    script:
        "../scripts/draw_true_colour.py"


rule draw_contact_sheet:
    input:
        layers=plan.results.layers,
        level3=plan.results.level3,
        mosaic=plan.results.true_colour,
        geojson=paths.OUTLINE,
        grid=paths.GRID,
    output:
        report(
            paths.picture("contact_sheet"),
            category="{area}",
            subcategory="{period}",
            labels={"map": "contact sheet"},
        ),
    log:
        paths.log("draw_contact_sheet", paths.picture("contact_sheet")),
    benchmark:
        paths.benchmark("draw_contact_sheet", paths.picture("contact_sheet"))
    conda:
        "../envs/environment.yaml"
    params:
        request=plan.results.legend,
        code=code_of("draw_contact_sheet.py"),
    script:
        "../scripts/draw_contact_sheet.py"


rule pictures:
    input:
        plan.results.picture_targets(),


rule report:
    input:
        plan.results.picture_targets(),
