"""The examples, run as a user would, each where its toolchain is there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.publish.wire.relay import Relay
from tests.publish.wire.sockets import publishing

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
LINE = re.compile(r"sweep 3: \d\.\d+ m, \d+ ms old")


def prints_three_maps(command):
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with publishing() as publisher:
        ended = subprocess.run(
            [*command, publisher.endpoints["depth"], "3"],
            capture_output=True,
            text=True,
            timeout=60,
            env=environment,
            check=False,
        )
    assert ended.returncode == 0, ended.stderr
    lines = ended.stdout.splitlines()
    assert len(lines) == 3
    assert all(LINE.fullmatch(line) for line in lines), lines


def survives_a_silent_network(command):
    """The network goes silent in the middle, and connections made later work again."""
    with publishing() as publisher, Relay(publisher.endpoints["depth"]) as relay:
        reader = subprocess.Popen(
            [*command, relay.endpoint, "300"],
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        with reader:
            assert LINE.fullmatch(reader.stdout.readline().strip())
            relay.silence()
            rest, _ = reader.communicate(timeout=60)
        assert (reader.returncode, len(rest.splitlines()), relay.accepted) == (0, 299, 2)


@pytest.mark.parametrize("name", ["subscribe.py", "subscribe_stream.py"])
def test_python(name):
    prints_three_maps([sys.executable, str(EXAMPLES / name)])


@pytest.mark.slow
def test_python_after_a_silent_network():
    survives_a_silent_network([sys.executable, str(EXAMPLES / "subscribe.py")])


@pytest.mark.slow
@pytest.mark.parametrize("name", ["subscribe.py", "subscribe_stream.py"])
def test_python_without_a_publisher_is_one_sentence(name):
    command = [sys.executable, str(EXAMPLES / name), "tcp://127.0.0.1:9"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment, check=False)
    assert (ended.returncode, ended.stdout, len(ended.stderr.splitlines())) == (1, "", 1), ended.stderr
    assert "tcp://127.0.0.1:9" in ended.stderr


def missing_for_cpp():
    if shutil.which("g++") is None:
        return "needs g++: apt-get install g++"
    for header in ("zmq.hpp", "nlohmann/json.hpp"):
        found = subprocess.run(
            ["g++", "-E", "-x", "c++", "-"],
            input=f"#include <{header}>",
            capture_output=True,
            text=True,
            check=False,
        )
        if found.returncode:
            return f"needs {header}: apt-get install cppzmq-dev nlohmann-json3-dev"
    return None


@pytest.mark.slow
def test_cpp(tmp_path):
    if reason := missing_for_cpp():
        pytest.skip(reason)
    source = EXAMPLES / "subscribe.cpp"
    (line,) = re.findall(r"^//   (g\+\+ .*)$", source.read_text(), re.MULTILINE)
    subprocess.run(
        [word.replace("subscribe.cpp", str(source)) for word in line.split()],
        cwd=tmp_path,
        check=True,
        timeout=100,
    )
    prints_three_maps([str(tmp_path / "subscribe")])
    survives_a_silent_network([str(tmp_path / "subscribe")])


@pytest.mark.slow
def test_javascript():
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs Node.js: apt-get install nodejs npm")
    if not (EXAMPLES / "node_modules" / "zeromq").is_dir():
        pytest.skip("needs zeromq for Node.js: npm install in examples/")
    prints_three_maps([node, str(EXAMPLES / "subscribe.mjs")])
    survives_a_silent_network([node, str(EXAMPLES / "subscribe.mjs")])
