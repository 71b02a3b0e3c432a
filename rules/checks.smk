# Data checks: `check_layers` reports, `gate_layers` stops what follows if a check of severity
# `error` failed. They are two rules because Snakemake deletes the outputs of a failed job, and
# the report is wanted most when something failed.


rule check_layers:
    input:
        layers=plan.period_layers,
        geojson="results/{area}/area.geojson",
        grid="results/{area}/grid.json",
    output:
        json="results/{area}/periods/{period}/checks/checks.json",
        table="results/{area}/periods/{period}/checks/checks.txt",
    log:
        "results/logs/check_layers/{area}.{period}.log",
    benchmark:
        "results/benchmarks/check_layers/{area}.{period}.tsv"
    conda:
        "../envs/environment.yaml"
    params:
        checks=plan.check_settings,
        descriptors=plan.made_descriptors,
        code=code_hash("layers.checks"),
    script:
        "../scripts/check_layers.py"


rule gate_layers:
    input:
        "results/{area}/periods/{period}/checks/checks.json",
    output:
        touch("results/{area}/periods/{period}/checks/passed"),
    log:
        "results/logs/gate_layers/{area}.{period}.log",
    benchmark:
        "results/benchmarks/gate_layers/{area}.{period}.tsv"
    conda:
        "../envs/environment.yaml"
    params:
        code=code_hash("layers.checks"),
    script:
        "../scripts/gate_layers.py"


rule checks:
    input:
        plan.check_targets,
