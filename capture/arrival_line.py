"""When the images of a camera that runs freely would arrive if nothing delayed them."""

from dataclasses import dataclass

_KEPT, _FORGOTTEN = 256, 64  # images: the drift of the clocks is followed, and a hull is rarely made anew
_FEW, _SPAN_NS = 9, 200_000_000
_SLOW_FEW, _LONG_SPAN_NS = 5, 1_000_000_000  # a camera at 1 Hz must not keep its user waiting for long
_SHARE = 1 / 3  # of the images that must be on the line
_EACH, _MANY, _EACH_OF_MANY = 2, 16, 3  # so many of them in each third of the time: delays come in groups


@dataclass(frozen=True, slots=True)
class _Arrival:
    number: int
    arrival_ns: int


class ArrivalLine:
    """The straight line below the arrivals of counted images that is nearest to them.

    Of all lines that no image is before, it is the one with the least sum of delays: the edge of the lower
    convex hull above or below the middle of the images (Moon, Skelly and Towsley: Estimation and removal of
    clock skew from network delay measurements, INFOCOM 1999). Late images leave it where it is.
    """

    def __init__(self) -> None:
        self._images: list[_Arrival] = []
        self._hull: list[_Arrival] = []
        self._edge: tuple[_Arrival, _Arrival] | None = None

    def __len__(self) -> int:
        return len(self._images)

    @property
    def span_ns(self) -> int:
        """From the first image to the last."""
        return self._images[-1].arrival_ns - self._images[0].arrival_ns if self._images else 0

    def add(self, number: int, arrival_ns: int) -> None:
        """Add an image; the numbers must rise."""
        self._images.append(_Arrival(number, arrival_ns))
        if len(self._images) >= _KEPT + _FORGOTTEN:
            self.forget(_FORGOTTEN)
        else:
            self._extend(self._images[-1])
            self._find_edge()

    def forget(self, count: int) -> None:
        """Forget the oldest images."""
        del self._images[:count]
        self._hull = []
        for image in self._images:
            self._extend(image)
        self._find_edge()

    def at(self, number: int) -> int:
        """Return when an image with this number would arrive; needs two images."""
        assert self._edge is not None
        first, last = self._edge
        way_ns, steps = last.arrival_ns - first.arrival_ns, last.number - first.number
        return first.arrival_ns + (number - first.number) * way_ns // steps

    def fits(self, *, within_ns: float) -> bool:
        """Whether enough images, over most of the time, are on the line."""
        count, span_ns = len(self._images), self.span_ns
        is_long = count >= _SLOW_FEW and span_ns >= _LONG_SPAN_NS
        if not is_long and (count < _FEW or span_ns < _SPAN_NS):
            return False
        on_line = [one for one in self._images if one.arrival_ns - self.at(one.number) <= within_ns]
        thirds = [0, 0, 0]
        for one in on_line:
            thirds[min(3 * (one.arrival_ns - self._images[0].arrival_ns) // span_ns, 2)] += 1
        each = _EACH_OF_MANY if count >= _MANY else _EACH if count >= _FEW else 1
        return len(on_line) >= max(_SLOW_FEW, _SHARE * count) and min(thirds) >= each

    def _extend(self, image: _Arrival) -> None:
        """Go on with the lower hull by one image at its end (Andrew's monotone chain)."""
        hull = self._hull
        while len(hull) > 1 and _turns_down(hull[-2], hull[-1], image):
            hull.pop()
        hull.append(image)

    def _find_edge(self) -> None:
        if len(self._hull) < 2:
            return
        middle = (self._images[0].number + self._images[-1].number) / 2
        at = len(self._hull) - 2
        while at > 0 and self._hull[at].number > middle:
            at -= 1
        self._edge = self._hull[at], self._hull[at + 1]


def _turns_down(first: _Arrival, second: _Arrival, third: _Arrival) -> bool:
    """Whether the second is on the line from the first to the third, or above it."""
    way_ns, steps = third.arrival_ns - first.arrival_ns, third.number - first.number
    return (second.arrival_ns - first.arrival_ns) * steps >= way_ns * (second.number - first.number)
