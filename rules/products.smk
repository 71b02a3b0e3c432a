# Products: request, fetch, and align a delivered map to the grid, in one pass.
#
# `request_product` and `fetch_product` follow what is asked of CLMS, not the hash of our code. They
# wait more than they work, so they take no core; CLMS is asked for one thing at a time.


rule request_product:
    input:
        geojson=ancient("results/{area}/area.geojson"),
    output:
        "results/{area}/sources/{source}/{edition}/request.json",
    log:
        "results/logs/request_product/{area}.{source}.{edition}.log",
    benchmark:
        "results/benchmarks/request_product/{area}.{source}.{edition}.tsv"
    priority: 10
    conda:
        "../envs/environment.yaml"
    threads: 0
    resources:
        clms_api=1,
    params:
        request=plan.clms_request,
    script:
        "../scripts/request_product.py"


rule fetch_product:
    input:
        request="results/{area}/sources/{source}/{edition}/request.json",
        geojson=ancient("results/{area}/area.geojson"),
        grid=ancient("results/{area}/grid.json"),
    output:
        "results/{area}/sources/{source}/{edition}/delivery.zip",
    log:
        "results/logs/fetch_product/{area}.{source}.{edition}.log",
    benchmark:
        "results/benchmarks/fetch_product/{area}.{source}.{edition}.tsv"
    conda:
        "../envs/environment.yaml"
    threads: 0
    params:
        request=plan.clms_request,
        optional=plan.product_optional,
    script:
        "../scripts/fetch_product.py"


rule export_image_service:
    input:
        geojson=ancient("results/{area}/area.geojson"),
        grid=ancient("results/{area}/grid.json"),
    output:
        "results/{area}/sources/{source}/{edition}/image_service.tif",
    log:
        "results/logs/export_image_service/{area}.{source}.{edition}.log",
    benchmark:
        "results/benchmarks/export_image_service/{area}.{source}.{edition}.tsv"
    conda:
        "../envs/environment.yaml"
    threads: 0
    params:
        request=plan.image_service_request,
    script:
        "../scripts/export_image_service.py"


rule export_earthengine:
    input:
        geojson=ancient("results/{area}/area.geojson"),
        grid=ancient("results/{area}/grid.json"),
    output:
        "results/{area}/sources/{source}/{edition}/earthengine.tif",
    log:
        "results/logs/export_earthengine/{area}.{source}.{edition}.log",
    benchmark:
        "results/benchmarks/export_earthengine/{area}.{source}.{edition}.tsv"
    conda:
        "../envs/environment.yaml"
    threads: 0
    resources:
        ee_slots=plan.product_slots,
    params:
        request=plan.earthengine_request,
    script:
        "../scripts/export_earthengine.py"


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
        product=plan.product_params,
        optional=plan.product_optional,
        code=code_hash("products.align", "clms.arrival"),
    script:
        "../scripts/align_product.py"


rule products:
    input:
        plan.product_targets,
