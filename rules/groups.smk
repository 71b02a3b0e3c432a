# Groups of jobs that are submitted together: profiles/slurm says which.
import snakemake.jobs

# Groups are found anew after each checkpoint, as some jobs are others then. Snakemake (9.27) takes
# them out of a cache, where each has grown since by its neighbours, and goes through the jobs that
# it had before: what the checkpoint renewed is in no group, and what waits for it never starts
# ("BUG: Out of jobs ready to be started", its issue 823). So nothing is kept.
if hasattr(snakemake.jobs, "GroupJobFactory"):
    snakemake.jobs.GroupJobFactory.cache = property(
        lambda factory: {}, lambda factory, cache: None
    )
