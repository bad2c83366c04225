"""Films of focus sweeps, replayed as users replay them."""

from pathlib import Path

import pytest

from capture.folder.source import StackFolder
from tests.capture.film.films import noise_images, write_film
from tests.test_record_replay import digests, run

STACKS = Path(__file__).parents[2] / "shared" / "data" / "stacks"


@pytest.mark.data
@pytest.mark.parametrize("name", ["lytro_001", "pcb_macro7", "pixel6_a", "mobile_balls25"])
def test_a_lossless_film_of_a_real_stack_gives_the_depth_of_its_folder(tmp_path: Path, name: str) -> None:
    if not (STACKS / name).is_dir():
        pytest.skip("needs the research data beside the checkout")
    with StackFolder(STACKS / name) as folder:
        images = [folder.read(1.0).image for _ in range(len(folder))]  # type: ignore[union-attr]
    film = write_film(tmp_path / "a.mkv", images, pixels="bgr0" if images[0].ndim == 3 else "gray")
    focus = STACKS / name / "focus_distance.txt"
    if focus.exists():
        (tmp_path / focus.name).write_bytes(focus.read_bytes())
    of_folder = digests(run("--replay", STACKS / name, "--align", "off", "--model", "sharpness"))
    assert len(of_folder) == 1
    assert digests(run("--replay", film, "--model", "sharpness")) == of_folder


def test_a_film_that_cannot_be_used_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"no film")
    film = write_film(tmp_path / "b.avi", noise_images(5))
    for arguments, message in (
        ((tmp_path / "a.mp4",), "cannot be read as a film"),
        ((tmp_path / "absent.mov",), "cannot be read (No such file or directory)"),
        ((film, "--frames", "2:8"), "ends before frame 8 of --frames 2:8"),
        ((film, "--frames", "2"), "--frames 2: give FIRST:END"),
    ):
        told = run("--replay", *arguments, "--model", "sharpness", code=2)
        assert message in told.splitlines()[-1]
        assert "Traceback" not in told


def test_a_recording_of_a_film_gives_its_depth_again(tmp_path: Path) -> None:
    film = write_film(tmp_path / "a.mkv", noise_images(6, (48, 64, 3)))
    live = digests(
        run("--replay", film, "--sweeps", 2, "--model", "sharpness", "--record", tmp_path / "a.mcap")
    )
    assert len(live) == 2
    assert digests(run("--replay", tmp_path / "a.mcap", "--model", "sharpness")) == live
