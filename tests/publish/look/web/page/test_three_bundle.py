"""The part of three.js that is committed with the page."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[5]
SOURCES = ROOT / "publish/look/web/three"
BUILT = ROOT / "publish/look/web/page/three"
MOST_BYTES = 700_000


def test_it_is_small_licensed_and_has_what_the_page_imports() -> None:
    script = (BUILT / "three.js").read_text()
    assert len(script) < MOST_BYTES
    assert "MIT" in (BUILT / "LICENSE").read_text()
    assert "SPDX-License-Identifier: MIT" in script
    exported = set(re.findall(r"as (\w+)", script[script.rindex("export{") :].partition("}")[0]))
    imported = {
        name
        for path in (BUILT.parent / "cloud").glob("*.js")
        for names in re.findall(r"import \{([^}]*)\} from \"\.\./three/three\.js\"", path.read_text())
        for name in re.findall(r"\w+", names)
    }
    assert imported
    assert exported == imported


def test_versions_are_pinned() -> None:
    wanted = json.loads((SOURCES / "package.json").read_text())["devDependencies"]
    locked = json.loads((SOURCES / "package-lock.json").read_text())["packages"]
    assert wanted == {name: locked[f"node_modules/{name}"]["version"] for name in wanted}
    script = (BUILT / "three.js").read_text()
    assert f'revision:"{wanted["three"].split(".")[1]}"' in script


@pytest.mark.wheel
@pytest.mark.timeout(600)
def test_it_is_what_its_lock_makes(tmp_path: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("needs npm: apt-get install npm")
    folder = shutil.copytree(SOURCES, tmp_path / "three")
    for command in (["ci", "--ignore-scripts", "--no-audit", "--no-fund"], ["run", "build"]):
        ended = subprocess.run([npm, *command], cwd=folder, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stderr
    assert (folder / "three.js").read_bytes() == (BUILT / "three.js").read_bytes()
    licence = folder / "node_modules/three/LICENSE"
    assert licence.read_bytes() == (BUILT / "LICENSE").read_bytes()
