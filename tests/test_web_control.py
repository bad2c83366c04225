"""The page changes a running pipeline."""

import functools
import json
import re
import urllib.error
import urllib.request
from pathlib import Path

import pytest

pytest.importorskip("aiohttp", reason='needs aiohttp: pip install "focstream[web]"')

from capture.recording.reader import RecordingReader
from focstream.digest import digest_of
from focstream.types import InputError
from run_pipeline import open_depth
from tests.capture.controls.changed import Ask

TOKEN = "the-right-one"
SIM = {"width_px": 64, "height_px": 48, "frame_rate_hz": 120.0}


DEVICES = ["exposure", "gain", "range", "slots", "lens"]


class Page:
    """Asks as the page does."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        url = re.findall(r"live page at (\S+)", caplog.text)[-1]
        assert url.endswith(f"#token={TOKEN}")
        self.url = url.partition("#")[0] + "control"

    def ask(self, **change: str) -> dict[str, dict[str, str]]:
        body = json.dumps(change).encode() if change else None
        request = urllib.request.Request(self.url, body, {"Authorization": f"Bearer {TOKEN}"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return {state["name"]: state for state in json.load(answer)}

    def refused(self, **change: str) -> str:
        with pytest.raises(urllib.error.HTTPError) as refusal:
            self.ask(**change)
        assert refusal.value.code == 422
        return str(json.load(refusal.value)["error"])


def opened(folder: Path, **options):
    return open_depth(
        camera="sim",
        model="sharpness",
        sim=SIM,
        web=0,
        web_control=True,
        web_token=TOKEN,
        web_folder=folder,
        **options,
    )


def finals(maps):
    return (update for update in maps if update.final)


def test_everything_is_changed_while_it_runs(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    with opened(tmp_path) as maps:
        first = next(finals(maps))
        page = Page(caplog)
        assert list(page.ask()) == ["update", "pause", "regions", "save", "record", *DEVICES]
        page.ask(name="record", value="part")
        page.ask(name="regions", value="lid=4,5,20,10")
        assert next(maps).regions[0].region.name == "lid"
        page.ask(name="save", value="")
        page.ask(name="update", value="rolling")
        while not (update := next(maps)).slices_seen > 10:  # rolling has seen two sweeps
            pass
        page.ask(name="pause", value="on")
        page.ask(name="record", value="")
        page.ask(name="pause", value="off")
        last = next(finals(maps))
        assert last.tag.sweep_id > first.tag.sweep_id
        assert update.regions
    assert (tmp_path / "sweep_000" / "depth.npy").exists()
    reader = RecordingReader(tmp_path / "part.mcap")
    changed = [noted["control"] for name, noted in reader.metadata.items() if name.startswith("change")]
    assert changed[:4] == ["record", "regions", "save", "update"]
    sweeps = [focal_slice.tag.sweep_id for focal_slice in reader.slices() if not focal_slice.tag.settling]
    assert {sweeps.count(sweep_id) for sweep_id in sweeps} == {10}  # whole ones alone
    assert TOKEN.encode() not in (tmp_path / "part.mcap").read_bytes()


def test_exposure_is_changed_between_two_sweeps_and_noted(tmp_path: Path, caplog) -> None:
    caplog.set_level("INFO")
    with opened(tmp_path) as maps:
        before = next(finals(maps)).all_in_focus.mean()
        page = Page(caplog)
        states = page.ask()
        assert (states["exposure"]["value"], states["exposure"]["unit"]) == ("4", "ms")
        page.ask(name="record", value="bright")
        asked = Ask(lambda: page.ask(name="exposure", value="2"))
        while asked.is_alive():
            update = next(maps)
        for _ in range(2):
            update = next(finals(maps))
        assert update.all_in_focus.mean() == pytest.approx(before / 2, rel=0.1)
        assert page.refused(name="exposure", value="50").startswith("exposure: this camera takes 0.01 … 8.3")
        page.ask(name="record", value="")
        next(finals(maps))
    assert "exposure changed by the page at 127.0.0.1: 4 ms → 2 ms" in caplog.text
    metadata = RecordingReader(tmp_path / "bright.mcap").metadata
    assert "2 ms" in [each.get("after") for each in metadata.values()]
    assert metadata["in force"]["exposure"] == "4 ms"


def test_the_lens_is_held_while_depth_rests(tmp_path: Path, caplog) -> None:
    caplog.set_level("INFO")
    with opened(tmp_path) as maps:
        next(finals(maps))
        page = Page(caplog)
        assert page.refused(name="lens", value="2") == "lens: pause depth first; the lens sweeps for it"
        page.ask(name="record", value="sweeps")
        next(finals(maps))
        page.ask(name="pause", value="on")

        def look_and_go_on() -> None:
            state = page.ask(name="lens", value="0.5 m")["lens"]
            assert (state["value"], state["unit"], state["note"]) == ("2", "dpt", "0.5 m")
            assert page.refused(name="pause", value="off").startswith("pause: the lens is held at 2 dpt")
            page.ask(name="lens", value="")
            page.ask(name="pause", value="off")

        asked = Ask(look_and_go_on)
        update = next(finals(maps))  # that of the sweep in hand, or of the first one after
        while asked.is_alive():
            update = next(finals(maps))
        last = next(finals(maps))
        assert (last.slices_seen, last.broken, update.broken) == (10, False, False)
        page.ask(name="record", value="")
        next(finals(maps))
    reader = RecordingReader(tmp_path / "sweeps.mcap")
    sweeps = [one.tag.sweep_id for one in reader.slices() if not one.tag.settling]
    assert {sweeps.count(sweep_id) for sweep_id in sweeps} == {10}


@pytest.mark.parametrize("update", ["refine", "rolling"])
def test_a_recording_over_a_change_of_the_sweep_replays_to_the_bit(tmp_path: Path, caplog, update) -> None:
    caplog.set_level("INFO")
    live = []
    with opened(tmp_path, update=update) as maps:
        next(maps)
        page = Page(caplog)
        page.ask(name="record", value="both")

        def sweep(sweeps: int) -> None:
            while sweeps:
                live.append(next(finals(maps)))
                sweeps -= 1

        sweep(3)
        for name, value in (("range", "1 3"), ("slots", "6")):
            asked = Ask(functools.partial(page.ask, name=name, value=value))
            while asked.is_alive():
                sweep(1)
            assert asked.error is None
            sweep(2)
        page.ask(name="record", value="")
        sweep(3)
    reader = RecordingReader(tmp_path / "both.mcap")
    recorded = {each.sweep_id for each in reader.final_maps()}
    with open_depth(replay=tmp_path / "both.mcap", model="sharpness", update=update) as maps:
        replayed = {each.tag.sweep_id: digest_of(each) for each in finals(maps)}
    assert replayed == {each.tag.sweep_id: digest_of(each) for each in live if each.tag.sweep_id in recorded}
    kinds = [(each.scale.near_dpt, each.tag.slots) for each in live if each.tag.sweep_id in recorded]
    assert list(dict.fromkeys(kinds)) == [(4.5, 10), (3.0, 10), (3.0, 6)]


def test_changes_are_noted_in_the_recording_of_the_command(tmp_path: Path, caplog) -> None:
    caplog.set_level("INFO")
    with opened(tmp_path, record=tmp_path / "run.mcap", sweeps=6) as maps:
        next(finals(maps))
        page = Page(caplog)
        assert "record" not in page.ask()
        page.ask(name="update", value="rolling")
        for _ in maps:
            pass
    metadata = RecordingReader(tmp_path / "run.mcap").metadata
    assert [each["after"] for name, each in metadata.items() if name.startswith("change")] == ["rolling"]


def test_what_cannot_be_changed_soundly_is_not_offered(tmp_path: Path, caplog) -> None:
    caplog.set_level("INFO")
    with opened(tmp_path, sweep={"waveform": "active"}) as maps:
        next(maps)
        assert list(Page(caplog).ask()) == ["regions", "save", "record", "exposure", "gain"]


def test_control_without_a_page_is_refused() -> None:
    with pytest.raises(InputError, match="for the page"), open_depth(camera="sim", web_control=True):
        pass
