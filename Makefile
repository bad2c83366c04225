# make demo: a simulated camera as a live depth sensor.   make test: every check.
# Both create .venv and install what they need; Python 3.11-3.13 and make are enough.
PYTHON ?= python3
BIN := .venv/bin
SIMULATED := --camera sim --sim.width-px 320 --sim.height-px 240 --sweeps 3

.PHONY: demo test test-avx2 lint producer webcam three clean

demo: .venv/.installed
	$(BIN)/python run_pipeline.py $(SIMULATED) --save demo/network
	$(BIN)/python run_pipeline.py $(SIMULATED) --model sharpness --fill --save demo/classical
	$(BIN)/python -m publish compare demo/network demo/classical --out demo
	@echo "Look at demo/comparison_*.png, and at the saved sweeps in demo/network and demo/classical"

test: lint
	$(BIN)/python -m tests.parts

# As on a processor with AVX2 alone: what depends on the processor, and runs on every other one, too.
AVX2 := ONEDNN_MAX_CPU_ISA=AVX2 ATEN_CPU_CAPABILITY=avx2 OV_CPU_MAX_ISA=AVX2 OPENCV_IPP=avx2 OPENCV_CPU_DISABLE=AVX512-SKX
test-avx2: .venv/.installed-dev
	$(AVX2) $(BIN)/python -m pytest -m by_processor tests/engines tests/training tests/publish/saved

lint: .venv/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

.venv/bin/python:
	$(PYTHON) -c 'import sys; assert (3, 11) <= sys.version_info[:2] <= (3, 13), "focstream needs Python 3.11-3.13: make PYTHON=python3.12 ..."'
	$(PYTHON) -m venv .venv

.venv/.installed: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --editable '.[openvino]'
	@touch $@

.venv/.installed-dev: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@ .venv/.installed

# The simulated GenICam camera, a GenTL producer that any consumer loads: docs/cameras/genicam.md. Only a C compiler is needed.
GENTL := capture/simulator/gentl
PRODUCER ?= $(GENTL)/focussim.cti
producer: $(PRODUCER)

$(PRODUCER): $(wildcard $(GENTL)/*.c $(GENTL)/*.h)
	$(CC) -std=c11 -D_GNU_SOURCE -shared -fPIC -fvisibility=hidden -Wall -Wextra -O2 -o $@ $(filter %.c,$^) -lpthread -lm -ldl

# The simulated webcam, to preload into any program on Linux: docs/cameras/uvc.md.
WEBCAM ?= capture/simulator/webcam/webcam.so
webcam: $(WEBCAM)

$(WEBCAM): $(wildcard capture/simulator/webcam/*.c capture/simulator/webcam/*.h)
	$(CC) -std=c11 -D_GNU_SOURCE -shared -fPIC -fvisibility=hidden -Wall -Wextra -O2 -o $@ $(filter %.c,$^) -ldl -lpthread

# The part of three.js that the live page uses, as it is committed. It takes npm; who installs the package needs none.
PAGE := publish/look/web
three:
	rm -rf build/three && mkdir -p build && cp -r $(PAGE)/three build/three
	cd build/three && npm ci --ignore-scripts --no-audit --no-fund && npm run build
	cp build/three/three.js build/three/node_modules/three/LICENSE $(PAGE)/page/three/

clean:
	rm -rf $(PRODUCER) $(WEBCAM) build .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
