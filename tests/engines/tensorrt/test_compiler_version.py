"""Plans that other code made are not used again."""

import shutil
from pathlib import Path

from engines import tensorrt
from engines.tensorrt.compiler_version import compiler_version, makers_digest


def test_the_digest_is_of_every_file_that_makes_graphs(tmp_path: Path) -> None:
    rooms = Path(tensorrt.__file__).parents[1]
    for room in ("tensorrt", "graphs"):
        shutil.copytree(rooms / room, tmp_path / room)
    shutil.copy(rooms / "pictures.py", tmp_path)
    before = makers_digest(tmp_path)
    for path in sorted(tmp_path.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        path.write_text(text + "# changed\n", encoding="utf-8")
        assert makers_digest(tmp_path) != before, path.name
        path.write_text(text, encoding="utf-8")
    assert makers_digest(tmp_path) == before


def test_the_version_is_of_the_package_and_the_code() -> None:
    assert compiler_version("11.4.0.106").startswith("11.4.0.106, graphs by ")
    assert compiler_version("11.4.0.106").endswith(makers_digest())
