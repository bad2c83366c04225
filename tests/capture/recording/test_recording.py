"""Writing and reading recordings, with our reader and with those of others."""

import dataclasses
import math
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from mcap.reader import make_reader
from mcap.writer import Writer

from capture.recording import schemas
from capture.recording.cdr import layout_of
from capture.recording.file_writer import FileWriter
from capture.recording.mcap_file.record_stream import RecordStream
from capture.recording.reader import RecordingReader
from capture.recording.ros_messages import camera_info_message, image_message
from capture.recording.slice_messages import tag_message
from focstream.digest import digest_of
from focstream.types import HeightScale, InputError
from tests.capture.recording.recordings import LENS, ORIGIN, SCALE, assert_same, noise, slice_number, write
from tests.updates import make_update


@pytest.mark.parametrize("shape", [(7, 9), (12, 16, 3)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("compression", ["none", "lz4"])
def test_slices_come_back_to_the_bit(tmp_path: Path, shape, dtype, compression) -> None:
    slices = [slice_number(n, image=noise(n, shape, dtype)) for n in range(9)]
    with FileWriter(tmp_path / "a.mcap", origin=ORIGIN, compression=compression) as writer:
        for focal_slice in slices:
            writer.write_slice(focal_slice)
    reader = RecordingReader(tmp_path / "a.mcap")
    for _ in range(2):  # as often as wanted
        for back, focal_slice in zip(reader.slices(), slices, strict=True):
            assert_same(back, focal_slice)
    assert reader.fault is None
    assert reader.attachment("profile.toml") == b"version = 1\n"
    assert reader.metadata["device"]["name"] == "test"
    assert reader.metadata["versions"]["focstream"]


def test_what_is_not_known_stays_unknown(tmp_path: Path) -> None:
    known = slice_number(0)
    tag = dataclasses.replace(known.tag, focus_dpt=None, temperature_c=None, settling=True)
    bare = dataclasses.replace(known, tag=tag, scale=None, intrinsics=None)
    assert_same(next(RecordingReader(write(tmp_path / "a.mcap", [bare])).slices()), bare)


def test_from_a_sweep_on(tmp_path: Path) -> None:
    reader = RecordingReader(write(tmp_path / "a.mcap", map(slice_number, range(12))))
    assert [s.tag.frame_id for s in reader.slices(from_sweep=2)] == [8, 9, 10, 11]


def test_maps(tmp_path: Path) -> None:
    update = make_update(scale=SCALE, intrinsics=LENS)
    with FileWriter(tmp_path / "a.mcap", origin=ORIGIN) as writer:
        writer.write_slice(slice_number(0))
        writer.write_update(update, maps=True)
        writer.write_update(dataclasses.replace(update, slices_seen=9), maps=False)
    reader = RecordingReader(tmp_path / "a.mcap")
    (back,) = reader.maps()
    np.testing.assert_array_equal(back.depth, update.depth())
    np.testing.assert_array_equal(back.sigma, update.sigma())
    assert (back.unit, back.intrinsics, back.digest) == ("m", LENS, digest_of(update))
    assert (back.near_limit, back.far_limit) == update.depth_range()
    assert [info.slices_seen for info in reader.final_maps()] == [4, 9]


def test_an_existing_file_is_never_replaced(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mcap", [slice_number(0)])
    before = path.read_bytes()
    with pytest.raises(InputError, match=r"a\.mcap exists"):
        FileWriter(path, origin=ORIGIN)
    assert path.read_bytes() == before


def test_the_mcap_library_and_ros2_decoders_read_it(tmp_path: Path) -> None:
    decoder = pytest.importorskip(
        "mcap_ros2.decoder", reason="needs mcap-ros2-support: pip install mcap-ros2-support"
    )
    path = write(tmp_path / "a.mcap", map(slice_number, range(5)))
    with path.open("rb") as file:
        reader = make_reader(file, decoder_factories=[decoder.DecoderFactory()])
        assert reader.get_header().profile == "ros2"
        assert [attachment.name for attachment in reader.iter_attachments()] == ["profile.toml"]
        found = {}
        for _, channel, _, message in reader.iter_decoded_messages():
            found.setdefault(channel.topic, []).append(message)
    images = found["/camera/image_raw"]
    assert [bytes(image.data) for image in images] == [noise(n).tobytes() for n in range(5)]
    assert (images[0].encoding, images[0].width, images[0].height, images[0].step) == ("mono8", 16, 12, 16)
    assert images[0].header.stamp.nanosec == 123_456_789
    assert list(found["/camera/camera_info"][0].k) == list(LENS.k)
    assert found["/camera/slice_tag"][3].last_in_sweep is True


def test_rosbags_reads_it(tmp_path: Path) -> None:
    highlevel = pytest.importorskip("rosbags.highlevel", reason="needs rosbags: pip install rosbags")
    path = write(tmp_path / "a.mcap", map(slice_number, range(5)))
    with highlevel.AnyReader([path]) as reader:
        images = [
            reader.deserialize(raw, connection.msgtype)
            for connection, _, raw in reader.messages()
            if connection.topic == "/camera/image_raw"
        ]
    assert [image.data.tobytes() for image in images] == [noise(n).tobytes() for n in range(5)]


@pytest.mark.parametrize("shape", [(12, 16), (12, 16, 3)], ids=["grey", "colour"])
def test_rerun_shows_it_in_3d(tmp_path: Path, shape) -> None:
    """Rerun's own importer shows depth images with a pinhole, in frames that belong together.

    It takes every image of one channel for depth: the slices of a grey camera, and σ. See viewing.md.
    """
    pytest.importorskip("rerun", reason='needs rerun-sdk: pip install "focstream[view]"')
    from tests.rrd import columns_of

    update = make_update(scale=SCALE, intrinsics=LENS, all_in_focus=noise(9, shape)[:4, :6])
    with FileWriter(tmp_path / "a.mcap", origin=ORIGIN) as writer:
        for number in range(4):
            writer.write_slice(slice_number(number, image=noise(number, shape)))
        writer.write_update(update, maps=True)
    command = [sys.executable, "-m", "rerun", "mcap", "convert", "a.mcap", "-o", "a.rrd"]
    subprocess.run(command, check=True, capture_output=True, timeout=60, cwd=tmp_path)
    found = columns_of(tmp_path / "a.rrd")
    depth, camera = found["/depth/image"], found["/depth/camera_info"]
    values = np.frombuffer(bytes(depth["DepthImage:buffer"][0][0]), np.float32)
    np.testing.assert_array_equal(values.reshape(update.coordinate.shape), update.depth())
    matrix = np.reshape(camera["Pinhole:image_from_camera"][0][0], (3, 3)).T  # Rerun stores columns
    np.testing.assert_allclose(matrix, np.reshape(LENS.k, (3, 3)), rtol=1e-6)
    assert depth["CoordinateFrame:frame"] == camera["Pinhole:child_frame"]
    slices = found["/camera/image_raw"]["Image:buffer" if len(shape) == 3 else "DepthImage:buffer"]
    assert [bytes(each[0]) for each in slices] == [noise(n, shape).tobytes() for n in range(4)]
    assert len(found["/camera/slice_tag"]["focstream_msgs.msg.SliceTag:message"]) == 4
    in_focus = found["/depth/all_in_focus"]
    assert in_focus["Image:format"][0][0]["color_model"] == 4, "blue-green-red: a picture, and no depth"
    picture = np.frombuffer(bytes(in_focus["Image:buffer"][0][0]), np.uint8).reshape(4, 6, 3)
    expected = update.all_in_focus if len(shape) == 3 else np.repeat(update.all_in_focus[..., None], 3, 2)
    np.testing.assert_array_equal(picture, expected)
    is_depth = {name for name, columns in found.items() if any("DepthImage" in key for key in columns)}
    assert is_depth == {"/depth/image", "/depth/sigma"} | (
        set() if len(shape) == 3 else {"/camera/image_raw"}
    )


def _foreign(path: Path, *, version: str | None, definition: str, data: bytes) -> Path:
    """A file as another version might have written it: one slice, its tag by another definition."""
    focal_slice = slice_number(0)
    with path.open("wb") as file:
        writer = Writer(file)
        writer.start(profile="ros2")
        if version is not None:
            writer.add_metadata("focstream", {"format_version": version})
        for topic, text, message in (
            (
                schemas.SLICE_IMAGE,
                schemas.SLICE_IMAGE.definition,
                image_message(focal_slice.image, stamp_ns=1),
            ),
            (
                schemas.SLICE_CAMERA_INFO,
                schemas.SLICE_CAMERA_INFO.definition,
                camera_info_message((12, 16), intrinsics=None, stamp_ns=1),
            ),
            (schemas.SLICE_TAG, definition, data),
        ):
            schema = writer.register_schema(name=topic.schema, encoding="ros2msg", data=text.encode())
            channel = writer.register_channel(topic=topic.name, message_encoding="cdr", schema_id=schema)
            writer.add_message(channel_id=channel, log_time=1, publish_time=1, sequence=1, data=message)
        writer.finish()
    return path


OLD = "int64 exposure_mid_ns\nint64 sweep_id\nint32 slot\nfloat64 sweep_coordinate\nfloat32 forgotten\n"


def test_tags_of_older_and_later_definitions_are_read(tmp_path: Path) -> None:
    values = {"exposure_mid_ns": 5, "sweep_id": 1, "slot": 2, "sweep_coordinate": 0.5, "forgotten": 1.0}
    path = _foreign(tmp_path / "a.mcap", version="0", definition=OLD, data=layout_of(OLD).encode(values))
    (focal_slice,) = RecordingReader(path).slices()
    assert (focal_slice.tag.sweep_id, focal_slice.tag.slot, focal_slice.tag.focus_dpt) == (1, 2, None)
    assert focal_slice.scale is None


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("float64 sweep_id", math.inf, "sweep_id is inf"),
        ("float64 sweep_id", math.nan, "has no sweep_id"),
        ("string sweep_id", "one", "has no sweep_id"),
        ("int64[2] sweep_id", (1, 2), "has no sweep_id"),
        ("int64 other", 1, "has no sweep_id"),
    ],
)
def test_a_tag_that_makes_no_sense_is_one_clear_line(tmp_path: Path, field, value, message: str) -> None:
    definition = OLD.replace("int64 sweep_id", field)
    values = {"exposure_mid_ns": 5, "slot": 2, "sweep_coordinate": 0.5, "forgotten": 1.0}
    data = layout_of(definition).encode(values | {field.split()[1]: value})
    path = _foreign(tmp_path / "a.mcap", version="1", definition=definition, data=data)
    with pytest.raises(InputError, match=rf"a\.mcap holds a message that makes no sense .*{message}"):
        list(RecordingReader(path).slices())


@pytest.mark.parametrize("definition", ["", "wstring name\n", "int64", "a/B b\n==\nMSG: a/B\na/B b\n"])
def test_a_definition_that_makes_no_sense_is_one_clear_line(tmp_path: Path, definition: str) -> None:
    path = _foreign(tmp_path / "a.mcap", version="1", definition=definition, data=b"\0\1\0\0" + bytes(99))
    with pytest.raises(InputError, match=r"a\.mcap holds a message that makes no sense"):
        list(RecordingReader(path).slices())


@pytest.mark.parametrize("length", [2**40, 2**63, 2**64 - 1])
@pytest.mark.parametrize("place", ["record", "chunk"])
def test_a_length_that_no_file_has_is_damage(tmp_path: Path, length: int, place: str) -> None:
    path = write(tmp_path / "a.mcap", [slice_number(0)])
    whole = path.read_bytes()
    inner = bytes(32) + struct.pack("<Q", length)  # a chunk without compression
    record = struct.pack("<BQ", 6, length if place == "record" else len(inner)) + inner
    at = 8 + 9 + struct.unpack_from("<Q", whole, 9)[0]  # after the first record, the header
    (tmp_path / "b.mcap").write_bytes(whole[:at] + record + whole[at:])
    stream = RecordStream(tmp_path / "b.mcap")
    records = len(list(stream))
    if place == "record":  # where the next one begins is not known
        assert (records, stream.whole, stream.damaged_chunks) == (1, False, 0)
    else:
        assert (records, stream.whole, stream.damaged_chunks) == (len(list(RecordStream(path))), True, 1)


@pytest.mark.parametrize(("version", "message"), [("2", "later focstream"), ("two", "no recording")])
def test_files_that_cannot_be_understood(tmp_path: Path, version: str, message: str) -> None:
    data = tag_message(slice_number(0), slices_not_recorded=0)
    path = _foreign(tmp_path / "a.mcap", version=version, definition=schemas.SLICE_TAG.definition, data=data)
    with pytest.raises(InputError, match=message):
        RecordingReader(path)


def test_not_a_recording_at_all(tmp_path: Path) -> None:
    (tmp_path / "a.mcap").write_bytes(b"not a recording, but long enough")
    with pytest.raises(InputError, match="not an MCAP file"):
        RecordingReader(tmp_path / "a.mcap")
    with pytest.raises(InputError, match="cannot be read"):
        RecordingReader(tmp_path / "absent.mcap")


def test_the_height_of_a_microscope_comes_back(tmp_path: Path) -> None:
    scale = HeightScale(far_um=0.0, near_um=40.0, calibration_id="OME's PhysicalSizeZ")
    taken = slice_number(1)
    taken = dataclasses.replace(taken, scale=scale, tag=dataclasses.replace(taken.tag, focus_dpt=None))
    update = make_update(scale=scale)
    with FileWriter(tmp_path / "a.mcap", origin=ORIGIN) as writer:
        writer.write_slice(taken)
        writer.write_update(update, maps=True)
    reader = RecordingReader(tmp_path / "a.mcap")
    assert_same(next(reader.slices()), taken)
    (back,) = reader.maps()
    assert (back.unit, back.near_limit, back.far_limit) == ("um", 40.0, 0.0)
    np.testing.assert_array_equal(back.depth, update.depth())


def test_pixels_without_depth_come_back(tmp_path: Path) -> None:
    no_depth = np.zeros((12, 16), bool)
    no_depth[:3, 5:] = True
    taken = [dataclasses.replace(slice_number(number), no_depth=no_depth) for number in range(8)]
    for back in RecordingReader(write(tmp_path / "a.mcap", taken)).slices():
        assert back.no_depth is not None
        np.testing.assert_array_equal(back.no_depth, no_depth)
