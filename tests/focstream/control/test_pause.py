from focstream.control.pause import Pause
from tests.slices import make_slice


def test_whole_sweeps_are_held_back() -> None:
    pause = Pause()
    taken = []

    def slices():
        for sweep_id in range(5):
            for slot in range(4):
                if (sweep_id, slot) == (1, 2):
                    pause.change("on")
                if (sweep_id, slot) == (3, 1):
                    pause.change("off")
                yield make_slice(slot, sweep_id=sweep_id)

    taken = [focal_slice.tag.sweep_id for focal_slice in pause.attach(slices())]
    assert taken == [0] * 4 + [1] * 4 + [4] * 4
    assert pause.state.value == "off"
    assert pause.state.note == "8 slices held back"
