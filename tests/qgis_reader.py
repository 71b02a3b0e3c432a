"""What QGIS makes of a project, of rasters and of styles: asked of the distribution's own."""

import json
import os
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

PYTHON = "/usr/bin/python3"
"""That of the distribution, which the package python3-qgis belongs to."""

_READER = """
import json, os, sys
from qgis.core import QgsApplication, QgsProject, QgsRasterLayer
QgsApplication.setPrefixPath("/usr", True)
application = QgsApplication([], False)
application.initQgis()

def told(layer):
    renderer = layer.renderer()
    found = {
        "valid": layer.isValid(),
        "crs": layer.crs().authid(),
        "renderer": renderer.type(),
        "legend": [[item[0], item[1].name()] for item in renderer.legendSymbologyItems()],
        "bands": list(renderer.usesBands()),
    }
    if renderer.type() == "multibandcolor":
        found["limits"] = [
            [each.minimumValue(), each.maximumValue()] for each in (
                renderer.redContrastEnhancement(), renderer.blueContrastEnhancement())]
    point = layer.extent().center()
    found["centre"] = layer.dataProvider().sample(point, found["bands"][0])[0]
    return found

answer = {"layers": {}, "groups": {}, "rasters": {}}
project = QgsProject.instance()
if sys.argv[1]:
    answer["read"] = project.read(sys.argv[1])
    answer["crs"] = project.crs().authid()
    answer["layers"] = {key: told(layer) for key, layer in project.mapLayers().items()}
    answer["groups"] = {
        group.name(): [[layer.layerId(), layer.isVisible()] for layer in group.findLayers()]
        for group in project.layerTreeRoot().children()
    }
for path in sys.argv[2:]:
    answer["rasters"][path] = told(QgsRasterLayer(path, "raster"))
sys.stdout.write(json.dumps(answer))
sys.stdout.flush()
os._exit(0)  # what Qt does at the end is no part of the test
"""


@cache
def _is_there() -> bool:
    if not Path(PYTHON).exists():
        return False
    asked = [PYTHON, "-c", "import qgis.core"]
    return not subprocess.run(asked, capture_output=True, check=False).returncode


def opened(project: Path | None = None, rasters: Sequence[Path] = ()) -> dict[str, Any]:
    """What QGIS says of a project, and of rasters with the styles that it finds beside them.

    Skips the test where QGIS is not installed.
    """
    if not _is_there():
        pytest.skip("no QGIS: apt-get install python3-qgis")
    environment = {"QT_QPA_PLATFORM": "offscreen", "PATH": os.environ["PATH"], "HOME": "/tmp"}
    asked = [PYTHON, "-c", _READER, str(project or ""), *map(str, rasters)]
    done = subprocess.run(asked, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
