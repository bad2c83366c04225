"""Memory of a GPU through the real pycuda, over a driver that is none: threads, and the end of a process."""

import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

_HERE = Path(__file__).parent
_ROOT = _HERE.parents[2]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with libcuda.so.1 and libcurand.so.10, as far as pycuda wants them."""
    spec = importlib.util.find_spec("pycuda")
    if spec is None or spec.origin is None:
        pytest.skip('needs pycuda, which is built: pip install "focstream[pycuda]", or pytest -m wheel here')
    (extension,) = Path(spec.origin).parent.glob("_driver*.so")
    return make_driver(extension, tmp_path_factory.mktemp("driver"))


def make_driver(extension: Path, folder: Path) -> Path:
    try:
        symbols = subprocess.run(
            ["nm", "-D", "--undefined-only", extension], capture_output=True, text=True, check=True
        ).stdout.split()
    except OSError:
        pytest.skip("needs nm and cc: apt-get install gcc")
    names = {symbol.partition("@")[0] for symbol in symbols if symbol.startswith("cu")}
    real = _HERE / "fake_driver.c"
    text = real.read_text()
    rest = {name for name in names if f"CU({name})" not in text}
    _link(folder / "libcuda.so.1", rest, real)
    _link(folder / "libcurand.so.10", {name for name in names if name.startswith("curand")})
    return folder


def _link(library: Path, stubs: set[str], *sources: Path) -> None:
    """Make a library of these sources, and of functions that do nothing."""
    made, versions = library.with_suffix(".c"), library.with_suffix(".map")
    stub = '__attribute__((visibility("default"))) int {}(void) {{ return 801; }}\n'
    made.write_text("".join(stub.format(name) for name in sorted(stubs)))
    versions.write_text(f"{library.name} {{ global: cu*; local: *; }};\n")
    flags = ["-shared", "-fPIC", f"-Wl,-soname,{library.name}", f"-Wl,--version-script,{versions}"]
    subprocess.run(["cc", *flags, "-o", library, made, *sources], check=True)


def run(driver: Path, program: str, **more: str) -> tuple[str, str]:
    """Run a program over the driver; return what it printed, and what the driver held at its end."""
    report = driver / "report"
    environment = {
        **os.environ,
        "LD_LIBRARY_PATH": str(driver),
        "PYTHONPATH": os.pathsep.join([str(_ROOT), os.environ.get("PYTHONPATH", "")]),
        "FAKE_DRIVER_REPORT": str(report),
        **more,
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout, report.read_text().strip()


NOTHING_LEFT = "memory 0 host 0 streams 0 retained 0 refused 0 current 0"
OPEN = "from engines.tensorrt.pycuda_memory import PyCuda\n"
ROUND_TRIP = """
import numpy as np
from engines.tensorrt.device_arrays import DevicePool

def round_trip(pool):
    values = {"a": np.arange(10, dtype=np.float32), "b": np.ones((3, 4), np.float32)}
    values |= {"c": np.arange(7, dtype=np.uint8), "d": np.arange(60000, 60013, dtype=np.uint16)}
    found = pool.download(pool.upload(values))
    same = all(np.array_equal(found[name], value) for name, value in values.items())
    return same and all(found[name].dtype == value.dtype for name, value in values.items())
"""


def test_what_goes_up_comes_down_and_all_is_given_back(driver: Path) -> None:
    program = f"""{OPEN}{ROUND_TRIP}
cuda = PyCuda()
print(cuda.gpu.name, cuda.gpu.capability, cuda.free_bytes > 0)
pool = DevicePool(cuda)
print(round_trip(pool), isinstance(pool.stream.handle, int))
del pool, cuda
"""
    said, left = run(driver, program)
    assert said.splitlines() == ["Fake 0 sm_89 True", "True True"]
    assert left == NOTHING_LEFT


def test_the_end_of_a_process_is_quiet_and_releases_the_context(driver: Path) -> None:
    _, left = run(driver, f"{OPEN}{ROUND_TRIP}cuda = PyCuda()\npool = DevicePool(cuda)\nround_trip(pool)\n")
    assert left.endswith("retained 0 refused 0 current 0")


def test_it_may_be_used_and_dropped_in_other_threads(driver: Path) -> None:
    program = f"""{OPEN}{ROUND_TRIP}
import threading

def inside(work):
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

held = {{}}
inside(lambda: held.update(cuda=PyCuda()))
inside(lambda: held.update(pool=DevicePool(held["cuda"])))
inside(lambda: print(round_trip(held["pool"])))
print(round_trip(held["pool"]))
inside(held.clear)
"""
    said, left = run(driver, program)
    assert said.split() == ["True", "True"]
    assert left == NOTHING_LEFT


def test_memory_outlives_the_one_who_opened_the_gpu(driver: Path) -> None:
    program = f"{OPEN}memory = PyCuda().allocate(100)\nprint(memory.address % 256)\ndel memory\n"
    said, left = run(driver, program)
    assert said == "0\n"
    assert left == NOTHING_LEFT


def test_errors_are_one_line_and_name_the_gpu(driver: Path) -> None:
    program = f"""{OPEN}
from engines.errors import EngineError
cuda = PyCuda()
stream = cuda.stream()
cuda_gone = PyCuda()
cuda_gone._release()
for use in (lambda: cuda.allocate(2**31), lambda: cuda.copy(cuda.allocate(100), cuda.pinned(200), stream),
            lambda: PyCuda(3), lambda: cuda_gone.allocate(100)):
    try:
        use()
    except EngineError as error:
        print(error)
"""
    said, _ = run(driver, program)
    memory, past_the_end, no_device, dead = said.splitlines()
    assert memory.startswith("pycuda 2")
    assert memory.endswith("Fake 0: cuMemAlloc failed: out of memory")
    assert "Fake 0: cuMemcpyHtoDAsync failed" in past_the_end
    assert no_device == "no GPU 3: there are only 0 … 0 (CUDA_VISIBLE_DEVICES may hide some)"
    assert "Fake 0: " in dead


def test_no_gpu_is_an_error(driver: Path) -> None:
    program = f"""{OPEN}
from engines.errors import EngineError
try:
    PyCuda()
except EngineError as error:
    print(error)
"""
    said, _ = run(driver, program, FAKE_DRIVER_DEVICES="0")
    assert "cuInit failed: no CUDA-capable device is detected" in said


HEADERS = ("nvidia-cuda-runtime", "nvidia-cuda-crt", "nvidia-cuda-profiler-api", "nvidia-curand")


@pytest.mark.wheel
@pytest.mark.timeout(1800)
def test_it_is_built_without_the_cuda_toolkit_as_documented(tmp_path: Path) -> None:
    """In an environment of its own, which then runs the other tests of this file."""
    if shutil.which("c++") is None:
        pytest.skip("needs a C++ compiler: apt-get install g++")
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "env"], check=True)
    python = tmp_path / "env" / "bin" / "python"
    quiet = [python, "-m", "pip", "install", "--quiet"]
    subprocess.run([*quiet, *HEADERS], check=True)
    where = "import nvidia.cu13 as m; print(list(m.__path__)[0])"
    cuda = Path(
        subprocess.run([python, "-c", where], capture_output=True, text=True, check=True).stdout.strip()
    )
    links = tmp_path / "links"
    links.mkdir()
    (links / "libcurand.so").symlink_to(cuda / "lib" / "libcurand.so.10")
    _link(links / "libcuda.so.1", set())  # in place of the driver's
    (links / "libcuda.so").symlink_to("libcuda.so.1")
    build = {**os.environ, "CPATH": str(cuda / "include"), "LIBRARY_PATH": str(links), "CXXFLAGS": "-O0"}
    subprocess.run([*quiet, "pycuda"], env=build, check=True)
    paths = os.pathsep.join([str(_ROOT), sysconfig.get_paths()["purelib"]])
    done = subprocess.run(
        [python, "-m", "pytest", "-p", "no:cacheprovider", Path(__file__)],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
        cwd=_ROOT,
    )
    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout
    assert "skipped" not in done.stdout
