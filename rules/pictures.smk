# Pictures where people look first: each layer and image, the true colours, level 3, and one
# contact sheet.


# All maps of a period in one job: loading what draws takes longer than drawing.
rule draw_maps:
    input:
        layers=plan.results.layers,
        level3=plan.results.level3,
        level4=plan.results.level4,
        legends=plan.legends.of_period,
        coherence=plan.results.coherence,
        images=plan.images.of_period,
        mosaic=plan.results.true_colour,
        lists=ancient(plan.results.true_colour_lists),
        geojson=paths.OUTLINE,
        grid=paths.GRID,
    output:
        [
            report(
                picture,
                caption=f"captions/{plan.results.caption(picture)}.rst",
                category="{area}",
                subcategory="{period}",
                labels={"map": label},
            )
            for picture, label in plan.results.drawn.items()
        ],
        sums=paths.sums("draw_maps", paths.picture("contact_sheet")),
    log:
        paths.log("draw_maps", paths.picture("contact_sheet")),
    benchmark:
        paths.benchmark("draw_maps", paths.picture("contact_sheet"))
    conda:
        "../envs/environment.yaml"
    params:
        request=plan.results.legend,
        code=code_of("draw_maps.py"),
    script:
        "../scripts/draw_maps.py"


rule draw_methods:
    input:
        methods=paths.METHOD_MAP,
        geojson=paths.OUTLINE,
        grid=paths.GRID,
    output:
        report(
            paths.picture("{layer}_method"),
            caption="captions/method.rst",
            category="{area}",
            subcategory="{period}",
            labels={"map": "{layer}: method"},
        ),
        sums=paths.sums("draw_methods", paths.picture("{layer}_method")),
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


rule pictures:
    input:
        plan.results.picture_targets(),
