"""The learning rate over a run."""

import math

from training.learning.settings import RunSettings

LOWEST = 0.01
"""Share of the learning rate that is left at the end."""


def learning_rate(step: int, settings: RunSettings, *, elapsed_s: float = 0.0) -> float:
    """Linear warm-up, a plateau that any number of resumed runs may extend, then a cosine to 1 %.

    Parameters
    ----------
    step
        Of the run, from 0.
    settings
        When the cosine begins and ends.
    elapsed_s
        Since this process started; counts only with `RunSettings.decay_minutes`.
    """
    left = _left_of_decay(step, settings, elapsed_s=elapsed_s)
    share = LOWEST + (1.0 - LOWEST) * 0.5 * (1.0 - math.cos(math.pi * left))
    warm = min((step + 1) / settings.warm_up, 1.0) if settings.warm_up else 1.0
    return settings.learning_rate * warm * share


def _left_of_decay(step: int, settings: RunSettings, *, elapsed_s: float) -> float:
    """1 before the cosine begins … 0 at its end."""
    left = 1.0
    decay_steps = settings.decay * settings.steps
    if decay_steps > 0:
        left = min(left, (settings.steps - step) / decay_steps)
    if settings.decay_minutes > 0:
        left = min(left, (settings.minutes - elapsed_s / 60.0) / settings.decay_minutes)
    return max(left, 0.0)
