"""How right the maps are, and how much of each class there is, by reference data.

`estimators` has the formulas, `assess` holds one map against the points of one set of reference
data, `write` does so for all of a period. No kappa: it adds nothing to overall accuracy, and nobody
can say what a value of it means (Pontius & Millones 2011; Olofsson et al. 2014).
"""
