import contextlib
import json

from hypothesis import given
from hypothesis import strategies as st

from focstream.types import MessageError
from publish.wire.frame import unpack
from tests.publish.wire.test_frame import GOLDEN_JSON, GOOD, message_with

HEAD_BYTES = GOOD.index(b"\n") + 1
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


def unpacks_or_refuses(message):
    with contextlib.suppress(MessageError):
        got = unpack(message)
        assert got.values.nbytes == len(message) - message.index(b"\n") - 1


@given(st.binary(max_size=600))
def test_random_bytes(message):
    unpacks_or_refuses(message)


@given(st.sampled_from([b"depth ", b"sigma ", b"aif "]), st.binary(max_size=600))
def test_random_bytes_behind_a_topic(topic, rest):
    unpacks_or_refuses(topic + rest)


@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_mutated_bytes(changes):
    message = bytearray(GOOD)
    for at, value in changes:
        message[at] = value
    unpacks_or_refuses(bytes(message))


@given(st.integers(0, HEAD_BYTES), st.integers(0, HEAD_BYTES), st.binary(max_size=30))
def test_spliced_bytes(start, stop, patch):
    unpacks_or_refuses(GOOD[:start] + patch + GOOD[stop:])


@given(st.data())
def test_any_json_value_in_any_field(data):
    fields = json.loads(GOLDEN_JSON)
    name = data.draw(st.sampled_from(sorted(fields)))
    fields[name] = data.draw(json_values)
    unpacks_or_refuses(message_with(json.dumps(fields).encode()))
