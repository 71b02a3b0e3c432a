"""What the results of a period are made of: scenes by their ids, products by their files."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lccs_inputs.clms.journal import Journal, State
from lccs_inputs.facts.catalogues import is_url
from lccs_inputs.facts.citations import PUBLISHERS
from lccs_inputs.facts.origins import FETCHED
from lccs_inputs.facts.sensors import CLOUD_SCORE, CLOUD_SCORE_CREDIT, COLLECTION_CREDITS, SENSORS
from lccs_inputs.files import sha256_of
from lccs_inputs.imagery.scenes import SceneList
from lccs_inputs.rasters.given import visible_files
from lccs_inputs.rasters.synthetic import is_synthetic_file
from lccs_inputs.workflow.records import record_of
from lccs_inputs.workflow.requests.provenance import ProductSource, SceneSource


@dataclass(frozen=True)
class Source:
    """An edition of a scene set or of a product.

    Attributes:
        name: of the source in the config.
        title: what it is, for people.
        credits: the lines that whoever publishes something made of it repeats.
        is_synthetic: whether it is of the sample, so that nobody is owed a credit.
        facts: what else is to be told of it, as plain values.
    """

    name: str
    edition: str
    title: str
    licence: str
    credits: tuple[str, ...]
    is_synthetic: bool
    facts: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Plain values only."""
        return {
            "edition": self.edition,
            "title": self.title,
            "synthetic": self.is_synthetic,
            "licence": self.licence,
            "credits": [*self.credits],
            **self.facts,
        }


def scene_source(source: SceneSource, listed: Path, mosaic: Path) -> Source:
    """A scene set, by its frozen list of scenes and its mosaic."""
    scenes = SceneList.read(listed)
    sensor = SENSORS[scenes.sensor]
    years = ", ".join(sorted({scene.datetime[:4] for scene in scenes.scenes}))
    used = {scene.collection for scene in scenes.scenes}
    lines = [line.format(years=years) for line in sensor.credits]
    lines += [line for collection, line in COLLECTION_CREDITS.items() if collection in used]
    lines += [CLOUD_SCORE_CREDIT] if source.mask == CLOUD_SCORE else []
    facts = {
        "sensor": scenes.sensor,
        "publisher": PUBLISHERS[scenes.sensor],
        "accessed": _day_of(listed),
        "catalogue": _public(source.catalogue),
        "collections": [*scenes.collections],
        "from": scenes.start,
        "to": scenes.end,
        "mask": source.mask,
        "recipe": source.recipe,
        "fingerprint": scenes.fingerprint,
        "found": scenes.found,
        "removed": dict(scenes.removed),
        "left_out": dict(scenes.left_out),
        "scenes": [
            {
                "id": scene.id,
                "collection": scene.collection,
                "datetime": scene.datetime,
                "platform": scene.platform,
                "updated": scene.updated,
                "baseline": scene.baseline,
            }
            for scene in scenes.scenes
        ],
    }
    title = f"{sensor.title}, {scenes.start} to {scenes.end}"
    synthetic = is_synthetic_file(mosaic)
    return Source(
        source.name, source.edition, title, sensor.licence, tuple(lines), synthetic, facts
    )


def product_source(source: ProductSource, delivered: Path, aligned: Path, cache: Path) -> Source:
    """A product, by what was delivered of it and what that became on the grid.

    Args:
        cache: of CLMS, where its tasks are noted.
    """
    product = source.described
    facts: dict[str, Any] = {
        "product": product.name,
        "publisher": product.source,
        "accessed": _day_of(delivered) if source.origin in FETCHED else "",
        "origin": source.origin if source.origin in FETCHED else Path(source.origin).name,
        "dataset": dict(source.dataset),
        "files": checksums(delivered),
        "aligned": sha256_of(aligned),
    }
    if source.asked:
        facts |= {"request": source.asked, "task": _task(cache, source.asked)}
    return Source(
        source.name,
        source.edition,
        f"{product.title} {source.edition}",
        product.licence,
        (product.credited(source.edition),),
        is_synthetic_file(aligned),
        facts,
    )


def checksums(path: Path) -> dict[str, str]:
    """SHA-256 of a file, or of every file of a folder, by its name in there."""
    if not path.is_dir():
        return {path.name: sha256_of(path)}
    return {file.relative_to(path).as_posix(): sha256_of(file) for file in visible_files(path)}


def _day_of(target: Path) -> str:
    """The day that a target was fetched on, UTC; in an unpacked archive its file says another."""
    moment = record_of(target).get("starttime") or target.stat().st_mtime
    return datetime.fromtimestamp(float(moment), UTC).date().isoformat()


def _task(cache: Path, asked: str) -> str:
    """The task of CLMS that delivered what was asked; "" where another clone's did."""
    attempts = Journal(cache / "journal.json").attempts(asked)
    return next((each.task for each in reversed(attempts) if each.state is State.FETCHED), "")


def _public(catalogue: str) -> str:
    """A catalogue by its name or URL; one on a disk by the name of its file."""
    return catalogue if is_url(catalogue) else Path(catalogue).name
