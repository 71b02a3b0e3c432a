# The embedded sample: imagery and products over the notebook's box, drawn from one truth map.
# It stands for a remote archive, so it follows its settings, not the hash of our code.


rule generate_sample:
    output:
        catalogue=paths.SAMPLE_CATALOGUE,
        products=expand(paths.SAMPLE_PRODUCT, name=plan.areas.sample_products),
        truth=expand(paths.SAMPLE_TRUTH, name=plan.areas.sample_truth),
        sums=paths.sums("generate_sample", paths.SAMPLE_CATALOGUE),
    log:
        paths.log("generate_sample", paths.SAMPLE_CATALOGUE),
    benchmark:
        paths.benchmark("generate_sample", paths.SAMPLE_CATALOGUE)
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=by_attempt(1500),
    params:
        request=plan.areas.sample_request,
    script:
        "../scripts/generate_sample.py"


rule draw_reference:
    input:
        truth=expand(paths.SAMPLE_TRUTH, name=plan.areas.sample_reference_layers),
    output:
        paths.SAMPLE_REFERENCE,
        sums=paths.sums("draw_reference", paths.SAMPLE_REFERENCE),
    log:
        paths.log("draw_reference", paths.SAMPLE_REFERENCE),
    benchmark:
        paths.benchmark("draw_reference", paths.SAMPLE_REFERENCE)
    conda:
        "../envs/environment.yaml"
    params:
        request=plan.areas.sample_reference_request,
        code=code_of("draw_reference.py"),
    script:
        "../scripts/draw_reference.py"
