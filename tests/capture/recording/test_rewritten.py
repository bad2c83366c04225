"""Recordings that the tools of others have rewritten: filtered, compressed, sorted, merged, converted."""

import logging
from pathlib import Path

import pytest
from mcap.writer import CompressionType, IndexType

from calibration.measure.profile_file import write_profile
from capture.commands.recover import recover
from capture.commands.summary import describe_recording
from capture.recording.file_writer import FileWriter
from capture.recording.origin import PROFILE_NAME, Origin, file_attachment
from capture.recording.reader import RecordingReader
from capture.recording.replay import Replay
from capture.rig_files import read_rig_files
from focstream.types import InputError
from tests.calibration.profiles import full_profile
from tests.capture.recording.recordings import assert_same, noise, slice_number, write
from tests.capture.recording.rewritten import Item, rewrite

SLICES = 8


def with_profile(tmp_path: Path, *, name: str = "a", first: int = 0, date: str | None = None) -> Path:
    profile = full_profile() if date is None else full_profile().model_copy(update={"date": date})
    write_profile(profile, tmp_path / f"{name}.toml")
    origin = Origin(
        device=f"camera {name}",
        attachments=(file_attachment(tmp_path / f"{name}.toml", name=PROFILE_NAME),),
    )
    with FileWriter(tmp_path / f"{name}.mcap", origin=origin) as writer:
        for number in range(first, first + SLICES):
            writer.write_slice(slice_number(number))
    return tmp_path / f"{name}.mcap"


def assert_slices(path: Path) -> RecordingReader:
    reader = RecordingReader(path)
    for number, focal_slice in enumerate(reader.slices()):
        assert_same(focal_slice, slice_number(number))
    assert number == SLICES - 1
    return reader


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"compression": CompressionType.LZ4},
        {"compression": CompressionType.NONE},
        {"chunks": False},
        {"index": IndexType.NONE},
        {"index": IndexType.MESSAGE | IndexType.CHUNK},
        {"index": IndexType.METADATA | IndexType.MESSAGE},
    ],
    ids=["zstd", "lz4", "none", "no chunks", "no index", "none of attachments", "metadata alone"],
)
def test_what_stands_behind_the_slices_counts_too(tmp_path: Path, how) -> None:
    """Tools put metadata and attachments at the end: the calibration profile among them."""
    reader = assert_slices(rewrite(with_profile(tmp_path), tmp_path / "b.mcap", **how))
    assert read_rig_files(recording=reader).profile == full_profile()
    assert reader.metadata["device"]["name"] == "camera a"
    assert reader.fault is None


def test_the_end_of_a_file_that_was_cut_short_is_looked_for_without_an_index(tmp_path: Path) -> None:
    path = rewrite(with_profile(tmp_path), tmp_path / "b.mcap")
    path.write_bytes(path.read_bytes()[:-30])
    reader = assert_slices(path)
    assert read_rig_files(recording=reader).profile == full_profile()
    assert reader.fault is not None
    assert "cut short" in reader.fault


def test_without_any_metadata_the_tags_are_enough(tmp_path: Path, caplog) -> None:
    path = rewrite(with_profile(tmp_path), tmp_path / "b.mcap", attachments=False, metadata=lambda _: False)
    reader = assert_slices(path)
    assert reader.metadata == {}
    assert "8 slices in 2 sweeps" in describe_recording(path)
    with caplog.at_level(logging.INFO), Replay(reader) as replay:
        assert replay.device == str(path)
        assert "has no metadata, because another tool rewrote it" in caplog.text


@pytest.mark.parametrize("sequence", [lambda message: 0, lambda message: message.log_time % 7919])
def test_numbers_that_a_tool_counts_anew_do_not_join_what_does_not_belong_together(
    tmp_path: Path, sequence
) -> None:
    """Conversions of bags number messages anew: their stamps say which belong together."""
    lost: set[int] = set()

    def keep(item: Item) -> bool:  # the tag of the third slice and the image of the fifth are lost
        _, channel, message = item
        number = message.log_time - slice_number(0).tag.exposure_mid_ns
        lacking = {"/camera/slice_tag": 20_000_000, "/camera/image_raw": 40_000_000}.get(channel.topic)
        lost.add(lacking or 0)
        return lacking != number

    path = rewrite(with_profile(tmp_path), tmp_path / "b.mcap", keep=keep, sequence=sequence)
    reader = RecordingReader(path)
    found = list(reader.slices())
    assert [item.tag.frame_id for item in found] == [0, 1, 3, 5, 6, 7]
    for item in found:
        assert_same(item, slice_number(item.tag.frame_id))
    assert reader.fault == "2 of the 8 slices that were recorded are not in it"


def test_rosbags_writes_it_anew(tmp_path: Path) -> None:
    """A bag converted by rosbags has neither metadata nor attachments, and other message numbers."""
    highlevel = pytest.importorskip("rosbags.highlevel", reason="needs rosbags: pip install rosbags")
    from rosbags.rosbag2 import StoragePlugin, Writer

    source = with_profile(tmp_path)
    with (
        highlevel.AnyReader([source]) as bag,
        Writer(tmp_path / "bag", version=9, storage_plugin=StoragePlugin.MCAP) as writer,
    ):
        made = {
            connection.topic: writer.add_connection(
                connection.topic, connection.msgtype, typestore=bag.typestore
            )
            for connection in bag.connections
        }
        for connection, stamp_ns, raw in bag.messages():
            writer.write(made[connection.topic], stamp_ns, raw)
    (path,) = (tmp_path / "bag").glob("*.mcap")
    reader = assert_slices(path)
    assert reader.fault is None


@pytest.mark.parametrize("metadata", [True, False])
def test_a_file_of_something_else_is_no_recording(tmp_path: Path, metadata: bool) -> None:
    source = with_profile(tmp_path)
    images_only = rewrite(
        source,
        tmp_path / "b.mcap",
        metadata=lambda _: metadata,
        keep=lambda item: item[1].topic == "/camera/image_raw",
    )
    if not metadata:
        with pytest.raises(InputError, match=r"b\.mcap is no recording of focal slices by focstream"):
            RecordingReader(images_only)
        return
    with (
        pytest.raises(InputError, match="holds no slices: it has no /camera/camera_info, /camera/slice_tag"),
        Replay(RecordingReader(images_only)) as replay,
    ):
        replay.read(1.0)


def test_recordings_one_after_the_other_in_one_file(tmp_path: Path, caplog) -> None:
    first, second = with_profile(tmp_path), with_profile(tmp_path, name="b", first=SLICES)
    path = rewrite(first, tmp_path / "c.mcap", second)
    reader = RecordingReader(path)
    assert [item.tag.frame_id for item in reader.slices()] == list(range(2 * SLICES))
    assert reader.fault is None
    assert read_rig_files(recording=reader).profile == full_profile()


def test_profiles_of_two_rigs_in_one_file_are_not_mixed_up(tmp_path: Path) -> None:
    first = with_profile(tmp_path)
    second = with_profile(tmp_path, name="b", first=SLICES, date="2031-01-01T00:00:00+00:00")
    reader = RecordingReader(rewrite(first, tmp_path / "c.mcap", second))
    with pytest.raises(InputError, match=r"c\.mcap holds 2 different calibration profiles.*one by one"):
        read_rig_files(recording=reader)
    assert read_rig_files(recording=reader, profile=tmp_path / "b.toml").profile is not None


def test_recordings_of_the_same_time_in_one_file_are_refused(tmp_path: Path) -> None:
    """Slices of two cameras would be taken for those of one sweep."""
    path = rewrite(with_profile(tmp_path), tmp_path / "c.mcap", with_profile(tmp_path, name="b"))
    with pytest.raises(InputError, match=r"c\.mcap has frame 0 of sweep 0 twice.*one by one"):
        list(RecordingReader(path).slices())


def test_damage_to_the_kind_of_a_chunk_is_counted(tmp_path: Path, caplog) -> None:
    """A reader passes over kinds of records that it does not know: a whole sweep would be missing unseen."""
    path = write(tmp_path / "a.mcap", map(slice_number, range(16)))
    content = bytearray(path.read_bytes())
    starts = [at for at in range(len(content) - 9) if content[at] == 6 and _is_chunk(content, at)]
    content[starts[2]] = 0x86  # from 0x80 on, kinds are free for anybody
    path.write_bytes(content)
    with Replay(RecordingReader(path)) as replay:
        for _ in range(12):
            assert replay.read(1.0) is not None
        with pytest.raises(EOFError):
            replay.read(1.0)
    assert "4 of the 16 slices that were recorded are not in it" in caplog.text
    assert "4 of the 16 slices" in describe_recording(path)
    assert "4 of the 16 slices that were recorded are not in it" in str(recover(path))


def _is_chunk(content: bytearray, at: int) -> bool:
    """Whether a chunk of our writer begins here, by the compression in its head, which is none."""
    length = int.from_bytes(content[at + 1 : at + 9], "little")
    return 200 < length < len(content) - at and content[at + 37 : at + 41] == bytes(4)


def test_an_index_without_channels_does_not_hide_what_the_live_depth_lacked(tmp_path: Path) -> None:
    """Writers may leave channels out of the index; their messages are counted there all the same."""
    with FileWriter(tmp_path / "a.mcap", origin=Origin(device="test")) as writer:
        for number in range(8):
            writer.write_slice(slice_number(number))
        writer.write_not_used(slice_number(2).tag)
    path = rewrite(
        tmp_path / "a.mcap", tmp_path / "b.mcap", metadata=lambda _: False, channels_in_index=False
    )
    reader = assert_slices(path)
    assert reader.not_used() == {(0, 2)}
    assert reader.fault is None


def test_a_part_of_a_recording_says_so(tmp_path: Path) -> None:
    limit_ns = slice_number(4).tag.exposure_mid_ns
    path = rewrite(with_profile(tmp_path), tmp_path / "b.mcap", keep=lambda item: item[2].log_time < limit_ns)
    reader = RecordingReader(path)
    assert len(list(reader.slices(from_sweep=0))) == 4
    assert reader.fault == "4 of the 8 slices that were recorded are not in it"


def test_damage_in_a_chunk_of_any_compression_is_passed_over(tmp_path: Path) -> None:
    path = rewrite(with_profile(tmp_path), tmp_path / "b.mcap", compression=CompressionType.ZSTD)
    content = bytearray(path.read_bytes())
    at = content.index(b"\x28\xb5\x2f\xfd", len(content) // 3)  # how a frame of zstd begins
    content[at] ^= 0xFF
    path.write_bytes(content)
    reader = RecordingReader(path)
    assert len(list(reader.slices())) < SLICES
    assert reader.fault is not None
    assert reader.fault.startswith("1 damaged chunks were passed over; ")


def test_the_last_metadata_of_a_name_counts(tmp_path: Path) -> None:
    """The device names itself anew once it is open."""
    path = tmp_path / "a.mcap"
    with FileWriter(path, origin=Origin(device="sim")) as writer:
        writer.write_device("sim 1234")
        writer.write_slice(slice_number(0, image=noise(0)))
    assert RecordingReader(path).metadata["device"]["name"] == "sim 1234"
    assert RecordingReader(rewrite(path, tmp_path / "b.mcap")).metadata["device"]["name"] == "sim 1234"
