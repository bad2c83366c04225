"""Where the numbers and pictures of a run go: log, metrics.jsonl, TensorBoard, a bar on the terminal."""

import json
import logging
import time
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray
from tensorboardX import FileWriter
from tensorboardX.proto.summary_pb2 import Summary
from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

from focstream.files.writing import write_whole, writing

_log = logging.getLogger(__name__)

LINE_EVERY = 50
"""Steps between two lines of metrics; each holds the mean over the steps since the one before."""
JPEG_QUALITY = 92


class RunLog:
    """What a run reports of itself, written by one process of it.

    Parameters
    ----------
    run
        Folder of the run; metrics.jsonl, tensorboard/ and previews/ are added to if they are there.
    step, steps
        Where the run starts, and where it ends.
    active
        False writes nothing: for all processes of a distributed run but the first.
    """

    def __init__(self, run: Path, *, step: int, steps: int, active: bool = True) -> None:
        self._run = run
        self._active = active
        self._open = ExitStack()
        self._started_s, self._started_processor_s = time.monotonic(), time.process_time()
        self._window: list[tuple[float, float]] = []
        self._bar = tqdm(initial=step, total=steps, unit="step", disable=None if active else True)
        self._events: FileWriter | None = None

    def learned(self, step: int, *, error: float, loss: float, rate: float) -> None:
        """One step of the optimizer was made: its mean absolute error, its loss, its learning rate."""
        if not self._active:
            return
        self._bar.update()
        self._window.append((error, loss))
        if step % LINE_EVERY == 0:
            mean_error, mean_loss = np.mean(self._window, axis=0)
            seconds = time.monotonic() - self._started_s
            self._bar.set_postfix(error=f"{mean_error:.4f}", refresh=False)
            self.write(
                step,
                error=float(mean_error),
                loss=float(mean_loss),
                rate=rate,
                seconds=seconds,
                processor_seconds=time.process_time() - self._started_processor_s,
            )
            self._window.clear()

    def write(self, step: int, **values: float) -> None:
        """Write values of a step to the log, as a line of metrics.jsonl, and to TensorBoard."""
        if self._events is None:
            return
        line = {"step": step, **values}
        _log.info(" | ".join(f"{name} {value:.5g}" for name, value in line.items()))
        path = self._run / "metrics.jsonl"
        with writing(path), path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        scalars = [Summary.Value(tag=name, simple_value=value) for name, value in values.items()]
        self._events.add_summary(Summary(value=scalars), step)

    def show(self, step: int, picture: NDArray[np.uint8]) -> None:
        """Save a picture (H, W, 3), blue-green-red, as previews/STEP.jpg and for TensorBoard."""
        if self._events is None:
            return
        folder = self._run / "previews"
        with writing(folder):
            folder.mkdir(exist_ok=True)
        _, encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
        write_whole(folder / f"{step:07d}.jpg", encoded.tobytes())
        image = Summary.Image(
            height=picture.shape[0],
            width=picture.shape[1],
            colorspace=3,
            encoded_image_string=encoded.tobytes(),
        )
        self._events.add_summary(Summary(value=[Summary.Value(tag="preview", image=image)]), step)

    def __enter__(self) -> Self:
        """Open what is written to."""
        self._open.enter_context(self._bar)
        if self._active:
            self._events = self._open.enter_context(closing(FileWriter(str(self._run / "tensorboard"))))
        if not self._bar.disable:
            self._open.enter_context(logging_redirect_tqdm())  # lines appear above the bar
        return self

    def __exit__(self, *_: object) -> None:
        """Close it, complete up to the last line."""
        self._events = None
        self._open.close()
