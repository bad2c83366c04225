"""An archive of recordings on a Ray cluster, as users run it."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.capture.recording.recordings import noise, slice_number, write
from tests.children import ROOT

pytest.importorskip("ray", reason="needs Ray: pip install -e '.[cluster]'")
parquet = pytest.importorskip("pyarrow.parquet", reason="needs pyarrow: pip install -e '.[cluster]'")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

RECORDINGS, SWEEPS, SLOTS = 6, 40, 4
DEPTH = [
    "recording",
    "number",
    "sweep",
    "slices",
    "broken",
    "digest",
    "median_sigma",
    "depth_share",
    "unit",
    "error",
]
"""Columns that do not depend on where and when a sweep was played."""


def command(folder: Path, table: Path, *words: object) -> list[str]:
    common = ("--model", "sharpness", "--publish.no-enabled", "--threads", 1, "--table", table)
    return [
        sys.executable,
        str(ROOT / "run_pipeline.py"),
        "--replay",
        str(folder),
        *map(str, (*common, *words)),
    ]


def rows(table: Path) -> list[dict[str, Any]]:
    found = parquet.read_table(table, columns=DEPTH).to_pylist()
    return sorted(found, key=lambda row: (row["recording"], row["number"]))


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("archive")
    for number in range(RECORDINGS):
        slices = (slice_number(n, image=noise(1000 * number + n, (96, 128))) for n in range(SLOTS * SWEEPS))
        write(folder / f"{number}.mcap", slices)
    return folder


@pytest.fixture
def cluster() -> Iterator[Any]:
    """Two nodes with a processor core each."""
    from ray.cluster_utils import Cluster

    node = {"num_cpus": 1, "object_store_memory": 100 * 2**20, "include_dashboard": False}
    two = Cluster(initialize_head=True, head_node_args=node)
    two.add_node(**node)
    yield two
    two.shutdown()


def test_a_lost_node_changes_nothing_in_the_table(archive: Path, tmp_path: Path, cluster) -> None:
    alone = command(archive, tmp_path / "alone.parquet", "--workers", 1)
    assert subprocess.run(alone, timeout=300, check=False).returncode == 0
    shared = command(archive, tmp_path / "shared.parquet", "--cluster", cluster.address)
    with subprocess.Popen(shared, stderr=subprocess.PIPE, text=True) as program:
        said = []
        for line in program.stderr:
            said.append(line)
            if ".mcap: " in line and cluster.worker_nodes:  # the first recording is done
                cluster.remove_node(next(iter(cluster.worker_nodes)), allow_graceful=False)
    assert program.returncode == 0, said
    assert not cluster.worker_nodes
    assert any("the worker was lost" in line for line in said), said
    found = rows(tmp_path / "shared.parquet")
    assert found == rows(tmp_path / "alone.parquet")
    assert len(found) == RECORDINGS * SWEEPS
    assert len({row["digest"] for row in found}) == RECORDINGS * SWEEPS


def test_no_such_cluster_is_one_line(archive: Path, tmp_path: Path) -> None:
    address = "127.0.0.1:1"
    words = command(archive, tmp_path / "table.parquet", "--cluster", address)
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
    assert f"--cluster {address}: " in done.stderr
