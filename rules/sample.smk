# The embedded sample: imagery and products over the notebook's box, drawn from one truth map.
# It stands for a remote archive, so it follows its settings, not the hash of our code.


rule generate_sample:
    output:
        catalogue="results/sample_data/catalog.json",
        products=expand(
            "results/sample_data/products/{name}", name=plan.sample_products
        ),
        truth=expand("results/sample_data/truth/{name}.tif", name=plan.sample_truth),
    log:
        "results/logs/generate_sample/sample.log",
    benchmark:
        "results/benchmarks/generate_sample/sample.tsv"
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=1500,
    params:
        request=plan.sample_request,
    script:
        "../scripts/generate_sample.py"
