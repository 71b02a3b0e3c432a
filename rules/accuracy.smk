# How right the maps are, by reference data: those that `reference` names, or of the sample its own.


# As soon as there is a grid: what is wrong with reference data should not be told after hours. Data
# may be of one area or period alone, so that the gate looks at all.
rule check_reference:
    input:
        references=plan.accuracy.files,
        geojson=paths.OUTLINE,
        grid=paths.GRID,
    output:
        paths.REFERENCE_CHECK,
        sums=paths.sums("check_reference", paths.REFERENCE_CHECK),
    log:
        paths.log("check_reference", paths.REFERENCE_CHECK),
    benchmark:
        paths.benchmark("check_reference", paths.REFERENCE_CHECK)
    priority: 1
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=by_attempt(1500),
    params:
        request=plan.accuracy.request,
        code=code_of("check_reference.py"),
    script:
        "../scripts/check_reference.py"


rule gate_reference:
    input:
        checks=plan.accuracy.checks(),
    output:
        touch(paths.REFERENCE_PASSED),
        sums=paths.sums("gate_reference", paths.REFERENCE_PASSED),
    log:
        paths.log("gate_reference", paths.REFERENCE_PASSED),
    benchmark:
        paths.benchmark("gate_reference", paths.REFERENCE_PASSED)
    priority: 1
    conda:
        "../envs/environment.yaml"
    params:
        code=code_of("gate_reference.py"),
    script:
        "../scripts/gate_reference.py"


rule assess_accuracy:
    input:
        checked=paths.REFERENCE_CHECK,
        passed=ancient(paths.REFERENCE_PASSED),
        references=plan.accuracy.files,
        maps=plan.accuracy.maps,
        geojson=paths.OUTLINE,
        grid=paths.GRID,
    output:
        plan.accuracy.tables,
        sums=paths.sums("assess_accuracy", paths.ACCURACY),
    log:
        paths.log("assess_accuracy", paths.ACCURACY),
    benchmark:
        paths.benchmark("assess_accuracy", paths.ACCURACY)
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=by_attempt(1500),
    params:
        request=plan.accuracy.request,
        code=code_of("assess_accuracy.py"),
    script:
        "../scripts/assess_accuracy.py"


rule explain_errors:
    input:
        unpack(plan.accuracy.explained_by),
        errors=paths.ACCURACY_ERRORS,
        right=paths.ACCURACY_RIGHT,
        lists=plan.accuracy.scene_lists,
        blocks=ancient(plan.accuracy.blocks),
        geojson=paths.OUTLINE,
        grid=paths.GRID,
    output:
        errors=paths.ACCURACY_REASONS,
        right=paths.ACCURACY_RIGHT_REASONS,
        sums=paths.sums("explain_errors", paths.ACCURACY_REASONS),
    log:
        paths.log("explain_errors", paths.ACCURACY_REASONS),
    benchmark:
        paths.benchmark("explain_errors", paths.ACCURACY_REASONS)
    conda:
        "../envs/environment.yaml"
    resources:
        mem_mb=by_attempt(1000),
    params:
        request=plan.accuracy.error_request,
        code=code_of("explain_errors.py"),
    script:
        "../scripts/explain_errors.py"


rule draw_accuracy:
    input:
        accuracy=paths.ACCURACY,
        points=paths.REFERENCE_POINTS,
        level3=plan.results.level3,
        geojson=paths.OUTLINE,
        grid=paths.GRID,
    output:
        report(
            plan.accuracy.pictures,
            caption="captions/accuracy.rst",
            category="{area}",
            subcategory="{period}",
            labels={"map": "accuracy"},
        ),
        sums=paths.sums("draw_accuracy", paths.ACCURACY_PICTURE),
    log:
        paths.log("draw_accuracy", paths.ACCURACY_PICTURE),
    benchmark:
        paths.benchmark("draw_accuracy", paths.ACCURACY_PICTURE)
    conda:
        "../envs/environment.yaml"
    params:
        code=code_of("draw_accuracy.py"),
    script:
        "../scripts/draw_accuracy.py"


rule accuracy:
    input:
        plan.accuracy.targets(),
