import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibration.apply.alignment.similarity import Similarity
from calibration.apply.resampling import Resampling

SIZE_PX = (160, 120)


def texture(dtype=np.uint8, *, colour=False):
    noise = np.random.default_rng(0).standard_normal((120, 160, 3 if colour else 1), np.float32)
    full = np.iinfo(dtype).max
    return np.clip(full * (0.5 + 0.9 * cv2.GaussianBlur(noise, (0, 0), 1.2)), 0, full).astype(dtype)


def exact(image, similarity):
    flags = cv2.INTER_LANCZOS4 | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(image, similarity.matrix(), SIZE_PX, flags=flags, borderMode=cv2.BORDER_REPLICATE)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("colour", [False, True], ids=["grey", "colour"])
@pytest.mark.parametrize(
    ("similarity", "most"),
    [
        (Similarity(a=1.013, x_px=-1.9, y_px=0.4), 0.012),
        (Similarity(a=0.988, x_px=2.3, y_px=-0.7), 0.012),
        (Similarity(a=1.0, x_px=0.5, y_px=-0.25), 0.012),
        (Similarity(a=1.002, x_px=-0.16, y_px=-0.12), 0.03),  # as a shift alone
    ],
    ids=["larger", "smaller", "shifted", "hardly"],
)
def test_an_image_is_laid_on_the_reference(dtype, colour, similarity, most):
    image = texture(dtype, colour=colour)
    plan = Resampling.of(similarity, size_px=SIZE_PX)
    laid = plan.apply(image)
    assert (laid.shape, laid.dtype) == (image.squeeze().shape, dtype)
    gap = laid.astype(float) - exact(image, similarity)
    assert np.sqrt(np.mean(gap[4:-4, 4:-4] ** 2)) < most * np.iinfo(dtype).max


def test_no_part_of_an_image_is_blurred_more_than_the_rest():
    wide = cv2.GaussianBlur(np.random.default_rng(1).standard_normal((120, 160), np.float32), (0, 0), 1.0)
    image = np.clip(128 + 150 * wide, 0, 255).astype(np.uint8)
    similarity = Similarity(a=1.006, x_px=0.0, y_px=0.0)  # half a pixel off in the middle, none at the left

    def left_over_middle(laid):
        def power(columns):
            return float(np.square(np.diff(laid[8:-8, columns].astype(float), axis=1)).mean())

        return power(slice(2, 20)) / power(slice(74, 92))

    linear = cv2.warpAffine(
        image, similarity.matrix(), SIZE_PX, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    )
    ours = Resampling.of(similarity, size_px=SIZE_PX).apply(image)
    as_it_is = left_over_middle(image)
    assert abs(left_over_middle(ours) / as_it_is - 1.0) < 0.25 * abs(
        left_over_middle(linear) / as_it_is - 1.0
    )


def test_nothing_is_planned_where_nothing_moves():
    assert Resampling.of(Similarity(), size_px=SIZE_PX) is None


@given(
    excess=st.one_of(st.floats(-0.03, 0.03), st.floats(-0.004, 0.004)),
    x_px=st.floats(-9.0, 9.0),
    y_px=st.floats(-9.0, 9.0),
)
def test_every_pixel_is_taken_from_where_it_belongs(excess, x_px, y_px):
    """Interpolating a ramp gives the place that was looked at."""
    width_px, height_px = 320, 240
    columns, rows = np.meshgrid(np.arange(width_px), np.arange(height_px))
    similarity = Similarity(a=1.0 + excess, x_px=x_px, y_px=y_px)
    plan = Resampling.of(similarity, size_px=(width_px, height_px))
    if plan is None:
        return
    rim = 24
    for ramp, place in (
        (columns, similarity.a * columns + x_px),
        (rows, similarity.a * rows + y_px),
    ):
        laid = plan.apply((1000 + 150 * ramp).astype(np.uint16))
        gap_px = (laid.astype(float) - 1000) / 150 - place
        # OpenCV's cubic kernel is off by up to 0.047 px on a ramp; a scale that moves less than a pixel is
        # taken as a shift, right in the middle.
        allowed_px = 0.075 if plan.scale != 1.0 else 0.55
        assert np.abs(gap_px[rim:-rim, rim:-rim]).max() < allowed_px
