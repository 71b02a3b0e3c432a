"""What is written of the results of a period, in whatever form."""

from lccs_inputs.plan.layers import LayerPlan
from lccs_inputs.plan.legends import LegendPlan
from lccs_inputs.plan.names import Names
from lccs_inputs.plan.provenance import ProvenancePlan
from lccs_inputs.plan.results import ResultPlan


class WrittenPlan:
    """A plan of something that is written of the results, by the plans of these."""

    def __init__(
        self,
        names: Names,
        layers: LayerPlan,
        results: ResultPlan,
        legends: LegendPlan,
        provenance: ProvenancePlan,
    ) -> None:
        self._names, self._config, self._legends = names, names.config, legends
        self._layers, self._results, self._provenance = layers, results, provenance
