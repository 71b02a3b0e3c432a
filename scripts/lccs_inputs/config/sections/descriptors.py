"""Descriptors of the user, beside those of le_lccs."""

from typing import Annotated, Any

from pydantic import Field, ValidationInfo, field_validator

from lccs_inputs.config.problems import OneOf, problem
from lccs_inputs.config.sections.section import Section
from lccs_inputs.config.types import Code, Colour, Limits, Text
from lccs_inputs.facts.lccs import ABSENT, PALETTE, Category, Descriptor, Kind


class CategorySettings(Section):
    """What a code means; 0 usually that the descriptor does not apply. A binary one has 0 and 1."""

    name: Text
    """The name of the code in legends."""
    colour: Colour = ""
    """Its colour; by default one of ten, and pale for 0."""


class DescriptorSettings(Section):
    """A descriptor beside those of le_lccs; how it is made stands under `layers`, as for those."""

    title: Text
    """What it is called in pictures and files."""
    kind: Annotated[str, OneOf("a kind", tuple(kind.value for kind in Kind))]
    """A condition (binary), codes (categorical), percent, or whole numbers of a unit (quantity)."""
    codes: Annotated[dict[Code, CategorySettings], Field(validate_default=True)] = {}
    """What each code of a categorical descriptor means; of a binary one if you like."""
    unit: Annotated[Text | None, Field(validate_default=True)] = None
    """What a quantity counts, such as m or months."""
    limits: Annotated[Limits | None, Field(validate_default=True)] = None
    """The lowest and the highest value of a quantity."""

    @field_validator("codes", "unit", "limits")
    @classmethod
    def _of_its_kind(cls, value: Any, info: ValidationInfo) -> Any:
        kind, key = info.data.get("kind"), str(info.field_name)
        kinds = ("binary", "categorical") if key == "codes" else ("quantity",)
        if kind is None:
            return value
        if value and kind not in kinds:
            raise problem(f"is for {' or '.join(kinds)} only; remove it from this {kind} one")
        if not value and kind == kinds[-1]:
            raise problem(f"is missing: {cls.meaning(key)}")
        return value

    @field_validator("codes")
    @classmethod
    def _told_apart(
        cls, codes: dict[int, CategorySettings], info: ValidationInfo
    ) -> dict[int, CategorySettings]:
        if info.data.get("kind") == "binary" and not codes.keys() <= {0, 1}:
            raise problem("a binary descriptor has the codes 0 and 1 only")
        if len(_spare_colours(codes)) < sum(not c.colour for code, c in codes.items() if code):
            raise problem(f"there are {len(PALETTE)} colours for codes; give the others their own")
        return codes

    def descriptor(self, name: str) -> Descriptor:
        """The entry of the descriptor table that this is."""
        binary = {0: CategorySettings(name="absent"), 1: CategorySettings(name="present")}
        codes = (binary if self.kind == Kind.BINARY else {}) | self.codes
        spare = iter(_spare_colours(codes))
        categories = {
            code: Category(c.name, (c.colour or (next(spare) if code else ABSENT)).lower())
            for code, c in sorted(codes.items())
        }
        unit = "%" if self.kind == Kind.PERCENT else self.unit or "1"
        kind, limits = Kind(self.kind), self.limits or (0, 100)
        return Descriptor(name, self.title, kind, categories, unit, limits)


def _spare_colours(codes: dict[int, CategorySettings]) -> list[str]:
    taken = {category.colour.lower() for category in codes.values()}
    return [colour for colour in PALETTE if colour not in taken]
