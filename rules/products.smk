# Products: clip, reproject and align a delivered map to the grid, in one pass.


rule align_product:
    input:
        product=plan.product_file,
        geojson="results/{area}/area.geojson",
        grid="results/{area}/grid.json",
    output:
        "results/{area}/sources/{source}/{edition}/aligned.tif",
    log:
        "results/logs/align_product/{area}.{source}.{edition}.log",
    benchmark:
        "results/benchmarks/align_product/{area}.{source}.{edition}.tsv"
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=1000,
    params:
        product=plan.product_name,
        code=code_hash("products.align"),
    script:
        "../scripts/align_product.py"


rule products:
    input:
        plan.product_targets,
