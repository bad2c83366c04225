"""What all tests share."""

from hypothesis import HealthCheck, settings

# Tests never judge time: machines are shared and noisy.
settings.register_profile("focstream", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("focstream")
