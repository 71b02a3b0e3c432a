# Data checks: `check_layers` reports, `gate_layers` stops what follows if a check of severity
# `error` failed. They are two rules because Snakemake deletes the outputs of a failed job, and
# the report is wanted most when something failed.


rule check_layers:
    input:
        layers=plan.results.layers,
        notes=plan.results.notes,
        geojson=paths.OUTLINE,
        grid=paths.GRID,
    output:
        json=paths.CHECKS,
        table=paths.CHECKS_TABLE,
        coherence=plan.results.coherence_files,
        sums=paths.sums("check_layers", paths.CHECKS),
    log:
        paths.log("check_layers", paths.CHECKS),
    benchmark:
        paths.benchmark("check_layers", paths.CHECKS)
    conda:
        "../envs/environment.yaml"
    threads: 2  # what follows waits for it
    resources:
        mem_mb=by_attempt(500),
    params:
        request=plan.results.check_request,
        code=code_of("check_layers.py"),
    script:
        "../scripts/check_layers.py"


rule gate_layers:
    input:
        checks=paths.CHECKS,
    output:
        touch(paths.CHECKS_PASSED),
        sums=paths.sums("gate_layers", paths.CHECKS_PASSED),
    log:
        paths.log("gate_layers", paths.CHECKS_PASSED),
    benchmark:
        paths.benchmark("gate_layers", paths.CHECKS_PASSED)
    conda:
        "../envs/environment.yaml"
    params:
        code=code_of("gate_layers.py"),
    script:
        "../scripts/gate_layers.py"


rule checks:
    input:
        plan.results.check_targets(),
