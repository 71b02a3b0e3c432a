# Reads and validates the configuration, and fixes what every rule shares.
#
# There is no `configfile:` here: Snakemake would merge a user's file into ours key by key, and
# leave the sample's area in someone's run. `load_files` replaces whole sections instead.
import atexit
import gc
import os
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger

HOME = Path(workflow.current_basedir.get_path_or_uri(secret_free=True)).parent
if not (HOME / "scripts").is_dir():
    raise WorkflowError(
        "lccs-inputs is used as a module from a clone on disk, not by github(...) and the like: "
        "its scripts need the package beside them"
    )
if {*"{}\n"} & {*str(HOME)}:
    raise WorkflowError(
        f"{str(HOME)!r} has braces or a line break, which Snakemake takes for its own; rename the "
        "folder, or move the project to another"
    )
sys.path.insert(0, f"{HOME}/scripts")

# As it ends, Python would look for cycles in all that was loaded, rules and jobs among it: a quarter
# of what Snakemake takes where nothing is to be made.
atexit.register(gc.freeze)

from lccs_inputs.errors import InputError
from lccs_inputs.plan import ASKED, Plan
from lccs_inputs.workflow import code_hash, owner, paths, recovery, scheduling

if not code_hash.SCRIPTS.samefile(HOME / "scripts"):
    raise WorkflowError(
        f"{HOME}: another copy of lccs-inputs, {code_hash.SCRIPTS.parent}, is a module of this "
        "workflow already; use one copy for all modules"
    )

# What config there is beside ours: of a run by itself the command line says, of a module `config`.
said, alone = workflow.config_settings, workflow.modifier.is_main_snakefile()
# A job has the cores that its rule says. NumPy's linear algebra, of which there is next to none, would
# start a thread for each of the machine's as it is loaded. Another workflow's jobs are its own.
if alone:
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# Jobs that are run elsewhere read the workflow again, but not the command line it was called with.
if alone and workflow.is_main_process:
    os.environ[ASKED] = " ".join(sys.argv[1:])
prefix = workflow.modifier.path_modifier.replace_prefix("")
folders = paths.Folders(
    results=workflow.pathvars.apply("<results>"),
    prefix=prefix,
    own=local if prefix else str,
)


# Before anything of the folder is looked at: until then it may be another run's.
def claim_folder():
    try:
        reason = owner.claim()
    except InputError as error:
        raise (SystemExit if alone else WorkflowError)(str(error)) from None
    if reason:
        raise (SystemExit if alone else WorkflowError)(f"locked: {reason}")


recovered = set()
if alone and workflow.is_main_process:
    if recovery.makes_something(sys.argv[1:]):
        claim_folder()
    recovered = recovery.recover(
        folders.here("<results>"), sys.argv[1:], logger.warning
    )
try:
    plan = Plan.from_files(
        base=HOME / "config.yaml",
        user=[Path(file) for file in said.configfiles] if alone else [config],
        overrides=said.config or {} if alone else {},
        folders=folders,
        # Jobs that are run elsewhere read the workflow again, and leave this to the first process.
        for_a_run=workflow.is_main_process,
        asked=os.environ.get(ASKED, "").split() if alone else (),
    )
except InputError as error:
    # Of any other exception Snakemake tells, behind the sentence, which line of ours raised it.
    raise (SystemExit if alone else WorkflowError)(str(error)) from None


# A submission of a cluster that holds several jobs runs no more at a time than it was given memory
# for; its cores it is told by Snakemake.
if workflow.remote_exec and (given := os.environ.get("LCCS_INPUTS_MEM_MB")):
    workflow.register_resource("mem_mb", int(given))


plan.recovered.files = recovered


# For scripts, and not among `params`: how a service is reached is no reason to run again.
# A dictionary of this module's own: the one that was given may be another module's too.
config = {**config, **plan.services}


def code_of(script):
    return code_hash.script_hash(HOME / "scripts" / script)


# Memory of a job, MB: the more, the more often it failed.
def by_attempt(memory):
    return lambda wildcards, attempt: memory * attempt


wildcard_constraints:
    area=r"[A-Za-z0-9][A-Za-z0-9_-]*",
    outline=r"[0-9a-f]+",
    period=r"[A-Za-z0-9][A-Za-z0-9_-]*",
    earlier=r"[A-Za-z0-9][A-Za-z0-9_-]*",
    later=r"[A-Za-z0-9][A-Za-z0-9_-]*",
    source=r"[a-z][a-z0-9_]*",
    edition=r"[A-Za-z0-9][A-Za-z0-9_-]*",
    block=r"[EW][0-9]+[NS][0-9]+",
    statistic=r"[a-z0-9_-]+",
    layer="|".join(plan.config.known_descriptors),
    image=plan.images.pattern,
    legend=r"[A-Za-z0-9][A-Za-z0-9_-]*",
