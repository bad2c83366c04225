"""What a long run calls lost, and what it calls reported."""

from benchmarks.recording import make_slices
from benchmarks.soak.losses import Recorded, find_losses, read_recordings
from benchmarks.soak.reader import ReadMap, read_maps
from capture.recording.file_writer import FileWriter
from capture.recording.origin import Origin

COUNTERS = {
    "focstream_slices_lost.camera_gap": 2.0,
    "focstream_slices_lost.queue_full": 3.0,
    "focstream_slices_not_recorded": 4.0,
    "focstream_maps": 10.0,
}


def a_map(seq, *, incomplete=False, broken=False):
    return ReadMap(
        at_s=float(seq),
        seq=seq,
        age_ms=1.0,
        dropped=0,
        incomplete=incomplete,
        broken=broken,
        reconnects=1,
    )


def silent(recorded, maps, *, cameras_lost=1):
    losses = find_losses(recorded, maps, COUNTERS, cameras_lost=cameras_lost)
    return [loss.what for loss in losses if loss.silent]


def recorded(**changes):
    return Recorded(**({"slices": 9, "missing": 2, "not_used": 3, "not_recorded": 4, "faults": ()} | changes))


def test_what_is_counted_is_not_lost_in_silence():
    maps = [a_map(seq) for seq in (0, 1, 4, 5, 6, 7, 8, 9)]
    assert silent(recorded(), maps) == []


def test_every_kind_of_silent_loss_is_seen():
    maps = [a_map(0), a_map(1, incomplete=True)]
    assert silent(recorded(missing=3, not_used=2, not_recorded=3), maps, cameras_lost=2) == [
        "cameras",
        "images the camera lost",
        "slices left out of the depth, because the queue was full",
        "slices missing in the recording, because the disk was slow",
        "sweeps that lack slices",
        "maps the reader did not get, while it or its network was slow",
    ]


def test_missing_frame_ids_are_found_across_files(tmp_path):
    slices = list(make_slices(20, width_px=16, height_px=16))
    paths = [tmp_path / "a.mcap", tmp_path / "b.mcap"]
    for path, part in zip(paths, (slices[:5], slices[8:]), strict=True):
        with FileWriter(path, origin=Origin(device="test")) as writer:
            for focal_slice in part:
                writer.write_slice(focal_slice)
    found = read_recordings(paths)
    assert (found.slices, found.missing, found.faults) == (17, 3, ())


def test_a_line_that_is_still_being_written_is_left_out(tmp_path):
    (tmp_path / "maps.txt").write_text("1.000 7 12.50 3 1 1 2\n2.000 8 12.")
    (read,) = read_maps(tmp_path / "maps.txt")
    assert (read.seq, read.age_ms, read.dropped, read.incomplete, read.reconnects) == (7, 12.5, 3, True, 2)
