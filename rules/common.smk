# Reads and validates the configuration, and fixes what every rule shares.
#
# There is no `configfile:` here: Snakemake would merge a user's file into ours key by key, and
# leave the sample's area in someone's run. `load_files` replaces whole sections instead.
import sys

sys.path.insert(0, f"{workflow.basedir}/scripts")

from snakemake.exceptions import WorkflowError

from lccs_inputs.errors import InputError
from lccs_inputs.workflow.code_hash import code_hash
from lccs_inputs.plan import Plan
from lccs_inputs.commands.runlock import record_owner

try:
    plan = Plan.from_files(
        base=f"{workflow.basedir}/config.yaml",
        user=workflow.config_settings.configfiles,
        overrides=workflow.config_settings.config or {},
    )
except InputError as error:
    raise WorkflowError(str(error)) from None


# For scripts, and not among `params`: how a service is reached is no reason to run again.
config["clms"] = plan.config.clms.model_dump()
config["earthengine"] = plan.config.earthengine.model_dump()


wildcard_constraints:
    area=r"[A-Za-z0-9][A-Za-z0-9_-]*",
    period=r"[A-Za-z0-9][A-Za-z0-9_-]*",
    source=r"[a-z][a-z0-9_]*",
    edition=r"[A-Za-z0-9][A-Za-z0-9_-]*",
    block=r"[EW][0-9]+[NS][0-9]+",
    statistic=r"[a-z0-9_-]+",
    layer="|".join(plan.config.known_descriptors),
