# All that needs the network, for machines that have none to make the rest.


rule fetch:
    input:
        plan.results.grid_targets(),
        plan.products.fetched(),
        plan.scenes.fetched,
