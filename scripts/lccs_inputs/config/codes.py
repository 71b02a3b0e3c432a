"""The page of codes: what the numbers in layers, in level 3 and in products mean.

Made from the tables that checks, colour tables, pictures and messages use: `facts/lccs.py` for
layers and level 3, `facts/products.py` for the maps made by others.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from lccs_inputs.config.markdown import rows
from lccs_inputs.facts.lccs import DESCRIPTORS, LEVEL3, Descriptor, Kind
from lccs_inputs.facts.products import PRODUCTS, Product, ProductKind

_HEAD = """# Codes

Generated from the tables in `scripts/lccs_inputs/facts/` by `python -m
lccs_inputs.commands.schema`; do not edit. The data checks, the colour tables of the
files, the legends of the pictures and the messages come from the same tables.

Layers are uint8, nodata 255. A method of a binary layer is a condition; of any other it gives the
number. A config can add descriptors: [your-own.md](your-own.md).
"""

_LAYERS = ("Layer", "Title", "Code", "Name", "Colour")


def codes_text() -> str:
    """Every code with its name, and of what is drawn its colour."""
    parts = [_HEAD, "## Layers\n"]
    layers = (row for descriptor in DESCRIPTORS.values() for row in _of_layer(descriptor))
    parts += rows(_LAYERS, layers)
    level3 = ((str(code), c.name, f"`{c.colour}`") for code, c in LEVEL3.items())
    parts += ["## Level 3\n", *rows(("Code", "Name", "Colour"), level3)]
    products = (
        (f"`{p.name}`", p.title, _of_product(p), _listed(p.nodata_codes)) for p in PRODUCTS.values()
    )
    parts += ["## Products\n", *rows(("Product", "Title", "Values", "Nodata"), products)]
    return "\n".join(parts)


def _of_layer(descriptor: Descriptor) -> Iterator[tuple[str, ...]]:
    name, title = f"`{descriptor.name}`", descriptor.title
    if descriptor.kind.is_continuous:
        unit = "percent" if descriptor.kind is Kind.PERCENT else descriptor.unit
        yield name, title, descriptor.accepted, unit, ""
    for code, category in descriptor.codes.items():
        yield name, title, str(code), category.name, f"`{category.colour}`"
        name = title = ""


def _of_product(product: Product) -> str:
    if product.kind is ProductKind.PERCENT:
        return "whole percent, 0 to 100"
    if product.kind is ProductKind.MEASURE:
        return f"{product.unit}, {product.limits[0]:g} to {product.limits[1]:g}"
    return _listed(product.codes)


def _listed(codes: Mapping[int, Any]) -> str:
    return "; ".join(f"{code} {name}" for code, name in codes.items())
