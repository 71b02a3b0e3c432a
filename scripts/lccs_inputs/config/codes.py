"""The page of codes: what the numbers in layers, in level 3 and in products mean.

Made from the tables that checks, colour tables, pictures and messages use: `facts/lccs.py` for
layers and level 3, `facts/level4.py` and `facts/au.py` for level 4, `facts/products.py` for the
maps made by others.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from lccs_inputs.config.markdown import rows
from lccs_inputs.facts.au import AU
from lccs_inputs.facts.lccs import DESCRIPTORS, LEVEL3, Descriptor, Kind
from lccs_inputs.facts.level4 import CLASSIFIERS
from lccs_inputs.facts.products import PRODUCTS, Product, ProductKind
from lccs_inputs.words import listed

_HEAD = """# Codes

Generated from the tables in `scripts/lccs_inputs/facts/` by `python -m
lccs_inputs.commands.schema`; do not edit. The data checks, the colour tables of the
files, the legends of the pictures and the messages come from the same tables.

Layers are uint8, nodata 255. A method of a binary layer is a condition; of any other it gives the
number. A config can add descriptors: [your-own.md](your-own.md).
"""

_LEVEL4 = """## Level 4

What a layer adds to the code of a class of level 3, in this order: A12.A1.A10.B6.D1.E2. A quantity
has the class that begins next below it. A number in `level4_codes.tif` has nine digits: three of
the class of level 3, two of the first layer that describes it, one of each further. They are places
in this table, from 1 in each layer; 0 where nothing is said, 9 (99) where the layer is not known.
112011220 is A12.A1.A10.B6.D2.
"""
_AU = """### Numbers of the scheme `au`

`level4.tif` has these, as le_lccs has.
"""

_LAYERS = ("Layer", "Title", "Code", "Name", "Colour")


def codes_text() -> str:
    """Every code with its name, and of what is drawn its colour."""
    parts = [_HEAD, "## Layers\n"]
    layers = (row for descriptor in DESCRIPTORS.values() for row in _of_layer(descriptor))
    parts += rows(_LAYERS, layers)
    level3 = ((str(code), c.name, f"`{c.colour}`") for code, c in LEVEL3.items())
    parts += ["## Level 3\n", *rows(("Code", "Name", "Colour"), level3)]
    parts += [_LEVEL4, *rows(("Layer", "Of", "Value", "Code", "Name"), _of_level4())]
    numbers = ((str(number), c.name, f"`{c.colour}`") for number, c in AU.items())
    parts += [_AU, *rows(("Number", "Name", "Colour"), numbers)]
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


def _of_level4() -> Iterator[tuple[str, ...]]:
    for classifier in dict.fromkeys(c for each in CLASSIFIERS.values() for c in each):
        described = [str(level3) for level3, each in CLASSIFIERS.items() if classifier in each]
        of = listed(described) + (", woody" if classifier.of_woody else "")
        name, ranges = f"`{classifier.layer}`", DESCRIPTORS[classifier.layer].kind.is_continuous
        for place, division in enumerate(classifier.divisions, start=1):
            value = "shrubs, from 3" if division.lowest is None else str(division.lowest)
            value = f"from {value}" if ranges and division.lowest is not None else value
            yield name, of, value, classifier.text(place), division.name
            name = of = ""


def _of_product(product: Product) -> str:
    if product.kind is ProductKind.PERCENT:
        return "whole percent, 0 to 100"
    if product.kind is ProductKind.MEASURE:
        return f"{product.unit}, {product.limits[0]:g} to {product.limits[1]:g}"
    return _listed(product.codes)


def _listed(codes: Mapping[int, Any]) -> str:
    return "; ".join(f"{code} {name}" for code, name in codes.items())
