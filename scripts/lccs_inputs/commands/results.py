"""Print what is made of `config.yaml`, or of the user's files, and where; and what is left out."""

import sys
from collections.abc import Iterator
from pathlib import Path, PurePath

from lccs_inputs.commands import plan_of
from lccs_inputs.config import edition
from lccs_inputs.imagery.scenes import SceneList
from lccs_inputs.plan import Plan
from lccs_inputs.words import aligned, counted, listed
from lccs_inputs.workflow import paths


def summary(plan: Plan) -> str:
    """What a finished run has made and left out, and where to look, for a person."""
    lines = []
    for area, period in plan.names.places():
        rows = [*_made(plan, area, period), *_left_out(plan, area, period)]
        lines += [f"{area} {period}", aligned([(f"  {title}", text) for title, text in rows])]
    for area in plan.config.areas:
        for earlier, later in plan.change.pairs:
            found = paths.CHANGE.format(area=area, earlier=earlier, later=later)
            folder = plan.folders.here(found).parent
            lines.append(f"{area} from {earlier} to {later}: {folder}")
    if unmade := [name for name in plan.config.layers if name not in plan.config.made]:
        lines.append(f"not made, `use` is none: {listed(unmade)}")
    if not any(_page(plan, *place).exists() for place in plan.names.places()):
        lines.append("make report writes a page of it: every map, its numbers, and how it was made")
    return "\n".join(lines)


def _page(plan: Plan, area: str, period: str) -> Path:
    """The page of a period, there or not."""
    return plan.folders.here(paths.REPORT.format(area=area, period=period))


def _made(plan: Plan, area: str, period: str) -> Iterator[tuple[str, str]]:
    """What is made of a period, and where it is."""

    def file(pattern: str) -> str:
        return str(plan.folders.here(pattern.format(area=area, period=period)))

    def folder(pattern: str) -> str:
        return file(PurePath(pattern).parent.as_posix())

    results, has_level3 = plan.results, plan.results.has_level3
    legends, images = plan.legends.legends, plan.images.images
    yield counted(len(plan.config.made), "layer"), folder(paths.LAYER)
    yield "stack, levels 3 and 4" if has_level3 else "stack", file(paths.STACK)
    if has_level3:
        yield "hectares", file(paths.LEVEL4_TABLE)
        yield "for le_lccs", folder(paths.LE_LCCS_CONFIG)
    if legends:
        yield counted(len(legends), "legend"), folder(paths.LEGEND_MAP)
    if images:
        yield counted(len(images), "image"), folder(paths.IMAGE)
    if plan.confidence.of_a_run():
        yield "confidence", folder(paths.CONFIDENCE)
    if plan.accuracy.of_a_run():
        yield "accuracy", folder(paths.ACCURACY)
    yield "checks", file(paths.CHECKS_TABLE)
    yield counted(len(results.pictures), "picture"), file(paths.picture("contact_sheet"))
    if (page := _page(plan, area, period)).exists():
        yield "report", str(page)
    yield "for QGIS", file(paths.PROJECT)
    yield "credits", file(paths.ATTRIBUTION)


def _left_out(plan: Plan, area: str, period: str) -> Iterator[tuple[str, str]]:
    """Scenes that are found and not used, and methods that lack a product, of a period."""
    for place, source, taken in plan.names.editions(plan.config.scenes):
        if (place, taken) == (area, edition(plan.config, source, period)):
            file = paths.SCENES.format(area=area, source=source, edition=taken)
            yield f"scenes of {source}", _scenes(SceneList.read(plan.folders.here(file)))
    for layer in plan.config.made:
        for method, lacking in plan.names.by_period[period].left_out(layer).items():
            text = f"{layer} by {method}: no edition of {listed(lacking)} is near (max_years)"
            yield "left out", text


def _scenes(scenes: SceneList) -> str:
    """How many of the scenes that were found are used, and what removed the others."""
    by = [f"{count} by {name}" for name, count in scenes.removed.items() if count]
    used = f"{len(scenes.scenes)} of {scenes.found} used"
    return f"{used}; left out: {', '.join(by)}" if by else used


if __name__ == "__main__":
    print(summary(plan_of([Path(file) for file in sys.argv[1:]])))
