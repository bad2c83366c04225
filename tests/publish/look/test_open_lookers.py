import sys
from pathlib import Path

import pytest

from focstream.types import InputError
from publish.look.open_lookers import LookConfig, Lookers
from publish.look.slice_tap import RawLooker, shown_raw, shown_to
from tests.publish.look.web.counts import COUNTS
from tests.slices import make_slice


def open_lookers(config: LookConfig) -> Lookers:
    return Lookers(config, source="bench", counts=lambda: COUNTS)


def test_nothing_is_opened_unless_asked_for() -> None:
    with open_lookers(LookConfig()) as look:
        assert look.all == []


@pytest.mark.parametrize(
    ("config", "module", "package", "extra"),
    [
        (LookConfig(web=0), "aiohttp", "aiohttp", "web"),
        (LookConfig(metrics=0), "prometheus_client", "prometheus-client", "metrics"),
        (LookConfig(metrics=0), "aiohttp", "aiohttp", "metrics"),
        (LookConfig(foxglove=0), "foxglove", "foxglove-sdk", "foxglove"),
        (LookConfig(view="rerun"), "rerun", "rerun-sdk", "view"),
        (LookConfig(view_save=Path("a.rrd")), "rerun", "rerun-sdk", "view"),
    ],
)
def test_a_missing_package_is_one_line(
    monkeypatch: pytest.MonkeyPatch, config: LookConfig, module: str, package: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(InputError, match=rf'package {package}; pip install "focstream\[{extra}\]"$'):
        open_lookers(config)


def test_a_failure_closes_what_was_open(tmp_path: Path) -> None:
    pytest.importorskip("aiohttp", reason='needs aiohttp: pip install "focstream[web]"')
    pytest.importorskip("rerun", reason='needs rerun-sdk: pip install "focstream[view]"')
    import socket

    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError):
        open_lookers(LookConfig(web=port, view_save=tmp_path / "file" / "a.rrd"))
    socket.create_server(("127.0.0.1", port)).close()


def test_the_token_stays_out_of_saved_configurations() -> None:
    assert "s3cret" not in LookConfig(web=0, web_token="s3cret-token").model_dump_json()


def test_slices_are_seen_in_order_before_they_go_on() -> None:
    pytest.importorskip(
        "prometheus_client", reason='needs prometheus-client: pip install "focstream[metrics]"'
    )
    with open_lookers(LookConfig(metrics=0)) as look:
        slices = [make_slice(slot) for slot in range(3)]
        assert list(shown_to(look.all, slices)) == slices


def test_the_page_sees_slices_uncorrected_and_the_metrics_do_not() -> None:
    pytest.importorskip("aiohttp", reason='needs aiohttp: pip install "focstream[web]"')
    pytest.importorskip("prometheus_client", reason="needs prometheus-client")
    slices = [make_slice(slot) for slot in range(3)]
    with open_lookers(LookConfig(web=0, metrics=0)) as look:
        raw = [looker for looker in look.all if isinstance(looker, RawLooker)]
        assert len(raw) == 1
        assert list(shown_raw(look.all, slices)) == slices
        assert raw[0]._camera._newest[1] is slices[-1]


@pytest.mark.parametrize(
    ("options", "unused"),
    [
        ({}, []),
        ({"web_host": "0.0.0.0", "web_token": "12345678"}, ["--web-host", "--web-token"]),
        ({"web": 0, "web_host": "0.0.0.0"}, []),
        ({"web": 0, "web_folder": "out"}, ["--web-folder"]),
        ({"web": 0, "web_control": True, "web_folder": "out"}, []),
        ({"metrics_host": "0.0.0.0"}, ["--metrics-host"]),
        ({"metrics": 0, "metrics_host": "0.0.0.0"}, []),
    ],
)
def test_options_of_what_is_not_open_are_named(options, unused):
    assert LookConfig.model_validate(options).unused == unused
