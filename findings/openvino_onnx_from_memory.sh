#!/usr/bin/env bash
# OpenVINO 2026.4.1: Core.read_model gives another model for the same ONNX file from memory than from disk. From disk
# it keeps the inputs that no node reads, from memory it drops them, so that a later reshape by name fails.
#
# Seen: from disk: a, b, unused; from memory: a, b
# Fails when that has changed. Needs bash, Python 3.11 or later and a package index.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet openvino==2026.4.1 onnx==1.23.2 numpy
cd "$work"
cat > see.py <<'PY'
import onnx
import openvino as ov
from onnx import TensorProto, helper

names = ["a", "b", "unused"]
graph = helper.make_graph(
    [helper.make_node("Add", ["a", "b"], ["sum"])],
    "add",
    [helper.make_tensor_value_info(name, TensorProto.FLOAT, [2]) for name in names],
    [helper.make_tensor_value_info("sum", TensorProto.FLOAT, [2])],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
onnx.checker.check_model(model, full_check=True)
onnx.save(model, "add.onnx")
core = ov.Core()
for where, what in (("disk", "add.onnx"), ("memory", model.SerializeToString())):
    found = core.read_model(what)
    print(f"from {where}: " + ", ".join(sorted(n for i in found.inputs for n in i.get_names())))
PY
seen=$("$work/venv/bin/python" see.py 2>/dev/null)
echo "$seen"
[ "$seen" = "$(printf 'from disk: a, b, unused\nfrom memory: a, b')" ]
