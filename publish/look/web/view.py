"""The live page as a sink."""

import logging
import secrets
from collections.abc import Callable

from calibration.apply.confidence import Confidence
from focstream.acquisition_counts import AcquisitionCounts
from focstream.clock import now_ns
from focstream.control.desk import ControlDesk
from focstream.types import DepthUpdate, FocalSlice
from publish.connections import Connections
from publish.look.live_figures import LiveFigures
from publish.look.newest_worker import NewestWorker
from publish.look.serving.listening import in_url
from publish.look.sweep_track import SweepTrack
from publish.look.web.camera_feed import CameraFeed
from publish.look.web.hub import Hub
from publish.look.web.news import News
from publish.look.web.packet import Shown, pack_packet
from publish.look.web.server import WebServer
from publish.look.web.viewer_token import WAIT_S, ViewerToken
from publish.loopback import is_loopback
from publish.notices import Notices

_log = logging.getLogger(__name__)

PERIOD_S = 0.04
"""Between two maps on the page: 25 a second look smooth, and more would only cost the estimator's cores."""


class WebView:
    """Shows the newest map to any number of browsers; packs nothing while nobody looks.

    Parameters
    ----------
    port, host
        Where to listen; port 0 takes any free one.
    token
        Asked of those who control, and of viewers when other machines can reach `host`; None makes one up,
        which `url` has.
    source
        What the maps come from, for the page.
    counts
        Gives a snapshot of the acquisition's counters.
    live
        Whether the slices are being taken now; a recording has rates but no latency.
    connections
        Bounds the viewers.
    preparing
        Whether the estimator is being built or measured now.
    confidence
        What depth must be to count in regions that viewers draw; None for 5 % of the sweep.
    cloud
        What depth must be to get into point clouds; None for whole clouds.
    desk
        What can be changed on the page; None for nothing.
    wrong_token_wait_s
        How long a wrong token waits for the answer.

    Raises
    ------
    InputError
        When the address cannot be listened at.
    """

    def __init__(
        self,
        *,
        port: int,
        host: str,
        token: str | None,
        source: str,
        counts: Callable[[], AcquisitionCounts],
        live: bool = True,
        connections: Connections | None = None,
        preparing: Callable[[], bool] = lambda: False,
        confidence: Confidence | None = None,
        cloud: Confidence | None = None,
        desk: ControlDesk | None = None,
        wrong_token_wait_s: float = WAIT_S,
    ) -> None:
        self._live = live
        self._source = source
        self._counts = counts
        self._cloud = cloud
        self._figures = LiveFigures()
        self._track = SweepTrack()
        self._seq = 0
        self._newest: Shown | None = None
        self._news = News(source=source, live=live, preparing=preparing)
        self._hub = Hub(on_join=self._welcome, news=self._text, confidence=confidence or Confidence())
        self._camera = CameraFeed(self._in_loop)
        self._host = host
        is_local = is_loopback(host)
        self._token = "" if is_local and desk is None else token or secrets.token_urlsafe(12)
        self._server = WebServer(
            self._hub,
            camera=self._camera,
            token=ViewerToken(self._token, for_viewers=not is_local, wait_s=wrong_token_wait_s),
            desk=desk,
            host=host,
            number=port,
            port=(connections or Connections()).port("page"),
            notices=Notices(_log),
        )
        self._worker = NewestWorker(self._pack, name="the page", period_s=PERIOD_S)
        _log.info("live page at %s", self.url)

    @property
    def url(self) -> str:
        """What to open in a browser; with the token where one is needed."""
        host = {"0.0.0.0": "THIS-MACHINE", "::": "THIS-MACHINE"}.get(self._host, self._host)
        # After the #, so that the token gets into no log and no referrer.
        return f"http://{in_url(host)}:{self._server.number}/" + (
            f"#token={self._token}" if self._token else ""
        )

    @property
    def shown(self) -> int:
        """Number of the newest update; a page carries it as ``data-seq`` when it has drawn it."""
        return self._seq

    def see_raw(self, focal_slice: FocalSlice) -> None:
        """Show the picture to those who look at the camera."""
        self._camera.see(focal_slice)

    def see(self, focal_slice: FocalSlice) -> None:
        """Note where in its sweep the focus is."""
        self._news.add_slice()
        self._figures.add_slice()
        self._track.add(focal_slice)

    def write(self, update: DepthUpdate) -> None:
        """Show `update` to all viewers, unless a newer one overtakes it."""
        latency_ns = now_ns() - update.tag.exposure_mid_ns if self._live else None
        self._figures.add_map(latency_ns)
        self._seq += 1
        self._newest = Shown(update=update, seq=self._seq, slots=self._track.slots(update.tag.sweep_id))
        if len(self._hub):
            self._worker.offer(self._newest)

    def close(self) -> None:
        """Part from every viewer. May be called twice."""
        self._worker.close()
        self._server.close()

    def _in_loop(self, work: Callable[[], object]) -> None:
        self._server.call(work)

    def _welcome(self) -> None:
        """Show a viewer that has come the newest map, even if no other follows."""
        if self._newest is not None:
            self._worker.offer(self._newest)

    def _text(self) -> str | None:
        return self._news.text() if self._newest is None else None

    def _pack(self, shown: Shown) -> None:
        self._server.show(
            pack_packet(
                shown,
                figures=self._figures.now(),
                counts=self._counts(),
                source=self._source,
                cloud=self._cloud,
            ),
            shown,
        )
