from dataclasses import replace

import cv2
import numpy as np
import pytest

from calibration.apply.changing_regions import ChangingRegions
from calibration.apply.confidence import Confidence
from calibration.apply.map_config import MapConfig
from calibration.apply.measured_estimator import MeasuredEstimator, measured
from focstream.program.settings import load_settings
from focstream.types import InputError
from inference.config import InferenceConfig
from inference.policies import make_estimator
from inference.sharpness.model import SharpnessModel
from tests.slices import make_slice


def regions(*texts):
    return MapConfig(roi=texts).regions


def an_estimator(*texts):
    return MeasuredEstimator(make_estimator(SharpnessModel(), InferenceConfig()), regions(*texts))


def final_map(estimator):
    *_, update = [estimator.push(focal_slice) for focal_slice in slices()]
    estimator.close()
    return update


def test_what_is_less_sure_is_left_out_of_maps_and_regions():
    before = final_map(make_estimator(SharpnessModel(), InferenceConfig()))
    mask = Confidence(sigma=float(np.nanmedian(before.coordinate_sigma)))
    plain = make_estimator(SharpnessModel(), InferenceConfig())
    after = final_map(MeasuredEstimator(plain, regions("a=0,0,64,48"), mask=mask))
    kept = before.coordinate_sigma <= np.float32(mask.sigma)
    assert 0.05 < kept.mean() < 0.9
    np.testing.assert_array_equal(after.coordinate, np.where(kept, before.coordinate, np.nan))
    np.testing.assert_array_equal(np.isfinite(after.coordinate_sigma), kept)
    assert after.regions[0].sure_share == pytest.approx(np.mean(kept), abs=0.03)


@pytest.mark.parametrize("config", [MapConfig(), MapConfig(confidence="off")])
def test_maps_are_left_alone_where_nothing_is_asked_for(config: MapConfig):
    before = final_map(make_estimator(SharpnessModel(), InferenceConfig()))
    after = final_map(measured(make_estimator(SharpnessModel(), InferenceConfig()), config))
    np.testing.assert_array_equal(after.coordinate, before.coordinate)
    assert after.regions == ()


def test_regions_are_changed_between_two_maps():
    estimator = an_estimator("a=0,0,8,8")
    control = ChangingRegions(estimator)
    taken = iter(slices(8))

    def names() -> list[str]:
        return [figures.region.name for figures in estimator.push(next(taken)).regions]

    with pytest.raises(InputError, match="no picture has come yet"):
        control.change("b=1,1,9,9")
    assert names() == ["a"]
    control.change("b=1,1,9,9 c=0,0,64,48")
    assert control.state.value == "b=1,1,9,9 c=0,0,64,48"
    assert names() == ["b", "c"]
    for wrong in ("d=60,0,9,9", "d", "d=1,1,0,1", "e=1,1,2,2 e=3,3,4,4"):
        with pytest.raises(InputError, match=r"d|e"):
            control.change(wrong)
    assert names() == ["b", "c"]
    control.change("")
    assert names() == []


def slices(count=4, shape=(48, 64)):
    texture = np.random.default_rng(0).integers(0, 255, shape, dtype=np.uint8)
    for slot in range(count):
        image = cv2.GaussianBlur(texture, None, 0.3 + 1.5 * abs(slot - 2))
        yield make_slice(slot, image=image, slots=count, last_in_sweep=slot == count - 1)


def test_every_map_says_something_of_every_region_in_their_order():
    with_regions = an_estimator("b=0,0,8,8", "a=30,20,34,28")
    maps = [with_regions.push(focal_slice) for focal_slice in slices()]
    shown = [update for update in maps if update is not None]
    assert len(shown) > 1
    for update in shown:
        assert [figures.region.name for figures in update.regions] == ["b", "a"]
        shares = np.array([figures.sure_share for figures in update.regions])
        assert np.isnan(shares).all() if update.slices_seen < 3 else ((shares >= 0.0) & (shares <= 1.0)).all()
    with_regions.close()


@pytest.mark.parametrize("text", ["a=30,20,35,28", "a=30,20,34,29", "a=64,0,1,1", "a=0,999999,1,1"])
def test_a_region_outside_of_the_picture_is_refused_before_any_depth(text):
    with_regions = an_estimator("in=0,0,64,48", text)
    with pytest.raises(InputError, match=rf"^--roi {text}: reaches to x \d+, y \d+, but .* 64 × 48 px$"):
        with_regions.push(next(slices()))
    with_regions.close()


def test_a_region_that_was_drawn_is_left_out_where_the_picture_becomes_smaller(caplog):
    estimator = an_estimator()
    for one in slices():
        estimator.push(one)
    estimator.measure(regions("in=0,0,32,24", "out=40,0,20,20"))
    small = [replace(one, tag=replace(one.tag, sweep_id=1)) for one in slices(shape=(24, 32))]
    maps = [estimator.push(one) for one in small]
    estimator.close()
    assert [each.region.name for each in maps[-1].regions] == ["in"]
    assert "out=40,0,20,20: reaches to x 60" in caplog.text


class Meanwhile:
    """A `DepthEstimator` over another one, while whose work somebody draws regions."""

    def __init__(self, estimator):
        self._estimator = estimator
        self.draws = lambda: None

    def push(self, focal_slice, *, show=True):
        self.draws()
        return self._estimator.push(focal_slice, show=show)

    def finish(self):
        return self._estimator.finish()

    def close(self):
        self._estimator.close()


def test_a_map_that_was_owed_is_measured_only_where_it_has_pixels():
    inner = Meanwhile(make_estimator(SharpnessModel(), InferenceConfig()))
    estimator = MeasuredEstimator(inner, ())
    for one in list(slices(shape=(24, 32)))[:-1]:  # its last slice is lost
        estimator.push(one)
    large = [replace(one, tag=replace(one.tag, sweep_id=1)) for one in slices()]
    inner.draws = lambda: estimator.measure(regions("in=0,0,32,24", "out=40,0,20,20"))
    owed, newest = (estimator.push(one) for one in large[:2])
    estimator.close()
    assert (owed.tag.sweep_id, newest.tag.sweep_id) == (0, 1)
    assert [[each.region.name for each in one.regions] for one in (owed, newest)] == [["in"], ["in", "out"]]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["a=1,2,3"], "--roi: 'a=1,2,3' is not NAME=x,y,w,h: a name"),
        (["1,2,3,4"], "is not NAME=x,y,w,h"),
        (["a=1,2,3,4.5"], "is not NAME=x,y,w,h"),
        (["a=-1,2,3,4"], "is not NAME=x,y,w,h"),
        (["two words=1,2,3,4"], "is not NAME=x,y,w,h"),
        (["=1,2,3,4"], "is not NAME=x,y,w,h"),
        (["a=1,2,3,٤"], "is not NAME=x,y,w,h"),
        (["a=1,2,3,99999999999"], "is not NAME=x,y,w,h"),
        (["a=1,2,0,4"], "a=1,2,0,4: width and height must be 1 px or more"),
        (["a=1,2,3,4", "b=1,2,3,4", "a=5,5,5,5"], "two regions are called a"),
        ([f"r{i}=1,2,3,4" for i in range(17)], "at most 16 regions, got 17"),
    ],
)
def test_a_malformed_region_is_one_line(words, message):
    with pytest.raises(InputError) as caught:
        load_settings(MapConfig, ["--roi", *words], prog="run")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_regions_are_read_as_they_are_written():
    options = load_settings(MapConfig, ["--roi", "lid-1.a=0,2,30,40", "b_2=5,6,7,8"], prog="run")
    assert [str(region) for region in options.regions] == list(options.roi)
