"""Exporting takes a while: one tiny network is exported once for all tests."""

from pathlib import Path

import pytest

from engines.graphs.folder import Graphs, read_graphs
from tests.engines.graphs.exported import export_tiny, save_tiny


@pytest.fixture(scope="session")
def tiny_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny(tmp_path_factory.mktemp("weights"))


@pytest.fixture(scope="session")
def tiny_graphs(tmp_path_factory: pytest.TempPathFactory, tiny_weights: Path) -> Graphs:
    folder = tmp_path_factory.mktemp("graphs")
    export_tiny(folder, tiny_weights)
    return read_graphs(folder)


@pytest.fixture
def compiled_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own, in place of the user's."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "focstream"
