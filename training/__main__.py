"""``python -m training render|train``."""

import logging
import sys

import cv2
import tyro
from tyro.extras import SubcommandApp

from focstream import FocstreamError
from training.render import RenderSettings, render
from training.train import TrainSettings, train

app = SubcommandApp()


@app.command(name="render")
def _render(settings: RenderSettings) -> None:
    """Render focal stacks from pictures with depth, once, to disk."""
    render(settings)


@app.command(name="train")
def _train(settings: TrainSettings) -> None:
    """Train the network on rendered stacks; goes on where the run in the same folder ended."""
    cv2.setNumThreads(1)  # the cores are for torch
    train(settings)


def main() -> int:
    """Run one command; a mistake is one clear line and exit code 2."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    try:
        app.cli(prog="python -m training", config=(tyro.conf.OmitArgPrefixes,))
    except FocstreamError as error:
        logging.getLogger(__name__).error("%s", error)  # noqa: TRY400 - one clear line, no traceback
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
