"""Which planner belongs to which model."""

import pytest

from focstream.types import InputError
from inference.config import InferenceConfig
from inference.planning.gain import GainPlanner
from inference.planning.make_mailbox import make_mailbox, make_planner
from inference.planning.onward import OnwardPlanner
from inference.planning.track import TrackPlanner
from tests.inference.planning.limits import Limits


@pytest.mark.parametrize(
    ("model", "name", "kind"),
    [
        ("small", "auto", OnwardPlanner),
        ("small", "gain", GainPlanner),
        ("sharpness", "auto", GainPlanner),
        ("auto", "auto", GainPlanner),
        ("small", "track", TrackPlanner),
        ("sharpness", "track", TrackPlanner),
    ],
)
def test_a_model_gets_a_planner_that_it_can_use(model, name, kind):
    assert type(make_planner(name, Limits(), model=model)) is kind


@pytest.mark.parametrize("model", ["sharpness", "auto"])
def test_a_model_that_sees_nothing_ahead_cannot_go_onward(model):
    with pytest.raises(InputError, match="planner gain"):
        make_planner("onward", Limits(), model=model)


def test_maps_of_several_sweeps_plan_none():
    with pytest.raises(InputError, match="leave --update rolling out"):
        make_mailbox(InferenceConfig(update="rolling"), Limits())


def test_track_takes_maps_of_several_sweeps():
    assert not make_mailbox(InferenceConfig(update="rolling"), Limits(planner="track")).failed


def test_slices_without_a_map_plan_none():
    with pytest.raises(InputError, match="leave --maps-per-sweep out"):
        make_mailbox(InferenceConfig(maps_per_sweep=3), Limits())
