import stat

import pytest

from focstream.types import InputError
from publish.__main__ import main
from publish.wire.curve import CurveClient, make_keys
from publish.wire.depth_stream import DepthStream
from publish.wire.errors import StreamTimeoutError
from publish.wire.publisher import ZmqPublisher
from tests.publish.wire.sockets import PATIENCE_S, a_config, publishing


@pytest.fixture
def keys(tmp_path):
    make_keys(tmp_path / "keys", clients=("alice",))
    return tmp_path / "keys"


def config_of(keys, *, clients=True):
    return a_config(
        curve_secret_file=keys / "server.key_secret", curve_clients_dir=keys / "clients" if clients else None
    )


def client_of(keys, name="alice"):
    return CurveClient(server_key_file=keys / "server.key", secret_file=keys / f"{name}.key_secret")


def receives(publisher, curve, *, patience_s):
    with DepthStream(publisher.endpoints["depth"], curve=curve, timeout_s=patience_s) as stream:
        return stream.read().header.topic == "depth"


def test_a_known_client_is_let_in_and_others_are_not(keys, tmp_path):
    stranger = tmp_path / "stranger"
    make_keys(stranger, clients=("mallory",))
    mallory = CurveClient(server_key_file=keys / "server.key", secret_file=stranger / "mallory.key_secret")
    with publishing(config_of(keys)) as publisher:
        assert receives(publisher, client_of(keys), patience_s=PATIENCE_S)
        for curve in (mallory, CurveClient(server_key_file=keys / "server.key")):
            with pytest.raises(StreamTimeoutError, match="does not let this reader's key in"):
                receives(publisher, curve, patience_s=2.0)
        with pytest.raises(StreamTimeoutError, match="asks for keys"):
            receives(publisher, None, patience_s=2.0)


def test_without_a_clients_folder_any_curve_client_is_let_in(keys):
    with publishing(config_of(keys, clients=False)) as publisher:
        anybody = CurveClient(server_key_file=keys / "server.key")
        assert receives(publisher, anybody, patience_s=PATIENCE_S)
        with pytest.raises(StreamTimeoutError, match="asks for keys"):
            receives(publisher, None, patience_s=2.0)


def test_a_false_publisher_is_not_believed(keys, tmp_path):
    make_keys(tmp_path / "false")
    false = config_of(tmp_path / "false", clients=False)
    with publishing(false) as publisher, pytest.raises(StreamTimeoutError):
        receives(publisher, client_of(keys), patience_s=0.5)


def test_curve_allows_other_machines(keys):
    config = config_of(keys).model_copy(update={"depth": "tcp://0.0.0.0:*"})
    ZmqPublisher(config).close()


def test_two_publishers_with_curve_in_one_process(keys):
    with ZmqPublisher(config_of(keys)), ZmqPublisher(config_of(keys)):
        pass


@pytest.mark.parametrize("content", ["", "curve\n  public-key = 'x'\n", "public-key='x'\nsecret-key='y'\n"])
def test_bad_key_files(tmp_path, content):
    path = tmp_path / "bad.key_secret"
    path.write_text(content)
    with pytest.raises(InputError, match="python -m publish keys"):
        ZmqPublisher(a_config(curve_secret_file=path))
    with pytest.raises(InputError, match="python -m publish keys"):
        DepthStream("tcp://127.0.0.1:1", curve=CurveClient(server_key_file=path))


def test_a_missing_key_file(tmp_path):
    with pytest.raises(InputError, match="nowhere"):
        ZmqPublisher(a_config(curve_secret_file=tmp_path / "nowhere"))


def test_a_folder_without_clients(keys, tmp_path):
    for folder in (tmp_path, tmp_path / "nowhere"):
        config = config_of(keys).model_copy(update={"curve_clients_dir": folder})
        with pytest.raises(InputError, match=str(folder)):
            ZmqPublisher(config)


def test_keys_command(tmp_path, capsys):
    assert main(["keys", "--out", str(tmp_path), "--clients", "robot", "laptop"]) == 0
    assert "--publish.curve-secret-file" in capsys.readouterr().out
    names = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.key*")}
    assert names == {
        "server.key",
        "server.key_secret",
        "robot.key_secret",
        "laptop.key_secret",
        "clients/robot.key",
        "clients/laptop.key",
    }
    for secret in tmp_path.glob("*.key_secret"):
        assert stat.S_IMODE(secret.stat().st_mode) & 0o077 == 0


def test_keys_are_never_replaced(tmp_path, caplog):
    make_keys(tmp_path)
    before = (tmp_path / "client.key_secret").read_bytes()
    assert main(["keys", "--out", str(tmp_path)]) == 2
    assert "already there" in caplog.text
    assert (tmp_path / "client.key_secret").read_bytes() == before


def test_a_client_is_added_later(tmp_path):
    make_keys(tmp_path)
    server = (tmp_path / "server.key_secret").read_bytes()
    make_keys(tmp_path, clients=("second",))
    assert (tmp_path / "server.key_secret").read_bytes() == server
    assert (tmp_path / "clients" / "second.key").exists()


@pytest.mark.parametrize("name", ["../up", "a/b", "", "."])
def test_names_of_keys_stay_in_the_folder(tmp_path, name):
    with pytest.raises(InputError, match="name"):
        make_keys(tmp_path, clients=(name,))


def test_keys_into_a_file(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot write keys"):
        make_keys(tmp_path / "file")
