import logging
import sys

import pytest

from capture.lenses.config import LensConfig
from capture.lenses.listing import describe_lenses, list_lenses
from capture.lenses.open_lens import open_lens
from focstream.types import MissingPackageError


def test_without_pyserial_the_list_says_what_it_lacks(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "serial", None)
    with caplog.at_level(logging.INFO):
        lenses = list_lenses()
    assert all(lens.kind == "v4l2" for lens in lenses)
    assert describe_lenses([]) == "no lens found; emulated ones: --lens v4l2:sim"
    assert caplog.messages == [
        "lenses on serial ports are not listed: looking for them needs the package pyserial; "
        'pip install "focstream[lenses]"'
    ]


def test_without_pyserial_a_lens_is_not_said_to_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "serial", None)
    with pytest.raises(MissingPackageError, match=r"^--lens varioptic needs the package pyserial; pip"):
        open_lens("varioptic", LensConfig())
