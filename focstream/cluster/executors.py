"""Which workers play an archive."""

import importlib.util
import logging

from focstream.cluster.local_executor import LocalExecutor
from focstream.cluster.settings import ClusterConfig
from focstream.cluster.work import Executor, MakePlayer
from focstream.errors import InputError
from focstream.program.extras import install_hint

_log = logging.getLogger(__name__)

_OF_RAY = ("gpus_per_worker", "retries", "range_timeout_s")
"""What plain processes cannot do."""


def executor_of(make: MakePlayer, config: ClusterConfig, *, workers: int | None, threads: int) -> Executor:
    """Make what plays ranges, not yet entered.

    Parameters
    ----------
    make
        Makes the player of a worker.
    config
        Where the workers are.
    workers
        How many; None for one here, and for as many as a cluster holds.
    threads
        Of each.

    Raises
    ------
    InputError
        When something is asked for that the workers cannot do.
    """
    if config.is_asked_for or _is_on_ray(config, workers):
        from focstream.cluster.ray_executor import RayExecutor

        return RayExecutor(
            make,
            address=config.address if isinstance(config.address, str) else None,
            workers=workers,
            threads=threads,
            gpus_per_worker=config.gpus_per_worker,
            retries=config.retries,
            range_timeout_s=config.range_timeout_s,
        )
    _refuse_what_is_of_ray(config)
    return LocalExecutor(make, workers=workers or 1)


def _refuse_what_is_of_ray(config: ClusterConfig) -> None:
    asked = [name for name in _OF_RAY if getattr(config, name) != ClusterConfig.model_fields[name].default]
    if asked:
        flags = " and ".join(f"--cluster.{name.replace('_', '-')}" for name in asked)
        raise InputError(
            f"{flags}: only Ray does that, and here plain processes play; add --cluster.local ray, or leave "
            f"{'it' if len(asked) == 1 else 'them'} out"
        )


def _is_on_ray(config: ClusterConfig, workers: int | None) -> bool:
    """Whether the workers of this computer are Ray's; one worker needs none."""
    if config.local == "ray":
        return True
    if config.local == "processes" or (workers or 1) == 1:
        return False
    if importlib.util.find_spec("ray") is not None:
        return True
    _log.info("plain processes play the recordings; Ray tries lost ones again: %s", install_hint("cluster"))
    return False
