"""Stacks whose motion is known, because the test made it."""

import math

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration.apply.alignment.features import guess_from_features
from calibration.apply.alignment.register import grey, register
from calibration.apply.alignment.similarity import Similarity
from calibration.apply.alignment.stack_alignment import align_stack

SIZE_PX = (320, 240)


def texture(seed=0):
    rng = np.random.default_rng(seed)
    image = sum(
        cv2.resize(
            rng.standard_normal((240 // g, 320 // g), np.float32), SIZE_PX, interpolation=cv2.INTER_CUBIC
        )
        * g**0.5
        for g in (4, 8, 20, 40)
    )
    return np.clip(128 + 12 * image, 0, 255).astype(np.uint8)


def moved(image, transform, *, blur_px=0.0):
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    laid = cv2.warpAffine(
        image, transform.inverse().matrix(), SIZE_PX, flags=flags, borderMode=cv2.BORDER_REFLECT
    )
    return laid if blur_px == 0 else cv2.GaussianBlur(laid, (0, 0), blur_px)


def breathing(scale):
    return Similarity(a=scale, x_px=159.5 * (1 - scale), y_px=119.5 * (1 - scale))


transforms = st.builds(
    lambda scale, turn, x_px, y_px: Similarity(
        a=scale * math.cos(turn), b=scale * math.sin(turn), x_px=x_px, y_px=y_px
    ),
    scale=st.floats(0.8, 1.2),
    turn=st.floats(-0.3, 0.3),
    x_px=st.floats(-30, 30),
    y_px=st.floats(-30, 30),
)


@given(transforms, transforms)
def test_transforms_chain_and_undo_each_other_like_matrices(first, second):
    whole = [np.vstack((t.matrix(), [0, 0, 1])) for t in (first, second)]
    np.testing.assert_allclose(second.after(first).matrix(), (whole[1] @ whole[0])[:2], atol=1e-9)
    np.testing.assert_allclose(first.inverse().matrix(), np.linalg.inv(whole[0])[:2], atol=1e-9)
    np.testing.assert_allclose(first.resized(2.0).resized(0.5).matrix(), first.matrix(), atol=1e-9)
    np.testing.assert_allclose(
        Similarity.nearest(first.matrix(), size_px=SIZE_PX).matrix(), first.matrix(), atol=1e-9
    )


@settings(max_examples=8, deadline=None)
@given(st.floats(0.97, 1.03), st.floats(-8, 8), st.floats(-8, 8))
def test_a_known_motion_is_found(scale, x_px, y_px):
    truth = Similarity(x_px=x_px, y_px=y_px).after(breathing(scale))
    image = texture()
    found = register(grey(moved(image, truth), longest_px=512), grey(image, longest_px=512))
    assert found is not None
    assert found.transform.after(truth.inverse()).largest_motion_px(SIZE_PX) < 0.15
    assert found.correlation >= found.correlation_before


def test_features_find_a_motion_too_large_for_a_start_from_nothing():
    truth = Similarity(a=math.cos(0.5), b=math.sin(0.5), x_px=60.0, y_px=-70.0)
    image = texture()
    guess = guess_from_features(grey(moved(image, truth), longest_px=512), grey(image, longest_px=512))
    assert guess is not None
    assert guess.after(truth.inverse()).largest_motion_px(SIZE_PX) < 2.0


def test_a_breathing_stack_is_laid_on_its_middle_and_cropped_to_what_all_show():
    stack = [moved(texture(), breathing(1 + 0.008 * k), blur_px=0.3 + 0.3 * abs(k - 4)) for k in range(9)]
    alignment = align_stack(stack)
    assert alignment.applied, alignment.note
    left, top, right, bottom = alignment.crop_px
    assert 0 < left < right < SIZE_PX[0]
    for slot in range(9):
        truth = breathing(1 + 0.008 * slot).after(breathing(1 + 0.008 * 4).inverse())
        assert alignment.transforms[slot].after(truth.inverse()).largest_motion_px(SIZE_PX) < 0.5
        assert alignment.aligned(stack[slot], slot).shape == (bottom - top, right - left)


def test_colour_and_sixteen_bits_are_kept():
    stack = [moved(texture(), breathing(1 + 0.01 * k)) for k in range(5)]
    deep = [cv2.merge([image.astype(np.uint16) * 200] * 3) for image in stack]
    alignment = align_stack(deep)
    result = alignment.aligned(deep[0], 0)
    assert alignment.applied
    assert (result.dtype, result.ndim) == (np.uint16, 3)


@pytest.mark.parametrize(
    ("stack", "why"),
    [
        ([cv2.GaussianBlur(texture(), (0, 0), 0.5 + 0.4 * k) for k in range(6)], "already"),
        ([texture(seed) for seed in range(6)], "cannot be registered"),
        ([np.full((240, 320), 90, np.uint8)] * 4, "cannot be registered"),
    ],
    ids=["only blur", "nothing in common", "no texture"],
)
def test_what_would_not_help_is_not_done_and_the_note_says_why(stack, why):
    alignment = align_stack(stack)
    assert not alignment.applied
    assert why in alignment.note
    assert alignment.aligned(stack[0], 0) is stack[0]


@pytest.mark.parametrize(
    ("step_px", "note"), [(0.65, "not aligned: it would not bring"), (1.5, "aligned: motion of")]
)
def test_a_little_motion_is_believed_only_where_undoing_it_gains_much(step_px, note):
    noise = np.random.default_rng(1)
    images = [
        moved(texture(), Similarity(x_px=step_px * number)) + 65 * noise.standard_normal((240, 320))
        for number in range(5)
    ]
    assert align_stack([np.clip(image, 0, 255).astype(np.uint8) for image in images]).note.startswith(note)
