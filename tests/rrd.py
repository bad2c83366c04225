"""What is in Rerun's files, by its own library."""

from collections import defaultdict
from pathlib import Path

import pytest

pytest.importorskip("rerun", reason='needs rerun-sdk: pip install "focstream[view]"')
from rerun.chunk import RrdReader


def columns_of(path: Path) -> dict[str, dict[str, list[object]]]:
    """Everything in a file, by entity and component, read with Rerun's own library."""
    found: dict[str, dict[str, list[object]]] = defaultdict(lambda: defaultdict(list))
    for chunk in RrdReader(path).stream().to_chunks():
        batch = chunk.to_record_batch()
        for name in batch.schema.names:
            if ":" in name:  # a component, not a time
                found[chunk.entity_path][name] += batch.column(name).to_pylist()
    return found
