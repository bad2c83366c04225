import torch
from hypothesis import given
from hypothesis import strategies as st

from inference.network.fusion import attend, initial_attention

LOGITS = st.lists(st.floats(-300, 300), min_size=1, max_size=30)


@given(LOGITS)
def test_it_is_the_softmax_mean_of_all_slices(logits: list[float]) -> None:
    values = torch.linspace(-1, 1, len(logits), dtype=torch.float32)
    state = initial_attention(torch.zeros(1, 1, 1, 1), groups=1, channels=1)
    for logit, value in zip(logits, values, strict=True):
        state = attend(state, logit=torch.full((1, 1, 1, 1), logit), value=value.reshape(1, 1, 1, 1))
    expected = (torch.softmax(torch.tensor(logits), 0) * values).sum()
    torch.testing.assert_close(state.mean().squeeze(), expected, atol=1e-5, rtol=0)


def test_channels_share_the_weights_of_their_group() -> None:
    state = initial_attention(torch.zeros(1, 1, 1, 1), groups=2, channels=4)
    for logit, value in (((9.0, -9.0), 1.0), ((-9.0, 9.0), 2.0)):
        state = attend(
            state, logit=torch.tensor(logit).reshape(1, 2, 1, 1), value=torch.full((1, 4, 1, 1), value)
        )
    torch.testing.assert_close(state.mean().flatten(), torch.tensor([1.0, 1.0, 2.0, 2.0]), atol=1e-4, rtol=0)
