"""Jobs that Snakemake would lose sight of as a checkpoint ends, seen in its version 9.27.

What a checkpoint has found makes its DAG look for what is ready anew, and some jobs others. What
is lost never starts, and the run ends in "BUG: Out of jobs ready" (snakemake#823), or with
`--keep-going` as if all were made.
"""

from collections.abc import Set
from typing import Any

LOST = "Snakemake lost sight of jobs that waited: what is done stays; run again to go on"
"""What is told of a run that ended like that."""


def keep_in_sight(scheduler: Any) -> None:
    """Have Snakemake start all jobs of a run that is about to begin; where a version of it has
    other names, nothing is done.
    """
    dag = scheduler.workflow.dag
    if hasattr(scheduler, "_handle_error") and hasattr(dag, "_running"):
        _keep_those_to_be_tried_again(scheduler, dag)
    if hasattr(dag, "group_job_factory"):
        dag.group_job_factory.cache = _Nothing()
    if hasattr(getattr(scheduler.workflow, "checkpoints", None), "created_output"):
        _go_on_from_what_stays(dag, scheduler.workflow.checkpoints.created_output)


def _keep_those_to_be_tried_again(scheduler: Any, dag: Any) -> None:
    """A job that failed is ready for its next try, but counts as running, and what runs is left out
    where the DAG looks for what is ready: one whose turn has not come by then would not come to it.
    """
    handle = scheduler._handle_error

    def handle_error(job: Any, *arguments: Any, **options: Any) -> None:
        handle(job, *arguments, **options)
        if job in dag.ready_jobs:
            dag._running.discard(job)

    scheduler._handle_error = handle_error


def _go_on_from_what_stays(dag: Any, known: Set[str]) -> None:
    """A checkpoint that is in the plan until another shows that it need not run, as the list of
    scenes where the grid of an asset is made anew, counts as not there yet: what reads it would
    start without it.
    """
    update = dag.update_checkpoint_dependencies

    async def stays(job: Any) -> bool:
        if not job.is_checkpoint or dag.needrun(job) or known >= {*job.output}:
            return False
        return all([await output.exists() for output in job.output])

    async def update_all(jobs: Any = None) -> bool:
        updated: bool = await update(jobs)
        while updated and (there := [job for job in dag.jobs if await stays(job)]):
            await update(there)
        return updated

    dag.update_checkpoint_dependencies = update_all


class _Nothing(dict[Any, Any]):
    """Keeps nothing. Groups are found anew after each checkpoint, and taken out of a cache, where
    each has grown since by its neighbours: with the jobs that it had before, not with those that
    the checkpoint renewed, which would be in no group.
    """

    def __setitem__(self, key: Any, value: Any) -> None:
        pass
