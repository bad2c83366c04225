"""Changing things on the page."""

import threading
from contextlib import ExitStack
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("aiohttp", reason='needs aiohttp: pip install "focstream[web]"')

from calibration.apply.changing_regions import ChangingRegions
from calibration.apply.confidence import Confidence
from calibration.apply.measured_estimator import MeasuredEstimator
from capture.acquisition import Acquisition
from capture.controls.offer import offer_rig
from capture.controls.rig import Rig
from capture.recording.file_writer import FileWriter
from capture.recording.reader import RecordingReader
from capture.recording.recorder import Recorder
from capture.recording.switch import RecordingSwitch
from capture.simulator.config import SimulatorConfig
from capture.simulator.rig import open_simulator
from capture.sweep.live import LiveSweep
from capture.sweep.plan import SweepConfig
from focstream.control.desk import ControlDesk
from focstream.control.pause import Pause
from inference.changing_policy import ChangingPolicy
from inference.config import InferenceConfig
from inference.policies import make_estimator
from inference.sharpness.model import SharpnessModel
from publish.saved.save_newest import SaveNewest
from tests.capture.recording.recordings import ORIGIN, slice_number
from tests.publish.look.web.page_steps import a_view, point_at, ramp, show, visit
from tests.publish.updates import HOLE, LID, an_update
from tests.slices import make_slice

TOKEN = "the-right-one"
DOTS = "all => all.map(button => getComputedStyle(button, '::before').content)"


class Bench:
    """What is controlled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.desk = ControlDesk()
        self.switch = RecordingSwitch(folder, self.record)
        self.keeper = SaveNewest(folder / "saved", cloud=Confidence())
        estimator = MeasuredEstimator(make_estimator(SharpnessModel(), InferenceConfig()), ())
        estimator.push(make_slice(0, image=np.zeros((32, 48), np.uint8)))
        self.pause = Pause()
        self.desk.offer("pause", self.pause)
        self.desk.offer("update", ChangingPolicy(SharpnessModel(), InferenceConfig()))
        self.desk.offer("regions", ChangingRegions(estimator))
        self.desk.offer("record", self.switch)
        self.desk.offer("save", self.keeper)
        self.rig = Rig()
        self.devices = ExitStack()
        self.view = a_view(desk=self.desk, token=TOKEN)

    @staticmethod
    def record(path: Path) -> Recorder:
        return Recorder(FileWriter(path, origin=ORIGIN), when_full="wait")

    def state(self, name: str) -> str:
        return self.desk.state(name).value

    def sweep(self) -> None:
        """Have a simulated camera and lens sweep, to be changed."""
        camera, lens, _ = open_simulator(SimulatorConfig(width_px=32, height_px=24, frame_rate_hz=100.0))
        source = LiveSweep(
            camera,
            lens,
            sweep=SweepConfig(slots=4, far_dpt=0.5, near_dpt=4.5),
            level="calibrated",
            rig=self.rig,
        )
        acquisition = self.devices.enter_context(Acquisition(source))
        offer_rig(self.desk, self.rig, self.pause)
        threading.Thread(target=lambda: [None for _ in acquisition], daemon=True).start()

    def close(self) -> None:
        self.devices.close()
        self.view.close()
        self.switch.close()


@pytest.fixture
def bench(tmp_path: Path):
    opened = Bench(tmp_path)
    yield opened
    opened.close()


@pytest.fixture(params=["desktop", "phone"])
def screen(request):
    """The page on both."""
    shown = request.getfixturevalue({"desktop": "page"}.get(request.param, "phone"))
    if request.param == "desktop":
        shown.set_viewport_size({"width": 1280, "height": 760})
    return shown


def says(page, text: str) -> None:
    page.wait_for_selector(f"#controls [role=status]:has-text({text!r})")


def opened(bench: Bench, page) -> None:
    visit(bench.view, page)
    show(bench.view, page, an_update(coordinate=ramp()))
    page.locator("#control-button").click()
    page.wait_for_selector("#controls [data-control=save]")


def test_pause_and_policy(bench: Bench, screen) -> None:
    opened(bench, screen)
    screen.get_by_role("button", name="pause depth").click()
    says(screen, "depth rests after this sweep")
    assert bench.state("pause") == "on"
    screen.get_by_role("button", name="continue").click()
    says(screen, "goes on")
    assert bench.state("pause") == "off"
    screen.locator("[data-control=update] select").select_option("rolling")
    says(screen, "--update rolling")
    assert bench.state("update") == "rolling"
    bench.desk.change("update", "refine", by="another page")
    screen.wait_for_function(
        "() => document.querySelector('[data-control=update] select').value === 'refine'"
    )


def test_a_recording_is_named_begun_and_ended(bench: Bench, screen) -> None:
    opened(bench, screen)
    name = screen.locator("[data-control=record] input")
    assert len(name.input_value()) == len("20261130_155900")
    name.fill("../elsewhere")
    screen.get_by_role("button", name="record", exact=True).click()
    says(screen, "a name takes up to 64")
    assert screen.locator("#controls p.bad").count() == 1
    name.fill("lid")
    name.press("Enter")
    says(screen, "recording lid from the next sweep on")
    assert screen.locator("[data-control=record] button").evaluate_all(DOTS) == ['"●"']
    assert screen.locator("#controls p.bad").count() == 0
    assert name.is_disabled()
    screen.wait_for_selector("[data-control=record] .note:has-text('begins with the next sweep')")
    assert "GiB free in" in screen.locator("[data-control=record] .note").inner_text()
    for number in range(4):
        bench.switch.take(slice_number(number))
    screen.get_by_role("button", name="end recording").click()
    says(screen, "ends with this sweep")
    for number in range(4, 16):
        bench.switch.take(slice_number(number))
    bench.close()
    assert len(list(RecordingReader(bench.folder / "lid.mcap").slices())) == 4


def test_this_sweep_is_saved(bench: Bench, screen) -> None:
    opened(bench, screen)
    save = screen.get_by_role("button", name="save this sweep")
    save.click()
    says(screen, "no sweep is finished yet")
    bench.keeper.write(an_update(sweep_id=5))
    screen.wait_for_selector("[data-control=save] .note:has-text('sweep 5 is finished')")
    save.click()
    says(screen, "sweep_000")
    assert (bench.folder / "saved" / "sweep_000" / "depth.npy").exists()
    bench.keeper.write(an_update(sweep_id=6))
    screen.wait_for_selector("[data-control=save] .note:has-text('sweep 6 is finished; saved last: ')")


def test_drawn_regions_become_the_programs_and_go_again(bench: Bench, page) -> None:
    visit(bench.view, page)
    show(bench.view, page, an_update(coordinate=ramp()))
    page.wait_for_selector("#control-button")
    page.click("#draw-button")
    point_at(page, 10, 12)
    page.mouse.down()
    point_at(page, 30, 20)
    page.mouse.up()
    page.click("#roi-measure")
    says(page, "measured in every map: region-1=10,12,21,9")
    assert bench.state("regions") == "region-1=10,12,21,9"
    assert page.locator("#regions li.drawn").count() == 0
    show(bench.view, page, replace(an_update(coordinate=ramp()), regions=(LID,)))
    page.get_by_label("delete lid").click()
    says(page, "no regions are measured")
    assert bench.state("regions") == ""


def test_exposure_and_gain_have_units_and_limits(bench: Bench, screen) -> None:
    bench.sweep()
    opened(bench, screen)
    exposure = screen.get_by_label("exposure", exact=False).locator("input")
    assert exposure.input_value() == "4"
    note = screen.locator("[data-control=exposure] .note")
    assert note.inner_text() == "0.01 … 10 ms"
    assert screen.locator("[data-control=exposure] .unit").inner_text() == "ms"
    exposure.fill("20")
    exposure.press("Enter")
    says(screen, "exposure: this camera takes 0.01 … 10 ms; got 20")
    assert screen.locator("#controls p.bad").count() == 1
    assert exposure.input_value() == "20"  # to be corrected
    exposure.fill("2.5")
    screen.locator("[data-control=exposure] button").click()
    says(screen, "exposure 2.5 ms from this sweep on")
    assert bench.state("exposure") == "2.5"
    gain = screen.locator("[data-control=gain] input")
    gain.fill("")
    gain.press("Enter")
    says(screen, "gain: takes a number in dB")
    gain.fill("6")
    gain.press("Enter")
    says(screen, "gain 6 dB from this sweep on")
    bench.desk.change("gain", "3", by="another page")
    screen.locator("[data-control=update] select").focus()
    screen.wait_for_function("() => document.querySelector('[data-control=gain] input').value === '3'")


def test_range_and_slots_of_the_sweep(bench: Bench, page) -> None:
    bench.sweep()
    opened(bench, page)
    page.wait_for_selector("[data-control=range] input")
    far, near = (page.locator(f"[data-control=range] input[name={which}]") for which in ("far", "near"))
    assert (far.input_value(), near.input_value()) == ("0.5", "4.5")
    note = page.locator("[data-control=range] .note")
    assert note.inner_text() == "now 0.2222 … 2 m; allowed 0 … 5.25 dpt"
    near.fill("9")
    near.press("Enter")
    says(page, "range: lens sim focuses 0 … 5.25 dpt; got 9")
    far.fill("1")
    near.fill("3")
    page.get_by_role("button", name="set range").click()
    says(page, "sweeps 1 … 3 dpt from this sweep on")
    assert bench.state("range") == "1 3"
    assert note.inner_text().startswith("now 0.3333 … 1 m;")
    slots = page.locator("[data-control=slots] input")
    slots.fill("6")
    slots.press("Enter")
    says(page, "6 slots from this sweep on")
    assert bench.state("slots") == "6"


def test_the_lens_is_held_while_depth_is_paused(bench: Bench, page) -> None:
    bench.sweep()
    opened(bench, page)
    page.wait_for_selector("[data-control=lens] input")
    focus = page.locator("[data-control=lens] input")
    hold = page.get_by_role("button", name="hold")
    focus.fill("2")
    hold.click()
    says(page, "lens: pause depth first")
    page.get_by_role("button", name="pause depth").click()
    says(page, "depth rests after this sweep")
    focus.press("Enter")
    says(page, "the lens is held at 2 dpt (0.5 m)")
    focus.fill("0.4")
    page.get_by_label("unit of the lens' focus").select_option("m")
    hold.click()
    says(page, "the lens is held at 2.5 dpt (0.4 m)")
    assert set(page.locator("[data-control=lens] button").evaluate_all(DOTS)) == {"none"}  # records alone
    page.wait_for_selector(
        "[data-control=lens] .note:has-text('held at 2.5 dpt (0.4 m); allowed -0.25 … 5.25 dpt')"
    )
    page.locator("[data-control=update] select").focus()
    page.wait_for_function("() => document.querySelector('[data-control=lens] input').value === '0.4'")
    focus.fill("0.01")
    hold.click()
    says(page, "lens: lens sim focuses -0.25 … 5.25 dpt; got 100")
    page.get_by_role("button", name="continue").click()
    says(page, "depth goes on")
    assert (bench.state("lens"), bench.state("pause")) == ("", "off")
    assert [(each.control, each.after) for each in bench.desk.changes[-2:]] == [
        ("lens", ""),
        ("pause", "off"),
    ]


def test_without_the_token_nothing_is_offered(bench: Bench, page) -> None:
    page.goto(bench.view.url.partition("#")[0])
    show(bench.view, page, an_update(coordinate=ramp()))
    assert page.locator("#control-button").is_hidden()
    page.keyboard.press("p")
    assert page.locator("#controls").is_hidden()


def test_with_everything_open_nothing_is_covered(bench: Bench, screen) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python")
    bench.sweep()
    opened(bench, screen)
    screen.wait_for_selector("[data-control=gain] input")
    screen.locator("#camera-button").click()
    bench.view.see_raw(make_slice(0, image=np.full((60, 80), 255, np.uint8)))
    screen.wait_for_selector("[data-pane=camera][data-seq]")
    screen.locator("#cloud-button").click()
    show(bench.view, screen, replace(an_update(coordinate=ramp()), regions=(LID, HOLE), broken=True))
    screen.wait_for_selector("[data-pane=cloud] canvas[data-seq]")
    screen.get_by_role("button", name="save this sweep").click()
    says(screen, "no sweep is finished yet")
    assert_apart(screen, "header, #controls, .pane, #regions, footer")
    assert screen.evaluate("document.documentElement.scrollWidth") <= screen.viewport_size["width"]
    found = axe.Axe().run(screen)
    assert found.violations_count == 0, found.generate_report()


def assert_apart(page, parts: str) -> None:
    """No two of these parts share a pixel."""
    boxes = [part.bounding_box() for part in page.locator(parts).all()]
    for one, other in combinations(boxes, 2):
        across = min(one["x"] + one["width"], other["x"] + other["width"]) - max(one["x"], other["x"])
        down = min(one["y"] + one["height"], other["y"] + other["height"]) - max(one["y"], other["y"])
        assert across < 1 or down < 1, (one, other)
