"""Data checks: whether the layers of a period are what they must be before they are stacked."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import rasterio
from rasterio.crs import CRS

from lccs_inputs.facts.coherence import applicable
from lccs_inputs.facts.lccs import CODE_NODATA, Descriptor
from lccs_inputs.layers.coherence import Tolerance, check_rule, judge
from lccs_inputs.layers.contents import Contents, Noted, read_contents
from lccs_inputs.layers.reports import Check, Severity, check_of, report, unreadable
from lccs_inputs.rasters.area import Area
from lccs_inputs.rasters.reading import gdal_env, grid_text, is_on_grid

_SHOWN_CODES = 6
VARIES = "more than one value"


@dataclass(frozen=True)
class ValidShare:
    """The smallest share of the pixels of the area, 0 to 1, that must not be nodata."""

    severity: Severity
    minimum: float


@dataclass(frozen=True)
class CheckSettings:
    """What a failed check does: stop what follows (error), warn, or nothing (off).

    Attributes:
        range: of images only.
        valid_share_of: layers whose valid share is judged by a rule of their own.
        coherence: of layers with each other, by the rules of `facts.coherence`.
    """

    crs: Severity
    grid: Severity
    dtype: Severity
    nodata: Severity
    codes: Severity
    constant: Severity
    range: Severity
    valid_share: ValidShare
    valid_share_of: Mapping[str, ValidShare]
    coherence: Mapping[str, Tolerance]

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Self:
        """The settings of a nested dict with these names (`dataclasses.asdict` undone)."""
        own = document["valid_share_of"]
        shares = {
            "valid_share": ValidShare(**document["valid_share"]),
            "valid_share_of": {name: ValidShare(**share) for name, share in own.items()},
        }
        coherence = {name: Tolerance(**said) for name, said in document["coherence"].items()}
        return cls(**{**document, **shares, "coherence": coherence})


def run_checks(
    layers: Mapping[str, Path],
    descriptors: Mapping[str, Descriptor],
    area: Area,
    settings: CheckSettings,
    json_out: Path,
    table_out: Path,
    map_out: Path,
    notes: Mapping[str, Path] | None = None,
    threads: int = 1,
) -> None:
    """Check every layer, and layers with each other, and write the outcome, whatever it is.

    Failures are logged; `require_passed` turns those of severity `error` into an exception. The
    two are apart because Snakemake deletes what a failed job wrote, and the report is wanted
    most then.

    Args:
        layers: descriptor name → its raster.
        descriptors: what each layer may hold, by name.
        json_out: holds `checks`, a list of `Check`; `layers`, for each the pixels of the area, the
            share that is valid, and the pixels of each code; and `coherence`, the `Tally` of each
            rule.
        table_out: the checks, to be read.
        map_out: where which rule of coherence is broken; written where there is a rule for the
            layers.
        notes: what was noted of layers as they were built, which are read where it is of another
            file, or there is none.
        threads: that may be used.
    """
    checks: list[Check] = []
    contents: dict[str, Contents] = {}
    with gdal_env():
        for name, path in sorted(layers.items()):
            note = (notes or {}).get(name)
            outcome, found = _check_layer(descriptors[name], path, note, area, settings)
            checks.extend(outcome)
            if found is not None:
                contents[name] = found
    rules = applicable(layers)
    on_grid = {name: layers[name] for name in contents}
    tallies = judge(on_grid, rules, area, map_out, threads) if rules else {}
    checks += [
        check_rule(rule, tallies[rule.name], settings.coherence[rule.name]) for rule in rules
    ]
    found_out = {
        "layers": {
            name: {**asdict(found), "valid_share": round(found.valid_share, 6)}
            for name, found in contents.items()
        },
        "coherence": {name: asdict(tally) for name, tally in tallies.items()},
    }
    report(checks, found_out, json_out, table_out)


def _check_layer(
    descriptor: Descriptor, path: Path, note: Path | None, area: Area, settings: CheckSettings
) -> tuple[list[Check], Contents | None]:
    name = descriptor.name
    try:
        with rasterio.open(path) as raster:
            checks = check_form(name, raster, area, settings, "uint8", CODE_NODATA)
            contents = None
            if is_on_grid(raster, area.grid):
                noted = Noted.of(path, note) if note else None
                contents = noted.contents if noted else read_contents(raster, area, name)
    except rasterio.errors.RasterioIOError as error:
        return [unreadable(name, error)], None
    return checks + _check_contents(descriptor, contents, settings), contents


def check_form(
    name: str,
    raster: rasterio.DatasetReader,
    area: Area,
    settings: CheckSettings,
    dtype: str,
    nodata: float,
) -> list[Check]:
    """What the header of a file says, against the grid and how its values are stored."""
    grid = area.grid
    declared = "none" if raster.nodata is None else f"{raster.nodata:g}"
    return [
        check_of(
            name,
            "crs",
            settings.crs,
            passed=raster.crs == CRS.from_user_input(grid.crs),
            found=raster.crs.to_string() if raster.crs else "none",
            expected=grid.crs,
        ),
        check_of(
            name,
            "grid",
            settings.grid,
            passed=is_on_grid(raster, grid),
            found=grid_text(raster.shape, raster.transform),
            expected=grid_text(grid.shape, grid.transform),
        ),
        _compare(name, "dtype", settings.dtype, raster.dtypes[0], dtype),
        _compare(name, "nodata", settings.nodata, declared, f"{nodata:g}"),
    ]


def _check_contents(
    descriptor: Descriptor, contents: Contents | None, settings: CheckSettings
) -> list[Check]:
    """What the pixels within the area say; not checked where the layer is off the grid."""
    name, rule = descriptor.name, settings.valid_share_of.get(descriptor.name, settings.valid_share)
    if contents is None:
        return [
            Check(name, check, severity, "not checked", "a layer off the grid", expected)
            for check, severity, expected in (
                ("codes", settings.codes, descriptor.accepted),
                ("constant", settings.constant, VARIES),
                ("valid_share", rule.severity, _enough(rule)),
            )
        ]
    wrong = {
        code: pixels
        for code, pixels in contents.codes.items()
        if not descriptor.allows(np.array(code))
    }
    return [
        check_of(
            name,
            "codes",
            settings.codes,
            passed=not wrong,
            found=_code_text(wrong or contents.codes),
            expected=descriptor.accepted,
        ),
        check_of(
            name,
            "constant",
            settings.constant,
            passed=len(contents.codes) != 1,
            found=_code_text(contents.codes),
            expected=VARIES,
        ),
        check_valid_share(name, contents.valid_share, rule),
    ]


def check_valid_share(name: str, share: float, rule: ValidShare) -> Check:
    """Whether enough of the area is known."""
    return check_of(
        name,
        "valid_share",
        rule.severity,
        passed=share >= rule.minimum,
        found=f"{share:.2%}",
        expected=_enough(rule),
    )


def _enough(rule: ValidShare) -> str:
    return f"at least {rule.minimum:.1%}"


def _code_text(codes: Mapping[int | float, int]) -> str:
    if not codes:
        return "none"
    shown = ", ".join(f"{code:g}" for code in list(codes)[:_SHOWN_CODES])
    more = f" and {len(codes) - _SHOWN_CODES} more" if len(codes) > _SHOWN_CODES else ""
    return f"{shown}{more} on {sum(codes.values())} px"


def _compare(layer: str, check: str, severity: Severity, found: str, expected: str) -> Check:
    return check_of(
        layer, check, severity, passed=found == expected, found=found, expected=expected
    )
