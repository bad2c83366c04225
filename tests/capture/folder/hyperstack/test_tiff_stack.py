import logging
from contextlib import contextmanager

import numpy as np
import ome_types.model as ome
import pytest
import tifffile

from capture.folder.source import StackFolder
from capture.folder.stack_reading import StackReading
from focstream.types import HeightScale, InputError

COUNT = 5
GREY = np.random.default_rng(5).integers(0, 2**16, (COUNT, 20, 28), np.uint16)
RGB = np.random.default_rng(6).integers(0, 256, (COUNT, 20, 28, 3), np.uint8)


@contextmanager
def opened(path, **reading):
    with StackFolder(path, reading=StackReading(**reading)) as source:
        yield [source.read(1.0) for _ in range(len(source))]


def error_of(path, **reading):
    with pytest.raises(InputError) as caught, opened(path, **reading):
        pass
    assert str(path) in str(caught.value)
    return str(caught.value)


def images_of(slices):
    return np.stack([one.image for one in slices])


@pytest.mark.parametrize(
    "options",
    [
        {"photometric": "minisblack"},
        {"photometric": "minisblack", "metadata": None},
        {"photometric": "minisblack", "compression": "zlib", "tile": (16, 16)},
        {"imagej": True},
        {"imagej": True, "metadata": {"axes": "ZYX"}},
        {"ome": True, "metadata": {"axes": "ZYX"}},
        {"ome": True, "metadata": {"axes": "ZYX"}, "compression": "lzw", "bigtiff": True},
        {"ome": True, "metadata": {"axes": "TYX"}},
    ],
    ids=str,
)
def test_the_pages_of_a_file_are_the_slices_far_first(tmp_path, options):
    tifffile.imwrite(tmp_path / "a.tif", GREY, **options)
    with opened(tmp_path / "a.tif") as slices:
        np.testing.assert_array_equal(images_of(slices), GREY)
        assert [one.tag.sweep_coordinate for one in slices] == [0, 0.25, 0.5, 0.75, 1]
        assert {one.scale for one in slices} == {None}


@pytest.mark.parametrize(
    ("pixels", "options"),
    [
        (RGB, {"photometric": "rgb"}),
        (RGB, {"photometric": "rgb", "imagej": True, "metadata": {"axes": "ZYXS"}}),
        (RGB, {"photometric": "rgb", "ome": True, "metadata": {"axes": "ZYXS"}}),
        (np.moveaxis(RGB, -1, 1).copy(), {"photometric": "rgb", "planarconfig": "separate"}),
    ],
    ids=["plain", "imagej", "ome", "planes"],
)
def test_colours_come_blue_first(tmp_path, pixels, options):
    tifffile.imwrite(tmp_path / "a.tif", pixels, **options)
    with opened(tmp_path / "a.tif") as slices:
        np.testing.assert_array_equal(images_of(slices), RGB[..., ::-1])


def test_pages_that_are_written_one_by_one(tmp_path):
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        for image in GREY:
            file.write(image, photometric="minisblack", contiguous=False)
    with opened(tmp_path / "a.tif") as slices:
        np.testing.assert_array_equal(images_of(slices), GREY)


def test_the_large_stacks_of_imagej_have_one_page_for_all_images(tmp_path):
    description = "ImageJ=1.53\nimages=5\nslices=5\nspacing=0.5\nunit=micron\n"
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, GREY[0].astype(">u2"), byteorder=">", description=description, metadata=None)
    path.write_bytes(path.read_bytes() + GREY[1:].astype(">u2").tobytes())
    with opened(path) as slices:
        np.testing.assert_array_equal(images_of(slices), GREY)
        assert slices[0].scale.near_um == 2.0
    path.write_bytes(path.read_bytes()[:-1])
    assert "is cut short: it holds 1 of 5 images" in error_of(path)


@pytest.mark.parametrize(
    ("spacing", "unit", "step_um"),
    [(2.5, "um", 2.5), (2.5, "\\u00B5m", 2.5), (250, "nm", 0.25), (0.002, "mm", 2), (-3, "micron", 3)],
)
def test_the_spacing_of_imagej_gives_heights_in_micrometres(tmp_path, caplog, spacing, unit, step_um):
    metadata = {"axes": "ZYX", "spacing": spacing, "unit": unit}
    tifffile.imwrite(tmp_path / "a.tif", GREY, imagej=True, metadata=metadata)
    with caplog.at_level(logging.INFO), opened(tmp_path / "a.tif") as slices:
        scale = slices[0].scale
        assert isinstance(scale, HeightScale)
        assert (scale.far_um, scale.near_um) == (0.0, pytest.approx(4 * step_um))
        assert (scale.level, scale.calibration_id) == ("approximate", "ImageJ's spacing")
        assert [one.tag.sweep_coordinate for one in slices] == pytest.approx([0, 0.25, 0.5, 0.75, 1])
        assert {(one.tag.focus_dpt, one.tag.direction) for one in slices} == {(None, 1)}
    assert f"5 images, slice 0 … slice 4; heights in µm by ImageJ's spacing, {step_um:g} µm" in caplog.text
    assert "with --reverse" in caplog.text


def test_reverse_makes_the_first_slice_the_highest(tmp_path):
    metadata = {"axes": "ZYX", "spacing": 2.0, "unit": "um"}
    tifffile.imwrite(tmp_path / "a.tif", GREY, imagej=True, metadata=metadata)
    with opened(tmp_path / "a.tif", reverse=True) as slices:
        heights_um = [one.scale.to_um(one.tag.sweep_coordinate) for one in slices]
        assert heights_um == pytest.approx([8, 6, 4, 2, 0])
        assert {one.tag.direction for one in slices} == {-1}


@pytest.mark.parametrize("unit", ["pixel", None])
def test_a_spacing_without_a_length_is_no_height(tmp_path, caplog, unit):
    metadata = {"axes": "ZYX", "spacing": 1.0} | ({"unit": unit} if unit else {})
    tifffile.imwrite(tmp_path / "a.tif", GREY, imagej=True, metadata=metadata)
    with caplog.at_level(logging.INFO), opened(tmp_path / "a.tif") as slices:
        assert slices[0].scale is None
    assert "not metric, because the unit of the z spacing is" in caplog.text


def test_slices_that_imagej_calls_channels_are_said_to_be_slices(tmp_path, caplog):
    tifffile.imwrite(tmp_path / "a.tif", GREY, imagej=True)
    with caplog.at_level(logging.INFO), opened(tmp_path / "a.tif"):
        assert "no z axis: its channels are taken for slices" in caplog.text


def write_ome(path, data, *, axes="ZYX", planes=(), **pixels):
    """Write pixels with OME-XML made and checked by ome-types."""
    sizes = dict(zip(axes, data.shape, strict=True))
    channels = [
        ome.Channel(id=f"Channel:0:{c}", name=name, samples_per_pixel=1)
        for c, name in enumerate(["DAPI", "GFP"][: sizes.get("C", 1)])
    ]
    described = ome.Pixels(
        dimension_order="XYZCT",
        type=str(data.dtype),
        size_x=sizes["X"],
        size_y=sizes["Y"],
        size_z=sizes.get("Z", 1),
        size_c=sizes.get("C", 1),
        size_t=sizes.get("T", 1),
        channels=channels,
        tiff_data_blocks=[ome.TiffData(plane_count=data.size // (sizes["X"] * sizes["Y"]))],
        planes=[ome.Plane(**plane) for plane in planes],
        **pixels,
    )
    xml = ome.OME(images=[ome.Image(id="Image:0", pixels=described)]).to_xml()
    order = sorted((axis for axis in axes if axis in "TCZ"), key="TCZ".index)
    pages = np.moveaxis(data, [axes.index(axis) for axis in order], range(len(order)))
    pages = pages.reshape(-1, *data.shape[-2:])
    tifffile.imwrite(path, pages, description=xml.encode(), metadata=None, photometric="minisblack")


@pytest.mark.parametrize(
    ("step", "unit", "step_um"), [(1.5, "µm", 1.5), (400, "nm", 0.4), (0.01, "mm", 10), (1.5, None, 1.5)]
)
def test_the_spacing_of_ome_gives_heights_in_micrometres(tmp_path, step, unit, step_um):
    more = {} if unit is None else {"physical_size_z_unit": unit}
    write_ome(tmp_path / "a.ome.tif", GREY, physical_size_z=step, **more)
    with opened(tmp_path / "a.ome.tif") as slices:
        np.testing.assert_array_equal(images_of(slices), GREY)
        assert slices[0].scale.near_um == pytest.approx(4 * step_um)
        assert slices[0].scale.calibration_id == "OME's PhysicalSizeZ"


def planes(*positions_um, unit="µm"):
    return [
        {"the_z": z, "the_c": 0, "the_t": 0, "position_z": position, "position_z_unit": unit}
        for z, position in enumerate(positions_um)
    ]


def test_without_a_spacing_the_positions_of_the_planes_count(tmp_path):
    write_ome(tmp_path / "a.tif", GREY, planes=planes(100, 90, 85, 70, 60))
    with opened(tmp_path / "a.tif") as slices:
        assert slices[0].scale.calibration_id == "OME's PositionZ"
        heights_um = [one.scale.to_um(one.tag.sweep_coordinate) for one in slices]
        assert heights_um == pytest.approx([0, 10, 15, 30, 40])


def test_positions_in_a_frame_of_unknown_size_are_no_heights(tmp_path):
    write_ome(tmp_path / "a.tif", GREY, planes=planes(1, 2, 3, 4, 5, unit="reference frame"))
    with opened(tmp_path / "a.tif") as slices:
        assert slices[0].scale is None


def test_positions_that_contradict_the_spacing_are_said(tmp_path, caplog):
    write_ome(tmp_path / "a.tif", GREY, planes=planes(0, 2, 4, 6, 8), physical_size_z=1.0)
    with caplog.at_level(logging.INFO), opened(tmp_path / "a.tif") as slices:
        assert slices[0].scale.near_um == 4.0
    assert "8 µm apart by PositionZ and 4 µm by the spacing; the spacing is used" in caplog.text


FIVE_AXES = np.random.default_rng(7).integers(0, 2**16, (3, 2, COUNT, 8, 9), np.uint16)


def test_several_channels_and_times_are_chosen_by_name_or_number(tmp_path):
    path = tmp_path / "a.ome.tif"
    write_ome(path, FIVE_AXES, axes="TCZYX")
    for channel in ("1", "GFP"):
        with opened(path, channel=channel, time=2) as slices:
            np.testing.assert_array_equal(images_of(slices), FIVE_AXES[2, 1])
    message = error_of(path)
    assert "holds 3 times (0 … 2) and 2 channels (0 DAPI, 1 GFP)" in message
    assert "choose with --channel and --time" in message
    assert "choose with --time" in error_of(path, channel="0")
    assert "no channel 2, only 2 channels (0 DAPI, 1 GFP)" in error_of(path, channel="2", time=0)
    assert "no time 3, only 3 times" in error_of(path, channel="0", time=3)


def test_a_hyperstack_of_imagej_is_chosen_from_as_well(tmp_path):
    tifffile.imwrite(
        tmp_path / "a.tif",
        FIVE_AXES.swapaxes(1, 2),
        imagej=True,
        metadata={"axes": "TZCYX", "spacing": 1.5, "unit": "um"},
    )
    with opened(tmp_path / "a.tif", channel="0", time=1) as slices:
        np.testing.assert_array_equal(images_of(slices), FIVE_AXES[1, 0])
        assert slices[0].scale.near_um == 6.0
    assert "2 channels (0 … 1)" in error_of(tmp_path / "a.tif")


def test_channels_that_ome_calls_so_are_no_focal_stack(tmp_path):
    write_ome(tmp_path / "a.tif", GREY[:2], axes="CYX")
    assert "holds 2 channels (0 DAPI, 1 GFP) and one z: it is no focal stack" in error_of(tmp_path / "a.tif")


def test_a_file_without_channels_has_none_to_choose(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", GREY, photometric="minisblack")
    assert "has no channel 1" in error_of(tmp_path / "a.tif", channel="1")
    tifffile.imwrite(tmp_path / "b.tif", GREY, imagej=True)
    assert "holds one image of what --channel and --time choose" in error_of(tmp_path / "b.tif", channel="1")


def test_the_significant_bits_of_ome_are_believed(tmp_path, caplog):
    write_ome(tmp_path / "a.tif", GREY >> 8, significant_bits=12)
    with caplog.at_level(logging.INFO), opened(tmp_path / "a.tif") as slices:
        np.testing.assert_array_equal(images_of(slices), GREY >> 8 << 4)
    assert "bit ones" not in caplog.text


def test_one_image_is_no_stack(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", GREY[0])
    assert "holds one image; a focal stack needs two or more" in error_of(tmp_path / "a.tif")
    # as tifffile writes an array of four slices that is given without a word about them
    tifffile.imwrite(tmp_path / "b.tif", GREY[:4], photometric="rgb", planarconfig="separate")
    assert "whose 4 planes are said to be colours" in error_of(tmp_path / "b.tif")


@pytest.mark.parametrize("compression", [None, "zlib"])
def test_a_file_that_is_cut_short_is_an_error_before_the_first_slice(tmp_path, compression):
    path = tmp_path / "a.tif"
    with tifffile.TiffWriter(path) as file:
        for image in GREY:
            file.write(image, photometric="minisblack", contiguous=False, compression=compression)
    data = path.read_bytes()
    for kept in (len(data) - 3, len(data) // 2, 20):
        path.write_bytes(data[:kept])
        assert (
            "cut short" in error_of(path) or "cannot be read" in error_of(path) or "holds" in error_of(path)
        )


def test_focus_from_is_for_folders(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", GREY, photometric="minisblack")
    assert "--focus-from is for folders" in error_of(tmp_path / "a.tif", focus_from="exif")
    assert "--channel and --time are for one file" in error_of(tmp_path, channel="0")
