from dataclasses import replace

import numpy as np
import pytest

from calibration.apply.map_config import MOST_REGIONS
from capture.sweep.plan import MOST_ACTIVE_SLOTS
from focstream.region import Region
from focstream.types import Intrinsics, MessageError, NotMetricError
from publish.wire.frame import unpack
from publish.wire.messages import header_of, message_of
from tests.publish.updates import HOLE, LENS, LID, MICROSCOPE, TO_INFINITY, an_update


def sent(update, *, topic="depth", encoding="32FC1"):
    header = header_of(update, topic=topic, encoding=encoding, seq=5, run_id="run")
    return unpack(message_of(update, header))


def test_depth_in_metres():
    update = an_update(lost=4, stamp_ns=123)
    got = sent(update)
    assert np.array_equal(got.values, update.depth(), equal_nan=True)
    head = got.header
    assert (head.encoding, head.unit, head.invalid, head.seq) == ("32FC1", "m", "nan", 5)
    assert head.run_id == "run"
    assert (head.sweep, head.slice, head.stamp_ns, head.clock, head.dropped) == (3, 9, 123, "host", 4)
    assert (head.depth_range, head.calibrated, head.calibration_id) == ((0.2, 2.0), "calibrated", "bench-7")
    assert (head.broken, head.reconnects) == (False, 0)
    assert (head.slices_seen, head.final, head.frame_id) == (10, True, "focstream_optical")
    assert (head.model, head.engine) == ("focdepthformer", "torch")


@pytest.mark.parametrize("slots", [12, None])
def test_the_header_tells_how_much_of_the_sweep_was_seen(slots):
    update = an_update()
    update = replace(update, broken=True, tag=replace(update.tag, slots=slots))
    for topic in ("depth", "sigma", "aif"):
        head = sent(update, topic=topic).header
        assert (head.slices_seen, head.slots, head.final, head.broken) == (10, slots, True, True)


@pytest.mark.parametrize(
    ("active", "broken", "ended"), [("enough", False, "enough"), ("more", True, "broken")]
)
def test_the_header_of_an_active_sweep_says_which_slots_were_taken_and_why_it_ended(active, broken, ended):
    update = an_update()
    tag = replace(update.tag, slots=None, active=active)
    head = sent(replace(update, broken=broken, tag=tag, slots_taken=(0.1, 0.9, 1 / 3))).header
    assert (head.slots_taken, head.ended) == ((0.1, 0.9, 0.33333), ended)
    head = sent(replace(update, final=False, tag=tag, slots_taken=(0.1,))).header
    assert (head.slots_taken, head.ended) == ((0.1,), None)


def test_the_longest_active_sweep_fits_into_a_header():
    update = an_update()
    tag = replace(update.tag, slots=None, active="limit")
    taken = tuple(np.linspace(0.0, 1.0, MOST_ACTIVE_SLOTS).tolist())
    assert len(sent(replace(update, tag=tag, slots_taken=taken)).header.slots_taken) == MOST_ACTIVE_SLOTS


def test_a_far_limit_at_infinity_is_null():
    got = sent(an_update(scale=TO_INFINITY))
    assert got.header.depth_range == (0.1, None)
    assert np.isposinf(got.values[-1, 0])


def test_without_a_scale_it_is_never_metres():
    update = an_update(scale=None)
    for topic in ("depth", "sigma"):
        head = sent(update, topic=topic).header
        assert (head.unit, head.calibrated, head.depth_range) == ("1", "uncalibrated", (1.0, 0.0))
    assert np.array_equal(sent(update).values, update.coordinate, equal_nan=True)


def test_sixteen_bit_millimetres():
    coordinate = np.array([[np.nan, 1.0, 0.5, 0.001, 0.0, -0.1]], dtype=np.float32)
    got = sent(an_update(coordinate=coordinate, scale=TO_INFINITY), encoding="16UC1")
    assert got.values.tolist() == [[0, 100, 200, 65_535, 65_535, 65_535]]
    assert (got.header.unit, got.header.invalid, got.header.depth_range) == ("mm", 0, (100.0, None))
    assert np.isnan(got.metres()[0, 0])


def test_sixteen_bits_cannot_carry_a_sweep_coordinate():
    with pytest.raises(NotMetricError, match="calibrate"):
        sent(an_update(scale=None), encoding="16UC1")


def test_sigma_stays_float_when_the_depth_is_sixteen_bit():
    update = an_update(scale=TO_INFINITY)
    got = sent(update, topic="sigma", encoding="16UC1")
    assert (got.header.encoding, got.header.unit) == ("32FC1", "m")
    assert np.array_equal(got.values[-1, 1:], update.sigma()[-1, 1:])


def test_the_depth_limit_of_float32_is_no_warning():
    coordinate = np.array([[0.0, 1e-41, 1e-30, np.nan]], dtype=np.float32)
    update = an_update(coordinate=coordinate, scale=TO_INFINITY)
    assert np.isposinf(sent(update).values[0, 0])
    assert sent(update, topic="sigma").values.shape == (1, 4)
    assert sent(update, encoding="16UC1").values.tolist() == [[65_535, 65_535, 65_535, 0]]


@pytest.mark.parametrize(("colour", "encoding"), [(True, "bgr8"), (False, "mono8")])
def test_all_in_focus(colour, encoding):
    update = an_update(colour=colour)
    got = sent(update, topic="aif")
    assert np.array_equal(got.values, update.all_in_focus)
    head = got.header
    assert (head.encoding, head.unit, head.invalid, head.depth_range) == (encoding, "", None, None)


def test_intrinsics():
    lens = Intrinsics(
        fx_px=5.0, fy_px=6.0, cx_px=1.0, cy_px=2.0, distortion_model="plumb_bob", distortion=(0.1,) * 5
    )
    head = sent(an_update(intrinsics=lens)).header
    assert (head.K, head.D, head.distortion_model) == (lens.k, (0.1,) * 5, "plumb_bob")
    assert sent(an_update(intrinsics=LENS)).header.D == ()


def test_unknown_intrinsics_are_zeros_as_in_ros():
    head = sent(an_update(intrinsics=None)).header
    assert (head.K, head.D, head.distortion_model) == ((0.0,) * 9, (), "")


@pytest.mark.parametrize(
    ("field", "value"),
    [("sweep_id", -1), ("sweep_id", 2**63), ("slot", -3), ("exposure_mid_ns", -5), ("slices_lost", 2**70)],
)
def test_a_number_that_no_message_can_carry_is_one_line(field, value):
    update = an_update()
    update = replace(update, tag=replace(update.tag, **{field: value}))
    with pytest.raises(MessageError, match=r"the map of sweep .* cannot be published: ") as raised:
        sent(update)
    assert "\n" not in str(raised.value)


def test_the_height_of_a_microscope_is_named_and_never_metres():
    update = an_update(scale=MICROSCOPE)
    for topic, values in (("depth", update.depth()), ("sigma", update.sigma())):
        got = sent(update, topic=topic)
        head = got.header
        assert (head.unit, head.calibrated, head.depth_range) == ("um", "approximate", (40.0, 0.0))
        np.testing.assert_array_equal(got.values, values)
        with pytest.raises(
            NotMetricError, match=r"no metres from the camera \(unit 'um', approximate\); use"
        ):
            got.metres()
    with pytest.raises(NotMetricError, match="height in micrometres"):
        sent(update, encoding="16UC1")


def test_the_head_of_a_depth_map_carries_its_regions():
    update = replace(an_update(), regions=(LID, HOLE))
    lid, hole = sent(update).header.regions
    assert (lid.name, lid.x_px, lid.y_px, lid.width_px, lid.height_px) == ("lid", 1, 2, 8, 6)
    assert (lid.median, lid.sigma, lid.angle_deg, lid.flatness) == (0.4315, 0.0021, 3.25, 0.0012)
    assert (lid.sure_share, hole.median, hole.flatness, hole.sure_share) == (0.75, None, None, 0.0)
    assert [sent(update, topic=topic).header.regions for topic in ("sigma", "aif")] == [(), ()]


def test_regions_are_in_the_unit_of_their_message():
    (lid,) = sent(replace(an_update(), regions=(LID,)), encoding="16UC1").header.regions
    assert (lid.median, lid.sigma, lid.flatness, lid.angle_deg) == (431.5, 2.1, 1.2, 3.25)


def test_nobody_who_asked_for_no_regions_gets_a_field_more():
    update = an_update()
    assert b"regions" not in header_of(update, topic="depth", encoding="32FC1", seq=5, run_id="run").to_json()


def test_as_many_regions_as_there_may_be_fit_in_front_of_a_map():
    longest = "9" * 32
    region = Region(name=longest, x_px=16383, y_px=16383, width_px=16383, height_px=16383)
    figures = replace(LID, region=region, median=1.23456e-05, sigma=1.23456e-05, flatness=1.23456e-05)
    update = replace(an_update(), regions=(replace(figures, angle_deg=12.3456),) * MOST_REGIONS)
    assert len(sent(update).header.regions) == MOST_REGIONS
