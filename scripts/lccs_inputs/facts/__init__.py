"""What is known of sensors, catalogues, products and le_lccs: tables with their sources, no work.

The config reads them whenever Snakemake parses the workflow, so they import nothing slow.
"""
