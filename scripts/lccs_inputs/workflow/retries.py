"""Jobs that failed and wait for their next try, of which Snakemake would lose sight.

A job that is to be tried again is ready, and yet stays among those that run (`DAG._running`; seen
in Snakemake 9.27). What a checkpoint has found makes the DAG look for what is ready anew, and leave
out what runs: where it ends before the job's turn has come, that never comes. The run ends in "BUG:
Out of jobs ready" (snakemake#823), or with `--keep-going` as if all were made.
"""

from typing import Any

LOST = "Snakemake lost sight of jobs that waited: what is done stays; run again to go on"
"""What is told of a run that ended like that."""


def keep_in_sight(scheduler: Any) -> None:
    """Let a job that is to be tried again no longer count as running.

    Args:
        scheduler: of a run of Snakemake that is about to begin; left as it is where a version of
            Snakemake has other names.
    """
    dag = scheduler.workflow.dag
    handle = getattr(scheduler, "_handle_error", None)
    if handle is None or not (hasattr(dag, "_running") and hasattr(dag, "_ready_jobs")):
        return

    def handle_error(job: Any, *arguments: Any, **options: Any) -> None:
        handle(job, *arguments, **options)
        if job in dag._ready_jobs:
            dag._running.discard(job)

    scheduler._handle_error = handle_error
