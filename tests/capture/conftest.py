import pytest

from tests.capture.built import built
from tests.capture.genicam.focussim import Bench


@pytest.fixture
def focussim():
    """The simulated GenTL producer."""
    pytest.importorskip("harvesters.core", reason="needs harvesters: pip install harvesters")
    return built("producer", variable="PRODUCER", name="focussim.cti")


@pytest.fixture
def bench(tmp_path, monkeypatch):
    """Control of the simulated camera."""
    control = Bench(tmp_path)
    monkeypatch.setenv("FOCUSSIM_FILE", str(control.path))
    monkeypatch.delenv("GENICAM_GENTL64_PATH", raising=False)
    return control
