import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from tensorboardX.proto.event_pb2 import Event

from training.learning.progress import LINE_EVERY, RunLog


def events(run: Path) -> list[Event]:
    """Records of a TensorBoard file: length (8 bytes), its checksum (4), the event, its checksum (4)."""
    (path,) = (run / "tensorboard").iterdir()
    data, found = path.read_bytes(), []
    while data:
        length = int.from_bytes(data[:8], "little")
        found.append(Event.FromString(data[12 : 12 + length]))
        data = data[16 + length :]
    return found


def test_lines_and_tensorboard_hold_the_same(tmp_path: Path) -> None:
    with RunLog(tmp_path, step=0, steps=2 * LINE_EVERY) as report:
        for step in range(1, 2 * LINE_EVERY + 1):
            report.learned(step, error=float(step), loss=2.0, rate=0.5)
        report.write(2 * LINE_EVERY, nyu_mae=0.25)
    lines = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [LINE_EVERY, 2 * LINE_EVERY, 2 * LINE_EVERY]
    assert lines[0]["error"] == (1 + LINE_EVERY) / 2  # the mean since the line before
    assert lines[1]["error"] == (1 + 3 * LINE_EVERY) / 2
    found = [
        {"step": event.step} | {value.tag: value.simple_value for value in event.summary.value}
        for event in events(tmp_path)
        if event.summary.value
    ]
    assert len(found) == len(lines)
    for there, line in zip(found, lines, strict=True):
        assert there == pytest.approx(line)


def test_a_picture_is_saved_and_goes_to_tensorboard(tmp_path: Path) -> None:
    picture = np.full((40, 60, 3), (200, 20, 20), np.uint8)
    with RunLog(tmp_path, step=0, steps=10) as report:
        report.show(7, picture)
    saved = (tmp_path / "previews/0000007.jpg").read_bytes()
    assert (
        np.abs(cv2.imdecode(np.frombuffer(saved, np.uint8), cv2.IMREAD_COLOR).astype(int) - picture).max() < 8
    )
    (event,) = (event for event in events(tmp_path) if event.summary.value)
    assert event.step == 7
    image = event.summary.value[0].image
    assert (image.height, image.width, image.encoded_image_string) == (40, 60, saved)


def test_other_processes_write_nothing(tmp_path: Path) -> None:
    with RunLog(tmp_path, step=0, steps=LINE_EVERY, active=False) as report:
        for step in range(1, LINE_EVERY + 1):
            report.learned(step, error=1.0, loss=2.0, rate=0.5)
        report.write(1, nyu_mae=0.25)
        report.show(1, np.zeros((8, 8, 3), np.uint8))
    assert not list(tmp_path.iterdir())


def test_a_log_file_gets_no_bar(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with RunLog(tmp_path, step=0, steps=10) as report:
        report.learned(1, error=1.0, loss=2.0, rate=0.5)
    assert capfd.readouterr().err == ""
