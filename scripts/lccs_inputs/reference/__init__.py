"""Reference data: points of known class, on the grid of an area and of the days of a period.

`points.read_points` reads what the entry of a config says into a table of one row for each point
(`data.Points.table`): where it is, when it is from, what it says of level 3 and of layers, and
whether it is used or why not.
"""
