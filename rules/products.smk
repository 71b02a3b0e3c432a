# Products: request, fetch, and align a delivered map to the grid, in one pass.
#
# `request_product` and `fetch_product` follow what is asked of CLMS, not the hash of our code. They
# wait more than they work, so they take no core, and on a cluster no job: they run where Snakemake
# does. CLMS is asked for one thing at a time.


rule request_product:
    input:
        geojson=ancient(paths.OUTLINE),
    output:
        paths.CLMS_REQUEST,
        sums=paths.sums("request_product", paths.CLMS_REQUEST),
    log:
        paths.log("request_product", paths.CLMS_REQUEST),
        traffic=paths.traffic("request_product", paths.CLMS_REQUEST),
    benchmark:
        paths.benchmark("request_product", paths.CLMS_REQUEST)
    priority: 10
    localrule: True
    conda:
        "../envs/environment.yaml"
    threads: 0
    resources:
        clms_api=1,
    params:
        request=plan.products.clms_request,
    script:
        "../scripts/request_product.py"


rule fetch_product:
    input:
        request=paths.CLMS_REQUEST,
        geojson=ancient(paths.OUTLINE),
        grid=ancient(paths.GRID),
    output:
        paths.CLMS_DELIVERY,
        sums=paths.sums("fetch_product", paths.CLMS_DELIVERY),
    log:
        paths.log("fetch_product", paths.CLMS_DELIVERY),
        traffic=paths.traffic("fetch_product", paths.CLMS_DELIVERY),
    benchmark:
        paths.benchmark("fetch_product", paths.CLMS_DELIVERY)
    localrule: True
    conda:
        "../envs/environment.yaml"
    threads: 0
    params:
        request=plan.products.clms_request,
        optional=plan.products.optional,
    script:
        "../scripts/fetch_product.py"


rule export_image_service:
    input:
        geojson=ancient(paths.OUTLINE),
        grid=ancient(paths.GRID),
    output:
        paths.IMAGE_SERVICE,
        sums=paths.sums("export_image_service", paths.IMAGE_SERVICE),
    log:
        paths.log("export_image_service", paths.IMAGE_SERVICE),
        traffic=paths.traffic("export_image_service", paths.IMAGE_SERVICE),
    benchmark:
        paths.benchmark("export_image_service", paths.IMAGE_SERVICE)
    conda:
        "../envs/environment.yaml"
    threads: 0
    params:
        request=plan.products.image_service_request,
    script:
        "../scripts/export_image_service.py"


rule export_earthengine:
    input:
        geojson=ancient(paths.OUTLINE),
        grid=ancient(paths.GRID),
    output:
        paths.EARTH_ENGINE,
        sums=paths.sums("export_earthengine", paths.EARTH_ENGINE),
    log:
        paths.log("export_earthengine", paths.EARTH_ENGINE),
        traffic=paths.traffic("export_earthengine", paths.EARTH_ENGINE),
    benchmark:
        paths.benchmark("export_earthengine", paths.EARTH_ENGINE)
    conda:
        "../envs/environment.yaml"
    threads: 0
    resources:
        ee_slots=plan.products.slots,
    params:
        request=plan.products.earthengine_request,
    script:
        "../scripts/export_earthengine.py"


rule export_data_space:
    input:
        geojson=ancient(paths.OUTLINE),
        grid=ancient(paths.GRID),
    output:
        paths.DATA_SPACE,
        sums=paths.sums("export_data_space", paths.DATA_SPACE),
    log:
        paths.log("export_data_space", paths.DATA_SPACE),
        traffic=paths.traffic("export_data_space", paths.DATA_SPACE),
    benchmark:
        paths.benchmark("export_data_space", paths.DATA_SPACE)
    conda:
        "../envs/environment.yaml"
    resources:
        cdse_slots=1,
    params:
        request=plan.products.data_space_request,
    script:
        "../scripts/export_data_space.py"


rule align_product:
    input:
        product=plan.products.delivered,
        geojson=paths.OUTLINE,
        grid=paths.GRID,
    output:
        paths.ALIGNED,
        sums=paths.sums("align_product", paths.ALIGNED),
    log:
        paths.log("align_product", paths.ALIGNED),
    benchmark:
        paths.benchmark("align_product", paths.ALIGNED)
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=by_attempt(plan.products.memory),
    params:
        request=plan.products.align_request,
        given=plan.products.given,
        code=code_of("align_product.py"),
    script:
        "../scripts/align_product.py"


rule products:
    input:
        plan.products.targets(),
