# What a period is made of, for machines and for readers: beside its results, where they are shared.


# Follows what it tells of. Sources are ancient: where they change, the results that are made of
# them do, and a mosaic that gained a band is the same to what is told. Their scene lists are not.
rule describe_period:
    input:
        layers=plan.results.layers,
        methods=plan.provenance.method_maps,
        stack=paths.STACK,
        validity=paths.VALIDITY,
        level3=plan.results.level3,
        level4=plan.results.level4,
        legends=plan.legends.of_period,
        coherence=plan.results.coherence,
        le_lccs=plan.handoff.rasters_of,
        images=plan.provenance.images,
        confidence=plan.confidence.shown,
        lists=plan.provenance.scene_lists,
        mosaics=ancient(plan.provenance.mosaics),
        delivered=ancient(plan.provenance.delivered),
        aligned=ancient(plan.provenance.aligned),
        geojson=paths.OUTLINE,
        grid=paths.GRID,
    output:
        item=paths.ITEM,
        provenance=paths.PROVENANCE,
        crate=paths.CRATE,
        attribution=paths.ATTRIBUTION,
        methods=paths.METHODS,
        bibliography=paths.BIBLIOGRAPHY,
        sums=paths.sums("describe_period", paths.PROVENANCE),
    log:
        paths.log("describe_period", paths.PROVENANCE),
    benchmark:
        paths.benchmark("describe_period", paths.PROVENANCE)
    conda:
        "../envs/environment.yaml"
    params:
        request=plan.provenance.request,
        code=code_of("describe_period.py"),
    script:
        "../scripts/describe_period.py"


rule provenance:
    input:
        plan.provenance.targets(),
