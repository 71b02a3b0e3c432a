"""The page of a report in a real browser: maps are drawn, keys work, and it asks for nothing."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from browser.chromium import PROGRAM, Page, page_of_a_browser
from lccs_inputs.facts.lccs import DESCRIPTORS
from small_report import CANOPY, write_small_report

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no chromium: apt-get install chromium")

VEGETATION = "vegetat_veg_cat"
MAPS = 4 + 5 + 1 + 1 + 1 + 2
"""Land cover and coherence, layers, methods, confidence, images, what was seen."""
_PIXELS = """(image => {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
  const context = canvas.getContext('2d');
  context.drawImage(image, 0, 0);
  return [...context.getImageData(0, 0, canvas.width, canvas.height).data];
})"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with page_of_a_browser(tmp_path_factory.mktemp("browser")) as page:
        yield page


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small_report(tmp_path_factory.mktemp("results"))


@pytest.fixture
def page(browser: Page, report: Path) -> Page:
    browser.errors.clear()
    browser.requests.clear()
    browser.look(1400, 1000, prefers_color_scheme="light")
    browser.go(report)
    browser.run("Promise.all([...document.images].map(image => image.decode()))")
    return browser


def test_every_map_is_drawn_and_nothing_is_asked_for(page: Page, report: Path) -> None:
    sizes = page.run("[...document.images].map(i => [i.naturalWidth, i.naturalHeight])")
    assert len(sizes) == 2 + MAPS
    assert {*map(tuple, sizes)} == {(90, 60)}
    assert page.run("above.src == document.querySelector('#map-level3 img').src")
    opaque = np.array(page.run(f"{_PIXELS}(above)")).reshape(60, 90, 4)[..., 3] > 0
    assert 0.8 < opaque.mean() < 1
    assert page.requests == [report.as_uri()]
    assert page.errors == []


def test_arrow_keys_choose_the_map_and_its_legend(page: Page) -> None:
    page.run("document.querySelector('input[value=coherence]').focus()")
    page.run("document.activeElement.click()")
    for wanted in (VEGETATION, "aquatic_wat_cat"):
        page.press("ArrowDown")
        assert page.run("document.querySelector('input[name=map]:checked').value") == wanted
        assert page.run(f"above.src == document.querySelector('#map-{wanted} img').src")
        title = DESCRIPTORS[wanted].title
        assert page.run("said.textContent") == title
        assert title in page.run("legend.querySelector('caption').textContent")
        assert page.run("above.alt").startswith(f"Map: {title}.")
    assert page.errors == []


def test_a_scale_takes_the_place_of_a_table_where_values_are_measured(page: Page) -> None:
    page.run(f"document.querySelector('input[value={CANOPY}]').click()")
    assert page.run("legend.querySelectorAll('.ticks span').length") == 5
    assert page.run("legend.querySelector('table')") is None


def shown(page: Page) -> NDArray[np.uint8]:
    """The stage of the viewer as it is seen."""
    left, top, width, height = page.run(
        "(b => [b.left, b.top, b.width, b.height])(stage.getBoundingClientRect())"
    )
    image = np.asarray(Image.open(BytesIO(page.picture())).convert("RGB"))
    return image[int(top) : int(top + height), int(left) : int(left + width)]


def test_the_swipe_shows_the_true_colours_on_its_right(page: Page) -> None:
    page.run(f"document.querySelector('input[value={VEGETATION}]').click()")
    over = shown(page)
    page.run("swipe.value = 50; swipe.focus()")
    page.press("ArrowRight")
    assert page.run("swipe.value") == "51"
    assert page.run("said.textContent") == "Vegetation, the left 51 % over the true colours"
    parted = shown(page)
    middle = parted.shape[1] // 2
    assert (parted[:, : middle - 5] == over[:, : middle - 5]).all()
    right = parted[20:-60, middle + 60 : -20].astype(int)
    assert (np.ptp(right, axis=2) <= 3).mean() > 0.99, "grey, as the three bands are alike"
    assert (np.ptp(over[20:-60, middle + 60 : -20].astype(int), axis=2) > 10).mean() > 0.3
    page.run("opacity.value = 30; opacity.dispatchEvent(new Event('input'))")
    assert page.run("above.style.opacity") == "0.3"
    assert page.run("said.textContent").endswith(", opacity 30 %")


def test_the_mouse_drags_the_swipe(page: Page) -> None:
    left, top, width = page.run("(b => [b.left, b.top, b.width])(stage.getBoundingClientRect())")
    at = {"y": top + 20, "button": "left", "buttons": 1, "clickCount": 1}
    page.call("Input.dispatchMouseEvent", type="mousePressed", x=left + width / 2, **at)
    page.call("Input.dispatchMouseEvent", type="mouseMoved", x=left + width / 4, **at)
    page.call("Input.dispatchMouseEvent", type="mouseReleased", x=left + width / 4, **at)
    assert page.run("swipe.value") == "25"


def test_a_box_of_the_lineage_leads_to_what_it_stands_for(page: Page) -> None:
    page.run(f"document.querySelector('svg a[data-node={CANOPY}]').focus()")
    assert page.run("document.querySelectorAll('svg path.lit').length") == 4
    page.run("document.activeElement.dispatchEvent(new MouseEvent('click', {bubbles: true}))")
    assert page.run("location.hash") == f"#map-{CANOPY}"
    assert page.errors == []


def test_every_control_has_a_name_for_a_screen_reader(page: Page) -> None:
    page.call("Accessibility.enable")
    nodes = page.call("Accessibility.getFullAXTree")["nodes"]
    named = {
        (node["role"]["value"], node.get("name", {}).get("value", ""))
        for node in nodes
        if not node["ignored"]
    }
    for role in ("radio", "slider", "link", "image", "table", "article", "navigation", "status"):
        names = [name for found, name in named if found == role]
        assert names, role
        assert all(names) or role == "status", role
    assert ("slider", "Swipe over the true colours") in named
    assert ("radio", "Vegetation") in named


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_the_paper(page: Page, scheme: str) -> None:
    page.look(1400, 1000, prefers_color_scheme=scheme)
    style = "getComputedStyle(document.body)"
    paper, ink = (
        page.run(f"{style}.{name}.match(/\\d+/g).map(Number)")
        for name in ("backgroundColor", "color")
    )
    assert (sum(paper) > sum(ink)) == (scheme == "light")
    assert contrast(paper, ink) > 7
    quiet = page.run("getComputedStyle(said).color.match(/\\d+/g).map(Number)")
    assert contrast(paper, quiet) > 4.5


def contrast(one: list[int], other: list[int]) -> float:
    """Of two colours, as the Web Content Accessibility Guidelines (WCAG) 2 define it."""
    lights = []
    for colour in (one, other):
        shares = np.array(colour) / 255
        linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
        lights.append(linear @ [0.2126, 0.7152, 0.0722])
    return (max(lights) + 0.05) / (min(lights) + 0.05)


@pytest.mark.parametrize("width", [360, 820, 1400])
def test_the_page_is_no_wider_than_its_window(page: Page, width: int) -> None:
    page.look(width, 900, prefers_color_scheme="light")
    assert page.run("document.documentElement.scrollWidth") <= width


def test_on_paper_each_map_has_a_page_with_its_legend(page: Page) -> None:
    printed = page.pdf()
    assert printed.startswith(b"%PDF")
    assert printed.count(b"/Type /Page\n") >= MAPS
    page.call("Emulation.setEmulatedMedia", media="print")
    assert page.run("getComputedStyle(viewer).display") == "none"
    broken = (
        "[...document.querySelectorAll('#each article')].map(a => getComputedStyle(a).breakBefore)"
    )
    assert {*page.run(broken)} == {"page"}


def test_without_scripts_every_map_and_legend_is_there(page: Page, report: Path) -> None:
    page.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        page.go(report)
        assert page.run("viewer.hidden")
        assert page.run("document.querySelectorAll('article[data-map] img').length") == MAPS
        assert page.run("document.querySelector('#map-level3 table').checkVisibility()")
    finally:
        page.call("Emulation.setScriptExecutionDisabled", value=False)


def test_an_error_and_a_request_would_be_noticed(page: Page) -> None:
    page.run("console.error('wrong')")
    page.run("new Promise(r => { const i = new Image(); i.onerror = r; i.src = 'other.png'; })")
    assert len(page.errors) >= 2
    assert "other.png" in "".join(page.errors)
