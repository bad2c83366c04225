import json

import numpy as np
import pytest
from hypothesis import given

from focstream.errors import NotMetricError
from focstream.types import MessageError
from publish.wire.frame import pack, unpack
from tests.publish.wire.headers import FIELDS, a_header, maps

PIXELS = np.arange(6, dtype="<f4").reshape(2, 3)
BODY = PIXELS.tobytes()
GOOD = pack(a_header(), PIXELS)

GOLDEN_JSON = (
    b'{"v":1,"topic":"depth","run_id":"0123456789abcdef","seq":7,"sweep":3,"slice":9,"stamp_ns":1700000000000000000,"clock":"host",'
    b'"sent_ns":1700000000001000000,"dtype":"<f4","shape":[2,3],"encoding":"32FC1","unit":"m",'
    b'"invalid":"nan","K":[0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0],"D":[],"distortion_model":"",'
    b'"frame_id":"focstream_optical","depth_range":[0.25,null],"dropped":0,"model":"m","engine":"e",'
    b'"calibration_id":"","slices_seen":10,"slots":null,"final":false,"calibrated":"approximate",'
    b'"broken":false,"reconnects":0,"slots_taken":null,"ended":null}'
)


def message_with(json_text, body=BODY):
    """A message with any header, padded as it should be."""
    head = b"depth " + json_text
    return head + b" " * (-(len(head) + 1) % 64) + b"\n" + body


def message_changed(**changes):
    return message_with(json.dumps(FIELDS | changes).encode())


def test_golden_message():
    head = b"depth " + GOLDEN_JSON
    pixels = bytes.fromhex("000000000000803f0000004000004040000080400000a040")
    assert head.ljust(575) + b"\n" + pixels == GOOD


@given(maps())
def test_round_trip(made):
    header, pixels = made
    got = unpack(pack(header, pixels))
    assert got.header == header
    assert got.values.dtype == pixels.dtype
    assert got.values.tobytes() == pixels.tobytes()
    assert got.values.shape == pixels.shape


@given(maps())
def test_pixels_start_at_a_multiple_of_64_and_the_header_is_ascii(made):
    header, pixels = made
    message = pack(header, pixels)
    cut = message.index(b"\n")
    assert (cut + 1) % 64 == 0
    assert len(message) == cut + 1 + pixels.nbytes
    assert message[:cut].isascii()
    assert json.loads(message[len(header.topic) + 1 : cut])["topic"] == header.topic


def test_values_are_read_only_and_viewed_in_place():
    values = unpack(GOOD).values
    assert not values.flags.writeable
    assert not values.flags.owndata


def test_strided_pixels_are_packed_row_by_row():
    wide = np.arange(12, dtype="<f4").reshape(2, 6)
    assert np.array_equal(unpack(pack(a_header(), wide[:, ::2])).values, wide[:, ::2])


@pytest.mark.parametrize("pixels", [PIXELS.T, PIXELS.astype("<f8"), PIXELS.astype(">f4")])
def test_packing_what_the_header_does_not_say(pixels):
    with pytest.raises(ValueError, match="the header says"):
        pack(a_header(), pixels)


def test_unknown_fields_are_ignored():
    assert unpack(message_changed(news=[1, {"a": 2}])).header == a_header()


@pytest.mark.parametrize("cut", [0, 1, 5, 6, 64, 575, 576, len(GOOD) - 1])
def test_truncated(cut):
    with pytest.raises(MessageError):
        unpack(GOOD[:cut])


@pytest.mark.parametrize("body", [b"", PIXELS.tobytes()[:-1], PIXELS.tobytes() + b"\0"])
def test_byte_count_must_match_exactly(body):
    with pytest.raises(MessageError, match="needs 24 bytes"):
        unpack(message_with(GOLDEN_JSON, body))


@pytest.mark.parametrize(
    "changes",
    [
        {"v": 2},
        {"v": True},
        {"topic": "sigma"},
        {"seq": -1},
        {"seq": 1.0},
        {"seq": "1"},
        {"seq": True},
        {"seq": 2**63},
        {"stamp_ns": None},
        {"dtype": "<f8"},
        {"dtype": ">f4"},
        {"dtype": "|O"},
        {"dtype": "<u2"},
        {"encoding": "16UC1"},
        {"encoding": "mono8"},
        {"unit": "mm"},
        {"unit": ""},
        {"invalid": 0},
        {"invalid": None},
        {"invalid": False},
        {"shape": [6]},
        {"shape": [2, 3, 1]},
        {"shape": [2, 3, 3]},
        {"shape": [2, 3, 3.0]},
        {"shape": [True, 6]},
        {"shape": [0, 3]},
        {"shape": [-2, -3]},
        {"shape": [2.0, 3]},
        {"shape": [16_385, 1]},
        {"shape": [2**62, 2**62]},
        {"shape": [16_384, 16_384]},
        {"shape": "23"},
        {"K": [0.0] * 8},
        {"K": [0.0] * 10_000},
        {"D": [0.0] * 17},
        {"D": None},
        {"depth_range": [1.0]},
        {"depth_range": [None, 1.0]},
        {"model": "x" * 257},
        {"model": None},
        {"frame_id": 5},
        {"final": 1},
        {"calibrated": "yes"},
        {"clock": "moon"},
    ],
    ids=str,
)
def test_wrong_fields(changes):
    with pytest.raises(MessageError):
        unpack(message_changed(**changes))


@pytest.mark.parametrize("field", sorted(FIELDS.keys() - {"run_id"}))
def test_missing_fields(field):
    fields = {name: value for name, value in FIELDS.items() if name != field}
    with pytest.raises(MessageError, match=field):
        unpack(message_with(json.dumps(fields).encode()))


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"null",
        b"1",
        b"{",
        b"\xff\xfe",
        b"{}" * 2,
        GOLDEN_JSON.replace(b"0.25", b"NaN"),
        GOLDEN_JSON.replace(b"0.25", b"Infinity"),
        GOLDEN_JSON.replace(b"0.25", b"1e999"),
        GOLDEN_JSON.replace(b'"v":1', b'"v":1,"v":1'),
        GOLDEN_JSON.replace(b'"v":1', b'"v":1,"more":NaN'),
        GOLDEN_JSON.replace(b'"v":1', b'"v":1,"more":' + b"9" * 5000),
        GOLDEN_JSON.replace(b'"v":1', b'"v":1,"more":' + b"[" * 3000 + b"]" * 3000),
        GOLDEN_JSON.replace(b'"m"', b'"\\ud800"', 1),
        GOLDEN_JSON.replace(b'"m"', '"é"'.encode(), 1),
        b"[" * 8000,
        b'{"a":' * 1500,
    ],
    ids=lambda text: repr(text[:40]),
)
def test_hostile_headers(text):
    with pytest.raises(MessageError):
        unpack(message_with(text))


def test_the_header_must_end_soon():
    with pytest.raises(MessageError, match="no header ends"):
        unpack(b"depth " + b" " * 10_000 + b"\n")


def test_the_pixels_must_start_at_a_multiple_of_64():
    with pytest.raises(MessageError, match="multiple of 64"):
        unpack(b"depth " + GOLDEN_JSON + b"\n" + PIXELS.tobytes())


@pytest.mark.parametrize("message", [b"hello", b"depth", b"depths {}", b"DEPTH {}", b" {}", b"\0" * 99])
def test_other_topics(message):
    with pytest.raises(MessageError):
        unpack(message)


def test_another_stream_than_expected():
    with pytest.raises(MessageError, match="expected topic sigma, got depth"):
        unpack(GOOD, topic="sigma")


def test_metres_of_both_encodings():
    metres = np.array([[0.5, np.nan, np.inf]], dtype="<f4")
    got = unpack(pack(a_header(shape=(1, 3)), metres)).metres()
    assert np.array_equal(got, metres, equal_nan=True)
    millimetres = np.array([[500, 0, 65_535]], dtype="<u2")
    header = a_header(shape=(1, 3), dtype="<u2", encoding="16UC1", unit="mm", invalid=0)
    got = unpack(pack(header, millimetres)).metres()
    assert got.dtype == np.float32
    assert np.array_equal(got, metres, equal_nan=True)


def test_a_sweep_coordinate_is_not_metres():
    with pytest.raises(NotMetricError, match="calibrate"):
        unpack(pack(a_header(unit="1"), PIXELS)).metres()
