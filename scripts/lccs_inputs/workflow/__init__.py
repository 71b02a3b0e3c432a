"""The bridge to Snakemake: where files are, what jobs are asked, and what reruns them.

Nothing here imports Snakemake.
"""
