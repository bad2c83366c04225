from dataclasses import replace

import cv2
import numpy as np
import pytest

from calibration.apply.corrected_estimator import CorrectedEstimator, without_depth_at
from calibration.apply.rectifier import Rectifier
from calibration.apply.resampling import Resampling
from focstream.types import FocusScale, HeightScale, InputError
from tests.calibration.profiles import focus_part, full_profile, profile, timing_part
from tests.slices import make_slice
from tests.updates import make_update

SHAPE = (48, 64)


def a_slice(image, *, focus_dpt, calibration_id="lens:sim", **tag):
    return make_slice(
        image=image,
        scale=FocusScale(far_dpt=0.0, near_dpt=5.0, calibration_id=calibration_id),
        sweep_coordinate=focus_dpt / 5.0,
        focus_dpt=focus_dpt,
        focus_dpt_commanded=focus_dpt,
        **tag,
    )


def update(coordinate, *, sigma=0.01):
    return make_update(
        np.full(SHAPE, coordinate, np.float32),
        coordinate_sigma=np.full(SHAPE, sigma, np.float32),
        tag=a_slice(np.zeros(SHAPE, np.uint8), focus_dpt=1.0).tag,
        scale=FocusScale(far_dpt=0.0, near_dpt=5.0),
    )


def texture():
    noise = np.random.default_rng(0).standard_normal(SHAPE, np.float32)
    return np.clip(128 + 120 * cv2.GaussianBlur(noise, (0, 0), 3.0), 0, 255).astype(np.uint8)


def test_without_a_profile_nothing_is_touched():
    rectifier = Rectifier(None)
    focal_slice, depth = a_slice(texture(), focus_dpt=1.0), update(0.5)
    assert next(rectifier.attach([focal_slice])) is focal_slice
    assert rectifier.correct(depth) is depth


def test_a_profile_that_the_slices_name_but_nobody_has_is_reported_once(caplog):
    """As in a recording out of which another tool left the profile: its focus is there, the rest is not."""
    named = a_slice(texture(), focus_dpt=1.0, calibration_id=full_profile().calibration_id)
    taken = replace(named, scale=replace(named.scale, level="calibrated"))
    given = list(Rectifier(None).attach([taken, taken]))
    assert [(each.scale.level, each.tag) for each in given] == [("approximate", taken.tag)] * 2
    assert given[0].scale.calibration_id == full_profile().calibration_id
    assert given[0].image is taken.image
    (line,) = caplog.messages
    assert f"by {full_profile().calibration_id}, which is not here" in line
    assert "--profile" in line
    assert Rectifier(full_profile()).rectify(taken).scale.level == "calibrated"


def test_breathing_is_undone():
    breathing = full_profile().breathing
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    breathed = cv2.warpAffine(
        texture(),
        breathing.similarity(4.0).inverse().matrix(),
        (64, 48),
        flags=flags,
        borderMode=cv2.BORDER_REFLECT,
    )
    whole = profile(breathing=breathing)
    back = Rectifier(whole).rectify(a_slice(breathed, focus_dpt=4.0)).image
    inner = (slice(6, -6), slice(6, -6))
    left = np.abs(back[inner].astype(int) - texture()[inner]).mean()
    before = np.abs(breathed[inner].astype(int) - texture()[inner]).mean()
    assert left < 0.25 * before


@pytest.mark.parametrize("shape", [SHAPE, (*SHAPE, 3)], ids=["grey", "colour"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_shading_is_undone(shape, dtype):
    flatfield = full_profile().flatfield
    full = np.iinfo(dtype).max
    light = flatfield.brightness(2.0, SHAPE)
    shaded = (0.6 * full * light).astype(dtype)
    shaded = np.repeat(shaded[..., None], 3, axis=2) if len(shape) == 3 else shaded
    even = Rectifier(profile(flatfield=flatfield)).rectify(a_slice(shaded, focus_dpt=2.0)).image
    assert (even.shape, even.dtype) == (shape, dtype)
    assert np.ptp(even.astype(float)) < 0.01 * full
    assert np.ptp(shaded.astype(float)) > 0.1 * full


def test_the_shading_follows_a_slot_that_moves():
    """As in an active sweep, whose slots lie elsewhere each time."""
    flatfield = full_profile().flatfield
    moved, fresh = Rectifier(profile(flatfield=flatfield)), Rectifier(profile(flatfield=flatfield))
    image = (200 * flatfield.brightness(4.0, SHAPE)).astype(np.uint8)
    moved.rectify(a_slice(image, focus_dpt=1.0))
    expected = fresh.rectify(a_slice(image, focus_dpt=4.0)).image
    assert (moved.rectify(a_slice(image, focus_dpt=4.0)).image == expected).all()


def test_slices_of_an_active_sweep_share_what_is_computed_for_their_focus(monkeypatch):
    """Two of them may be nearest to the same slot, turn by turn; what is kept of many is bounded."""
    made, compute = [], Resampling.of

    def counted(similarity, **options):
        made.append(similarity)
        return compute(similarity, **options)

    monkeypatch.setattr(Resampling, "of", counted)
    monkeypatch.setattr("calibration.apply.rectifier._ACTIVE_PIXELS", 6 * SHAPE[0] * SHAPE[1])
    rectifier, image = Rectifier(full_profile()), texture()
    for _ in range(5):
        for focus_dpt in (1.0, 3.0, 4.5):
            taken = a_slice(image, focus_dpt=focus_dpt, active="more")
            alone = Rectifier(full_profile()).rectify(taken)
            np.testing.assert_array_equal(rectifier.rectify(taken).image, alone.image)
    assert len(made) - 15 == 3  # each of the others computes its own
    for focus_dpt in np.linspace(0.5, 4.5, 20):
        rectifier.rectify(a_slice(image, focus_dpt=float(focus_dpt), active="more"))
    assert len(rectifier._active_plans) == 6


def test_focus_is_corrected_by_direction_and_temperature_once():
    whole = profile(focus=focus_part(), timing=timing_part())
    up = Rectifier(whole).rectify(a_slice(texture(), focus_dpt=2.0, direction=1, temperature_c=40.0))
    down = Rectifier(whole).rectify(a_slice(texture(), focus_dpt=2.0, direction=-1, temperature_c=40.0))
    assert up.tag.focus_dpt == pytest.approx(whole.focus.to_dpt(1.98, temperature_c=40.0))
    assert down.tag.focus_dpt - up.tag.focus_dpt == pytest.approx(0.04 * whole.focus.slope(2.0), rel=1e-3)
    assert up.scale.calibration_id == whole.calibration_id
    assert up.scale.to_dpt(up.tag.sweep_coordinate) == pytest.approx(up.tag.focus_dpt)
    already = a_slice(texture(), focus_dpt=2.0, calibration_id=whole.calibration_id)
    assert Rectifier(whole).rectify(already).tag == already.tag


def test_focus_that_another_profile_corrected_is_not_corrected_again():
    """A recording made with one profile and replayed with another: its dioptres would be converted twice."""
    foreign = a_slice(texture(), focus_dpt=2.0, calibration_id="profile:0123456789ab")
    with pytest.raises(InputError, match=r"profile:0123456789ab.*leave --profile out") as error:
        Rectifier(full_profile()).rectify(foreign)
    assert full_profile().calibration_id in str(error.value)


def test_the_field_is_flattened_and_uncertainties_add_in_quadrature():
    whole = profile(focus=focus_part(), field=full_profile().field)
    corrected = Rectifier(whole).correct(update(0.5))
    offset = whole.field.offset_dpt(SHAPE) / 5.0
    np.testing.assert_allclose(corrected.coordinate, 0.5 - offset, atol=1e-6)
    expected = np.hypot(0.01, 0.01 / 5.0)  # the map's offset is known to 0.01 dpt of a span of 5
    np.testing.assert_allclose(corrected.coordinate_sigma, expected, rtol=1e-4)
    metres = corrected.sigma()[24, 32]
    assert metres == pytest.approx(expected * 5.0 * corrected.depth()[24, 32] ** 2, rel=1e-3)


def test_images_of_another_size_are_refused():
    with pytest.raises(InputError, match="64 × 48"):
        Rectifier(full_profile()).rectify(a_slice(np.zeros((48, 60), np.uint8), focus_dpt=1.0))


def test_every_map_of_an_estimator_is_corrected():
    class Estimator:
        closed = False

        def push(self, focal_slice, *, show=True):
            return update(0.5) if show else None

        def finish(self):
            return update(0.5)

        def close(self):
            self.closed = True

    inner = Estimator()
    estimator = CorrectedEstimator(inner, Rectifier(profile(focus=focus_part())))
    assert estimator.push(a_slice(texture(), focus_dpt=1.0), show=False) is None
    for depth in (estimator.push(a_slice(texture(), focus_dpt=1.0)), estimator.finish()):
        assert depth.coordinate_sigma.min() > 0.01
    estimator.close()
    assert inner.closed


def test_a_profile_is_not_for_a_microscope():
    taken = make_slice(image=texture(), scale=HeightScale(far_um=0.0, near_um=40.0))
    with pytest.raises(InputError, match="not for a microscope's stack: leave it out"):
        Rectifier(full_profile()).rectify(taken)
    depth = make_update(np.full(SHAPE, 0.5, np.float32), scale=taken.scale)
    assert Rectifier(full_profile()).correct(depth) is depth


def test_pixels_without_depth_must_be_those_of_the_map():
    with pytest.raises(InputError, match="60×40 px without depth, the map has 64×48"):
        without_depth_at(np.zeros((40, 60), bool), update(0.5))
