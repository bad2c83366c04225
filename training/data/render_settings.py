"""What data sets of focal stacks are rendered from, and how."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from focstream.cluster.settings import ThisComputer
from focstream.program.numbers import Count, Positive, Processes, Seed, Share, SidePx, SliceCount

PictureName = Literal["nyu", "icl", "middlebury", "blender", "relief"]
SceneName = Literal["procedural", "scenes", "dark-floors"]
SourceName = Literal[PictureName, SceneName, "mixed", "free", "judge"]
Split = Literal["train", "validation"]
MIX = {"nyu": 0.55, "procedural": 0.33, "middlebury": 0.07, "icl": 0.05}
"""Shares of the sources in a mixed training set of the plain world."""
VARIED_MIX = {
    "nyu": 0.45,
    "procedural": 0.15,
    "scenes": 0.22,
    "relief": 0.06,
    "middlebury": 0.07,
    "icl": 0.05,
}
"""The same in the varied world."""
FREE_MIX = {"scenes": 0.65, "relief": 0.15, "icl": 0.2}
"""Shares of the sources in a set that anyone may use, without blender/, and …"""
FREE_MIX_BLENDER = {"blender": 0.45, "scenes": 0.32, "relief": 0.1, "icl": 0.13}
"""… with it."""
JUDGE_MIX = {"nyu": 0.5, "procedural": 0.25, "scenes": 0.25}
"""Shares of the sources in the sets that judge one effect each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderSettings:
    """A data set to render.

    Attributes
    ----------
    data
        Folder that holds what the source needs: nyuv2/, icl_livingroom/, middlebury/, textures/, blender/.
    out
        Folder for the shards.
    source, split
        Which pictures. "mixed" and "free" are mixtures; free is what anyone may use: scenes and rough
        surfaces made of numbers alone, ICL-NUIM, and blender/ where there is one.
    world
        "plain" has disc-shaped blur and sweeps over the whole scene; "varied" draws apertures, aberrations,
        gaps and more, as `training.data.world.shares` has them.
    count, shard
        Stacks in all, and in one shard.
    size_px, slices
        Side of the images, and slices of a stack.
    anyhow
        Share of the sweeps whose slices lie at random; half are even, the rest jittered.
    gain_low_px, gain_high_px
        Blur's diameter at one sweep range out of focus, drawn evenly in its logarithm.
    seed
        Another seed renders other stacks.
    workers
        Processes, or workers of a cluster with a core each.
    cluster
        Render on a Ray cluster: its address, or none for a Ray of its own on this computer. All workers need
        the same `data` and `out`.
    """

    data: Path
    out: Path
    source: SourceName = "mixed"
    split: Split = "train"
    world: Literal["plain", "varied"] = "plain"
    count: Count = 1024
    shard: Count = 64
    size_px: SidePx = 128
    slices: SliceCount = 8
    anyhow: Share = 0.15
    gain_low_px: Positive = 2.0
    gain_high_px: Positive = 30.0
    seed: Seed = 0
    workers: Processes = 2
    cluster: ThisComputer | str | None = None


def shares_of(settings: RenderSettings) -> dict[str, float]:
    """Shares of the sources that stacks are drawn from; only those that there are for the split."""
    mixes = {
        "mixed": MIX if settings.world == "plain" else VARIED_MIX,
        "free": FREE_MIX_BLENDER if (settings.data / "blender").is_dir() else FREE_MIX,
        "judge": JUDGE_MIX,
    }
    mix = mixes.get(settings.source, {settings.source: 1.0})
    if settings.source == "free" and settings.split == "validation":
        mix = {name: share for name, share in mix.items() if name != "icl"}
    total = sum(mix.values())
    return {name: share / total for name, share in mix.items()}
