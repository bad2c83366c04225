"""Options for looking at a running pipeline, and what they open."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from calibration.apply.confidence import Confidence
from focstream.acquisition_counts import AcquisitionCounts
from focstream.control.desk import ControlDesk
from focstream.frozen_model import FrozenModel
from focstream.program.extras import need_extra
from focstream.program.flags import flags_set
from publish.connections import Connections
from publish.look.slice_tap import Looker


class LookConfig(FrozenModel):
    """Viewers and figures; none is opened unless asked for."""

    view: Literal["rerun"] | None = None
    """Open the Rerun viewer: slices, depth in 3-D, σ, all-in-focus, time series."""
    view_save: Path | None = None
    """The same into a file (.rrd) for Rerun; needs no screen."""
    web: int | None = Field(default=None, ge=0, le=65_535)
    """Serve a live page at http://127.0.0.1:PORT (0 = any free port)."""
    web_host: str = "127.0.0.1"
    """Address the page listens at; others than this machine's own ask viewers for a token."""
    web_token: str | None = Field(default=None, min_length=8, exclude=True)  # never into a recording
    """The token; made up and printed when not given."""
    foxglove: int | None = Field(default=None, ge=0, le=65_535)
    """Serve maps, pictures, point cloud and log for Foxglove at ws://127.0.0.1:PORT (0 = any free port)."""
    web_control: bool = False
    """Let the page pause, record, save, and change exposure, gain, sweep, lens, update policy and regions;
    needs the token, here too."""
    web_folder: Path = Path()
    """Where recordings and sweeps go that the page asks for. Default: the folder that the program runs in."""
    metrics: int | None = Field(default=None, ge=0, le=65_535)
    """Serve Prometheus metrics at http://127.0.0.1:PORT/metrics (0 = any free port)."""
    metrics_host: str = "127.0.0.1"
    """Address the metrics listen at; they hold no pictures and need no token."""

    @model_validator(mode="after")
    def _control_needs_the_page(self) -> Self:
        if self.web_control and self.web is None:
            raise ValueError("--web-control is for the page: give --web PORT too")
        return self

    @property
    def regions_may_come(self) -> bool:
        """Whether the page may draw regions."""
        return self.web_control

    @property
    def unused(self) -> list[str]:
        """Flags of what was set in vain."""
        names: tuple[str, ...] = () if self.web is not None else ("web_host", "web_token")
        names += () if self.web_control else ("web_folder",)
        names += () if self.metrics is not None else ("metrics_host",)
        return flags_set(self, names)

    @property
    def looking_ports(self) -> int:
        """How many ports are listened at."""
        return sum(port is not None for port in (self.web, self.foxglove, self.metrics))


class Lookers:
    """Everything that looks, opened as asked for. A context manager.

    Parameters
    ----------
    config
        What to open.
    source
        What the slices come from, for the page.
    counts
        Gives a snapshot of the acquisition's counters.
    live
        Whether the slices are being taken now; a recording has rates but no latency.
    not_recorded
        Gives how many slices the recording lacks; None where nothing is recorded.
    connections
        Those of all ports: bounds those of page and metrics.
    preparing
        Whether the estimator is being built or measured now.
    confidence
        What depth must be to count in regions that viewers draw; None for 5 % of the sweep.
    cloud
        What depth must be to get into point clouds; None for whole clouds.
    desk
        What can be changed on the page; None for nothing.

    Raises
    ------
    InputError
        When a package is missing or an address or file cannot be used. Nothing is left open then.
    """

    def __init__(
        self,
        config: LookConfig,
        *,
        source: str,
        counts: Callable[[], AcquisitionCounts],
        live: bool = True,
        not_recorded: Callable[[], int] | None = None,
        connections: Connections | None = None,
        preparing: Callable[[], bool] = lambda: False,
        confidence: Confidence | None = None,
        cloud: Confidence | None = None,
        desk: ControlDesk | None = None,
    ) -> None:
        self.all: list[Looker] = []
        with ExitStack() as opening:
            for looker in _open(
                config,
                source=source,
                counts=counts,
                live=live,
                not_recorded=not_recorded,
                connections=connections or Connections(),
                preparing=preparing,
                confidence=confidence,
                cloud=cloud,
                desk=desk,
            ):
                opening.callback(looker.close)
                self.all.append(looker)
            self._open = opening.pop_all()

    def close(self) -> None:
        """Close everything. May be called twice."""
        self._open.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _open(
    config: LookConfig,
    *,
    source: str,
    counts: Callable[[], AcquisitionCounts],
    live: bool,
    not_recorded: Callable[[], int] | None,
    connections: Connections,
    preparing: Callable[[], bool],
    confidence: Confidence | None,
    cloud: Confidence | None,
    desk: ControlDesk | None,
) -> Iterator[Looker]:
    # Imported here: each needs a package that only those install who use it.
    if config.web is not None:
        need_extra("aiohttp", extra="web", what="--web")
        from publish.look.web.view import WebView

        yield WebView(
            port=config.web,
            host=config.web_host,
            token=config.web_token,
            source=source,
            counts=counts,
            live=live,
            connections=connections,
            preparing=preparing,
            confidence=confidence,
            cloud=cloud,
            desk=desk,
        )
    if config.foxglove is not None:
        need_extra("foxglove", extra="foxglove", what="--foxglove", package="foxglove-sdk")
        from publish.look.foxglove_view import FoxgloveView

        yield FoxgloveView(port=config.foxglove, confidence=cloud)
    if config.metrics is not None:
        need_extra("prometheus_client", extra="metrics", what="--metrics", package="prometheus-client")
        need_extra("aiohttp", extra="metrics", what="--metrics")
        from publish.look.metrics import MetricsSink

        yield MetricsSink(
            port=config.metrics,
            host=config.metrics_host,
            counts=counts,
            live=live,
            not_recorded=not_recorded,
            connections=connections,
        )
    if config.view is not None or config.view_save is not None:
        what = "--view" if config.view else "--view-save"
        need_extra("rerun", extra="view", what=what, package="rerun-sdk")
        from publish.look.rerun_view import RerunView

        yield RerunView(viewer=config.view is not None, save=config.view_save, live=live, cloud=cloud)
