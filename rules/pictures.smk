# Pictures where people look first: each layer, the true colours, level 3, and one contact sheet.


rule draw_layer:
    input:
        layer="results/{area}/periods/{period}/layers/{layer}.tif",
        geojson="results/{area}/area.geojson",
        grid="results/{area}/grid.json",
    output:
        report(
            "results/{area}/periods/{period}/pictures/{layer}.png",
            category="{area}",
            subcategory="{period}",
            labels={"map": "{layer}"},
        ),
    log:
        "results/logs/draw_layer/{area}.{period}.{layer}.log",
    benchmark:
        "results/benchmarks/draw_layer/{area}.{period}.{layer}.tsv"
    conda:
        "../envs/environment.yaml"
    params:
        descriptors=plan.layer_descriptors,
        code=code_hash("pictures"),
    script:
        "../scripts/draw_layer.py"


rule draw_methods:
    input:
        methods="results/{area}/periods/{period}/methods/{layer}.tif",
        geojson="results/{area}/area.geojson",
        grid="results/{area}/grid.json",
    output:
        report(
            "results/{area}/periods/{period}/pictures/{layer}_method.png",
            category="{area}",
            subcategory="{period}",
            labels={"map": "{layer}: method"},
        ),
    log:
        "results/logs/draw_methods/{area}.{period}.{layer}.log",
    benchmark:
        "results/benchmarks/draw_methods/{area}.{period}.{layer}.tsv"
    conda:
        "../envs/environment.yaml"
    params:
        methods=plan.method_names,
        descriptors=plan.layer_descriptors,
        code=code_hash("pictures", "layers.methods"),
    script:
        "../scripts/draw_methods.py"


rule draw_level3:
    input:
        level3="results/{area}/periods/{period}/stack/level3.tif",
        geojson="results/{area}/area.geojson",
        grid="results/{area}/grid.json",
    output:
        report(
            "results/{area}/periods/{period}/pictures/level3.png",
            category="{area}",
            subcategory="{period}",
            labels={"map": "level 3"},
        ),
    log:
        "results/logs/draw_level3/{area}.{period}.log",
    benchmark:
        "results/benchmarks/draw_level3/{area}.{period}.tsv"
    conda:
        "../envs/environment.yaml"
    params:
        code=code_hash("pictures"),
    script:
        "../scripts/draw_level3.py"


rule draw_true_colour:
    input:
        mosaic=plan.true_colour_mosaic,
        geojson="results/{area}/area.geojson",
        grid="results/{area}/grid.json",
    output:
        report(
            "results/{area}/periods/{period}/pictures/true_colour.png",
            category="{area}",
            subcategory="{period}",
            labels={"map": "true colour"},
        ),
    log:
        "results/logs/draw_true_colour/{area}.{period}.log",
    benchmark:
        "results/benchmarks/draw_true_colour/{area}.{period}.tsv"
    conda:
        "../envs/environment.yaml"
    params:
        code=code_hash("pictures"),
    script:
        "../scripts/draw_true_colour.py"


rule draw_contact_sheet:
    input:
        layers=plan.period_layers,
        level3=plan.level3_file,
        mosaic=plan.true_colour_mosaic,
        geojson="results/{area}/area.geojson",
        grid="results/{area}/grid.json",
    output:
        report(
            "results/{area}/periods/{period}/pictures/contact_sheet.png",
            category="{area}",
            subcategory="{period}",
            labels={"map": "contact sheet"},
        ),
    log:
        "results/logs/draw_contact_sheet/{area}.{period}.log",
    benchmark:
        "results/benchmarks/draw_contact_sheet/{area}.{period}.tsv"
    conda:
        "../envs/environment.yaml"
    params:
        descriptors=plan.made_descriptors,
        code=code_hash("pictures"),
    script:
        "../scripts/draw_contact_sheet.py"


rule report:
    input:
        plan.report_targets,
