"""The language of layers and derived sources: comparison, logic and arithmetic over names.

Expressions are read without `eval` into a few frozen nodes (`parse`), printed back in one stable
form (`canonical`), and evaluated over rasters window by window (`evaluate`), where nodata follows
Kleene's three-valued logic. What the names mean is the matter of `namespace`.
"""

from lccs_inputs.expressions.evaluation import AreaStatistics, Program, evaluate
from lccs_inputs.expressions.nodes import (
    AREA_STATISTICS,
    FOCAL_FUNCTIONS,
    FUNCTIONS,
    OBSERVATION_STATISTIC,
    AreaStatistic,
    Focal,
    Membership,
    Name,
    Node,
    Number,
    Observed,
    Operation,
    Type,
    and_not,
    canonical,
    code_problems,
    halo,
    mentioned,
    names,
    observed,
    replace_children,
    replace_names,
    statistic_name,
    statistics_of,
    type_problems,
)
from lccs_inputs.expressions.parser import parse
from lccs_inputs.expressions.ranges import Range, Unit, constant_conditions, possible
from lccs_inputs.expressions.values import Stored, Value

__all__ = [
    "AREA_STATISTICS",
    "FOCAL_FUNCTIONS",
    "FUNCTIONS",
    "OBSERVATION_STATISTIC",
    "AreaStatistic",
    "AreaStatistics",
    "Focal",
    "Membership",
    "Name",
    "Node",
    "Number",
    "Observed",
    "Operation",
    "Program",
    "Range",
    "Stored",
    "Type",
    "Unit",
    "Value",
    "and_not",
    "canonical",
    "code_problems",
    "constant_conditions",
    "evaluate",
    "halo",
    "mentioned",
    "names",
    "observed",
    "parse",
    "possible",
    "replace_children",
    "replace_names",
    "statistic_name",
    "statistics_of",
    "type_problems",
]
