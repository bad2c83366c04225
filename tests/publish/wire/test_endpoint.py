import os
import socket

import pytest

from focstream.types import InputError
from publish.wire.publisher import ZmqPublisher
from tests.publish.wire.sockets import a_config, publishing, reading


def a_file(path):
    path.write_text("the only copy")


def a_folder(path):
    path.mkdir()


def a_link(path):
    a_file(path.with_name("target"))
    path.symlink_to(path.with_name("target"))


def a_fifo(path):
    os.mkfifo(path)


@pytest.mark.parametrize("make", [a_file, a_folder, a_link, a_fifo])
def test_what_is_no_socket_is_not_replaced(tmp_path, make):
    path = tmp_path / "depth"
    make(path)
    before = path.lstat()
    with pytest.raises(InputError, match=rf"{path} is there, is no socket.*--publish\.depth") as caught:
        ZmqPublisher(a_config(depth=f"ipc://{path}"))
    assert "\n" not in str(caught.value)
    assert path.lstat() == before


def test_a_socket_that_was_left_behind_is_replaced(tmp_path):
    path = tmp_path / "depth"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    with publishing(a_config(depth=f"ipc://{path}")) as publisher, reading(publisher) as stream:
        assert stream.read().header.topic == "depth"


def test_a_socket_that_is_in_use_is_not_taken_over(tmp_path):
    config = a_config(depth=f"ipc://{tmp_path}/depth")
    with publishing(config) as publisher:
        with pytest.raises(InputError, match="in use, by another program"):
            ZmqPublisher(config)
        with reading(publisher) as stream:
            assert stream.read().header.topic == "depth"


def test_a_socket_of_another_kind_is_not_taken_over(tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
        other.bind(str(tmp_path / "depth"))
        inode = (tmp_path / "depth").stat().st_ino
        with pytest.raises(InputError, match="in use, by another program"):
            ZmqPublisher(a_config(depth=f"ipc://{tmp_path}/depth"))
        assert (tmp_path / "depth").stat().st_ino == inode


def test_a_path_that_cannot_be_bound(tmp_path):
    for path in (tmp_path / "nowhere" / "depth", tmp_path / ("x" * 200)):
        with pytest.raises(InputError, match="cannot publish depth"):
            ZmqPublisher(a_config(depth=f"ipc://{path}"))


def test_an_abstract_socket():
    with (
        publishing(a_config(depth=f"ipc://@focstream-{os.getpid()}")) as publisher,
        reading(publisher) as stream,
    ):
        assert stream.read().header.topic == "depth"
