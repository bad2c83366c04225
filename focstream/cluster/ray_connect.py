"""Joins a Ray cluster, or starts a local one."""

import logging
import os
import socket
import sys
from dataclasses import dataclass

CONNECT_S = 12.0
"""How long a cluster may take to answer; Ray itself tries a wrong address for more than five minutes."""
CLIENT = "ray://"
CLIENT_S = 60.0
"""What a client may take besides: the cluster starts a process for it."""
START_S = 180.0
"""How long a local Ray may take to start on a loaded computer."""
_LOOK_UP_S = 5.0
_STORE_BYTES = 100 * 2**20  # results are small; Ray wants at least 75 MiB


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Where ranges are played.

    Attributes
    ----------
    address
        As of ``ray.init``: "auto", "HOST:6379" or "ray://HOST:10001"; empty for a Ray of our own on this
        computer.
    workers
        How many; 0 = as many as the cluster holds when it is joined.
    threads
        Processor cores of each.
    gpus
        GPUs of each.
    folder
        Where a Ray of our own keeps its sockets and logs; short, for a socket's name has at most 107 letters.
    """

    address: str = ""
    workers: int = 0
    threads: int = 1
    gpus: float = 0.0
    folder: str = ""


def connect(cluster: Cluster) -> int:
    """Join or start it; return the number of workers that it is to have.

    Raises
    ------
    OSError, RuntimeError, ValueError
        When that cannot be done; the message says why.
    """
    if ":" in cluster.address:
        _look_up(cluster.address.removeprefix(CLIENT))
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    import ray

    if cluster.address:
        ray.init(address=cluster.address, log_to_driver=False, logging_level=logging.ERROR)
    else:
        os.environ.setdefault("RAY_worker_niceness", "0")  # Ray's is 15: others would come first
        ray.init(
            address="local",
            num_cpus=cluster.workers * cluster.threads,
            include_dashboard=False,
            object_store_memory=_STORE_BYTES,
            log_to_driver=False,
            logging_level=logging.ERROR,
            _temp_dir=cluster.folder or None,
        )
    return cluster.workers or max(1, sum(_held(cluster, node) for node in _alive()))


def patience_s(address: str) -> float:
    """Return how long to wait for the cluster at an address, or for a Ray of our own."""
    if not address:
        return START_S
    return CONNECT_S + CLIENT_S * address.startswith(CLIENT)


def lacking(cluster: Cluster) -> str:
    """Say why no node can hold a worker; empty when one can."""
    if any(_held(cluster, node) for node in _alive()):
        return ""
    gpus = f" and {cluster.gpus:g} GPUs" if cluster.gpus else ""
    return f"no node has the {cluster.threads} processor cores{gpus} that a worker asks for"


def paths_of_modules() -> tuple[str, ...]:
    """Return where Python looks for modules; an empty one means the current folder."""
    return tuple(os.path.abspath(path) for path in sys.path)  # noqa: PTH100  # "" too


def _alive() -> list[dict[str, float]]:
    import ray

    nodes = ray.nodes()  # type: ignore[no-untyped-call]
    return [node["Resources"] for node in nodes if node["Alive"]]


def _held(cluster: Cluster, resources: dict[str, float]) -> int:
    by_cpu = int(resources.get("CPU", 0.0) // cluster.threads)
    return min(by_cpu, int(resources.get("GPU", 0.0) // cluster.gpus)) if cluster.gpus else by_cpu


def _look_up(address: str) -> None:
    host, _, port = address.rpartition(":")
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError(f"{port!r} is no port")
    socket.create_connection((host.strip("[]"), int(port)), timeout=_LOOK_UP_S).close()
