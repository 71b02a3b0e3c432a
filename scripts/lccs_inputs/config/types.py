"""The types of config values: what each accepts, and the words that say so.

YAML 1.1 reads some plain words as something else: an unquoted date as a date, the key 2018 as a
number, `off` as false. All three are accepted as what they were meant to be.
"""

import keyword
import re
from calendar import monthrange
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    Strict,
    StringConstraints,
    WithJsonSchema,
)

from lccs_inputs.config.problems import Expected, OneOf, problem
from lccs_inputs.facts.lccs import DESCRIPTORS
from lccs_inputs.files import expanded
from lccs_inputs.rasters.lonlat import is_box
from lccs_inputs.words import listed

RESERVED_AREAS = ("sample_data", "logs", "benchmarks")
"""Folders under `results/` beside those of the areas; no area can have their names."""


def _text_of_number(value: Any) -> Any:
    """YAML reads the key 2018 as a number."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def as_crs(value: Any) -> Any:
    """A bare number is taken for that of EPSG."""
    number = _text_of_number(value)
    return f"EPSG:{number}" if isinstance(number, str) and number.isdigit() else value


def _not_reserved(value: str) -> str:
    if keyword.iskeyword(value):
        raise problem(f'"{value}" is a reserved word of expressions; choose another name')
    return value


def _not_reserved_area(value: str) -> str:
    if value in RESERVED_AREAS:
        raise problem(f'"{value}" is a folder of results/ already; choose another name')
    return value


def _iso_date(value: Any) -> Any:
    """YAML reads an unquoted date as one; a number would be read as seconds since 1970."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    return date.fromisoformat(value) if isinstance(value, str) else None


def _in_order(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    if not is_box(box):
        raise ValueError
    return box


def _at_home(path: str) -> str:
    try:
        return expanded(path)
    except ValueError as error:
        raise problem(str(error)) from error


SNAKEMAKES_OWN = re.compile(r"[{}\n]|<[a-z][a-z0-9_]*>")
"""What Snakemake would put something else in the place of."""


def as_input(path: str) -> str:
    """A path that Snakemake is told, with the home folder for `~`.

    Raises:
        PydanticCustomError: Snakemake would read it as another.
    """
    path = _at_home(path)
    if SNAKEMAKES_OWN.search(path):
        raise problem(
            "Snakemake reads braces, line breaks and words in < > in a path as its own; rename it, "
            "or give a link to it that has none"
        )
    return path


def _one_or_more(value: Any) -> Any:
    """One method is a chain of one."""
    return (value,) if isinstance(value, str) else value


def _off(value: Any) -> Any:
    """YAML reads an unquoted `off` as false."""
    return "off" if value is False else value


def _meaning(value: Any) -> Any:
    """A class of LCCS, or codes of layers; numbers of level 3 are written as text."""
    if isinstance(value, dict) and not all(type(code) is int for code in value.values()):
        raise ValueError
    return value


_DOMAINS = ("veg", "urb", "agr", "phy", "atm", "mar", "wat", "env")
DESCRIPTOR_NAME = rf"^[a-z][a-z0-9]{{0,8}}_({'|'.join(_DOMAINS)})_(cat|con|cin)$"
"""What le_lccs calls a variable: identifier, domain, and category, continuous or whole number."""


def _not_built_in(name: str) -> str:
    if name in DESCRIPTORS:
        raise problem("is a descriptor of le_lccs already and stays as it is; remove it from here")
    return name


def _rising(limits: tuple[float, float]) -> tuple[float, float]:
    if not limits[0] < limits[1]:
        raise ValueError
    return limits


def _whole_parts(step: float) -> float:
    """Stored steps are divided by a whole number when they are read."""
    if abs(1 / step - round(1 / step)) > 1e-6 / step:
        raise ValueError
    return step


_SEASON = re.compile(r"(\d\d)-(\d\d)/(\d\d)-(\d\d)")


def _window(text: str) -> str:
    if text in ("period", "year"):
        return text
    if match := _SEASON.fullmatch(text):
        first_month, first_day, last_month, last_day = map(int, match.groups())
        if all(
            1 <= month <= 12 and 1 <= day <= monthrange(2000, month)[1]
            for month, day in ((first_month, first_day), (last_month, last_day))
        ):
            return text
    raise ValueError


Identifier = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", strict=True),
    Expected("a name of small letters, digits and _, starting with a letter"),
    BeforeValidator(_not_reserved),
]
PathName = Annotated[
    str,
    BeforeValidator(_text_of_number),
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", strict=True),
    Expected("a name of letters, digits, _ and -"),
]
PeriodPair = Annotated[
    tuple[PathName, PathName],
    Expected("two periods: [EARLIER, LATER]"),
    WithJsonSchema(
        {
            "type": "array",
            "items": {"type": ["string", "integer"]},
            "minItems": 2,
            "maxItems": 2,
        }
    ),
]
AreaName = Annotated[PathName, AfterValidator(_not_reserved_area)]
EditionName = Annotated[
    str,
    BeforeValidator(_text_of_number),
    StringConstraints(pattern=r"^(\d{4}|static)$", strict=True),
    Expected("a year or static"),
]
# That it is in one of the two tables is checked in `config`, where both are known.
LayerName = Annotated[
    str,
    StringConstraints(min_length=1, strict=True),
    Expected("the name of a layer of le_lccs, or of one of `descriptors`"),
    WithJsonSchema(
        {"type": "string", "anyOf": [{"enum": list(DESCRIPTORS)}, {"pattern": DESCRIPTOR_NAME}]}
    ),
]
DescriptorName = Annotated[
    str,
    StringConstraints(pattern=DESCRIPTOR_NAME, strict=True),
    Expected(
        f"a name such as snowcper_wat_cin: up to 9 letters and digits, one of {listed(_DOMAINS)}, "
        "and one of cat, con, cin"
    ),
    AfterValidator(_not_built_in),
]
Code = Annotated[int, Strict(), Field(ge=0, le=254), Expected("a whole number from 0 to 254")]
Limits = Annotated[
    tuple[Code, Code],
    AfterValidator(_rising),
    Expected("two whole numbers from 0 to 254: the lowest and the highest"),
]
ProductCode = Annotated[
    int, Strict(), Field(ge=0, le=65535), Expected("a whole number from 0 to 65535")
]
_Number = Annotated[float, Strict(), Field(allow_inf_nan=False)]
Number = Annotated[_Number, Expected("a number")]
Range = Annotated[
    tuple[_Number, _Number],
    AfterValidator(_rising),
    Expected("two numbers: the lowest and the highest"),
]
Step = Annotated[
    float,
    Strict(),
    Field(gt=0, le=1),
    AfterValidator(_whole_parts),
    Expected("1, or 1 over a whole number, such as 0.1"),
]
Colour = Annotated[
    str,
    StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$", strict=True),
    Expected('a colour in quotes, as "#rrggbb"'),  # unquoted, YAML sees a comment
]
Text = Annotated[str, StringConstraints(min_length=1, strict=True), Expected("a text")]
AssetFolder = Annotated[
    str,
    StringConstraints(pattern=r"^projects/[^/]+/assets(/[A-Za-z0-9_-]+)+$", strict=True),
    Expected("a folder of assets, such as projects/my-project/assets/staging"),
]
_Path = Annotated[str, StringConstraints(min_length=1, strict=True), Expected("a path")]
FilePath = Annotated[_Path, AfterValidator(_at_home)]
InputPath = Annotated[_Path, AfterValidator(as_input)]
Expression = Annotated[
    str, StringConstraints(min_length=1, strict=True), Expected("an expression, as text")
]
Methods = Annotated[
    tuple[Text, ...],
    Field(min_length=1),
    BeforeValidator(_one_or_more),
    Expected("the name of a method, or a list of them"),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string"},
                {"type": "array", "items": {"type": "string"}, "minItems": 1, "uniqueItems": True},
            ]
        }
    ),
]
Legends = Annotated[
    tuple[Text, ...],
    BeforeValidator(_one_or_more),
    Expected("the name of a legend, the path of its file, or a list of them"),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]
Label = Annotated[
    str,
    BeforeValidator(_text_of_number),
    StringConstraints(min_length=1, strict=True),
    Expected("a text or a whole number"),
]
FieldNames = Annotated[
    tuple[Text, ...],
    BeforeValidator(_one_or_more),
    Expected("the name of a column, or a list of them"),
]
Meaning = Annotated[
    str | dict[str, int] | None,
    BeforeValidator(_meaning),
    Expected("a class as LCCS writes it (A12.A1.D2), layers and codes, or nothing"),
]
Connectivity = Annotated[Literal[4, 8], Expected("4 or 8")]
Years = Annotated[int, Strict(), Field(ge=0), Expected("a whole number of years, 0 or more")]
Days = Annotated[int, Strict(), Field(ge=0), Expected("a whole number of days, 0 or more")]
Flag = Annotated[bool, Strict(), Expected("true or false")]
Percent = Annotated[float, Strict(), Field(ge=0, le=100), Expected("a number from 0 to 100")]
PositivePercent = Annotated[
    float, Strict(), Field(gt=0, allow_inf_nan=False), Expected("a number of percent above 0")
]
Share = Annotated[float, Strict(), Field(ge=0, le=1), Expected("a number from 0 to 1")]
Metres = Annotated[
    float, Strict(), Field(gt=0, allow_inf_nan=False), Expected("a number of metres above 0")
]
Positive = Annotated[
    float, Strict(), Field(gt=0, allow_inf_nan=False), Expected("a number above 0")
]
Seed = Annotated[int, Strict(), Field(ge=0), Expected("a whole number, 0 or more")]
BlockSize = Annotated[
    int,
    Strict(),
    Field(ge=256, le=16384, multiple_of=256),
    Expected("a multiple of 256 pixels, at most 16384"),
]
MaskValue = Annotated[int, Strict(), Field(ge=0, le=255), Expected("a whole number from 0 to 255")]
Day = Annotated[
    date,
    BeforeValidator(_iso_date),
    Expected("a date (YYYY-MM-DD)"),
    WithJsonSchema({"type": "string", "format": "date"}),
]
Degrees = Annotated[float, Strict()]
BoundingBox = Annotated[
    tuple[Degrees, Degrees, Degrees, Degrees],
    AfterValidator(_in_order),
    Expected("four numbers: west, south, east, north in degrees"),
]
Severity = Annotated[str, OneOf("a severity", ("error", "warn", "off")), BeforeValidator(_off)]
Window = Annotated[
    str,
    Strict(),
    AfterValidator(_window),
    Expected('period, year, months, or a season as "MM-DD/MM-DD"'),
    WithJsonSchema({"type": "string", "pattern": r"^(period|year|months|\d\d-\d\d/\d\d-\d\d)$"}),
]
