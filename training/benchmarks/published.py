"""Published numbers, each under the protocol that it was measured by.

Numbers whose protocol is not known are in ``docs/train/benchmarks.md`` only: beside ours they would mislead.
"""

from dataclasses import dataclass
from typing import Literal

from training.benchmarks.errors import BenchmarkErrors as Errors

Mark = Literal["own", "other"]
"""Whether the number is in the code, README or page of its authors, or in a table of somebody else's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A row of somebody's table.

    Attributes
    ----------
    set_name, protocol, mask
        As in the rules; the mask is the text of the one that it is shown with.
    method
        What was measured, and where it was published.
    errors
        NaN where nothing was published.
    mark
        Where it was read.
    source
        The same in words.
    """

    set_name: str
    protocol: str
    mask: str
    method: str
    errors: Errors
    mark: Mark
    source: str


def _dfv(method: str, errors: Errors, source: str) -> Published:
    return Published(
        set_name="DDFF 12-Scene", protocol="dfv", mask="g > 0", method=method, errors=errors, mark="other",
        source=source,
    )  # fmt: skip


def _fossa(method: str, errors: Errors) -> Published:
    return Published(
        set_name="DDFF 12-Scene", protocol="fossa", mask="g > 0", method=method, errors=errors, mark="own",
        source="FOSSA's repository",
    )  # fmt: skip


def _fod(protocol: str, mask: str, method: str, errors: Errors, mark: Mark, source: str) -> Published:
    return Published(
        set_name="FoD500",
        protocol=protocol,
        mask=mask,
        method=method,
        errors=errors,
        mark=mark,
        source=source,
    )


def _hci(method: str, mse: float, rmse: float, bump: float) -> Published:
    return Published(
        set_name="4D Light Field", protocol="aifdepthnet", mask="-2.5 <= g <= 2.5", method=method,
        errors=Errors(mse=mse, rmse=rmse, bump=bump), mark="own", source="AiFDepthNet's README",
    )  # fmt: skip


_SUMS = "AiFDepthNet's README; AbsRel and SqRel are printed there as sums over the 100 images"

PUBLISHED = (
    _dfv(
        "DFF-DFV (CVPR 22)",
        Errors(mse=5.70e-4, rmse=2.13e-2, abs_rel=0.17, sq_rel=6.26e-3, bump=0.42, delta_1=76.74,
               delta_2=94.23, delta_3=98.14),
        "a third party's table",
    ),
    _dfv(
        "FocDepthFormer (AJCAI 24)",
        Errors(rmse=1.96e-2, abs_rel=0.16, sq_rel=5.4e-3, bump=0.23, delta_1=79.06, delta_2=96.08,
               delta_3=98.57),
        "DDFT's README",
    ),
    _dfv("HybridDepth (WACV 25)", Errors(mse=5.1e-4, rmse=2.00e-2, delta_1=78.9), "a third party's table"),
    _dfv("DualFocus (NeurIPS 25)", Errors(mse=4.7e-4, rmse=1.94e-2, delta_1=80.0), "a third party's table"),
    Published(
        set_name="DDFF 12-Scene", protocol="hybriddepth", mask="0.02 < g < 0.28",
        method="HybridDepth (WACV 25)",
        errors=Errors(mse=3.26e-4, rmse=1.59e-2, abs_rel=0.15, sq_rel=3.26e-3, bump=0.42, delta_1=77.19,
                      delta_2=95.61, delta_3=99.21),
        mark="other", source="a third party's table; its mask is inferred",
    ),
    _fossa(
        "FOSSA ViT-S, zero-shot",
        Errors(mse=1.5e-3, rmse=3.52e-2, abs_rel=0.2676, sq_rel=1.19e-2, delta_1=34.62, delta_2=81.19,
               delta_3=95.44),
    ),
    _fossa(
        "FOSSA ViT-B, zero-shot",
        Errors(mse=1.3e-3, rmse=3.24e-2, abs_rel=0.2105, sq_rel=1.07e-2, delta_1=60.75, delta_2=92.06,
               delta_3=96.79),
    ),
    _fossa(
        "FOSSA ViT-S, fine-tuned",
        Errors(mse=4e-4, rmse=1.83e-2, abs_rel=0.1076, sq_rel=4.5e-3, delta_1=93.63, delta_2=98.29,
               delta_3=99.08),
    ),
    _fossa(
        "FOSSA ViT-B, fine-tuned",
        Errors(mse=3e-4, rmse=1.48e-2, abs_rel=0.1088, sq_rel=2.5e-3, delta_1=93.22, delta_2=98.66,
               delta_3=99.39),
    ),
    _fod("dfv", "g > 0", "DFF-DFV (CVPR 22)", Errors(mse=0.020, rmse=0.129, bump=1.43), "other",
         "a third party's table; another has 0.0188 for MSE"),
    _fod("dfv", "g > 0", "DualFocus (NeurIPS 25)", Errors(mse=0.015, rmse=0.112, bump=1.31), "other",
         "a third party's table"),
    _fod("aifdepthnet", "0.1 <= g <= 1.5", "DefocusNet (CVPR 20)",
         Errors(mae=0.0637, mse=0.0175, rmse=0.1207, abs_rel=0.1386, sq_rel=0.0331), "own", _SUMS),
    _fod("aifdepthnet", "0.1 <= g <= 1.5", "AiFDepthNet (ICCV 21)",
         Errors(mae=0.0549, mse=0.0127, rmse=0.1043, abs_rel=0.1115, sq_rel=0.0187), "own", _SUMS),
    _fod("dffinthewild", "g > 0", "DfFintheWild (ECCV 22)",
         Errors(mse=8.68e-3, rmse=8.59e-2, abs_rel=0.08, sq_rel=1.30e-2), "other", "DDFT's README"),
    _fod("ddl-gru", "g > 0", "DDL-GRU (IJCV 26)", Errors(mae=0.074), "other", "a third party's table"),
    _hci("AiFDepthNet, supervised (ICCV 21)", 0.0472, 0.2014, 1.58),
    _hci("DefocusNet (CVPR 20)", 0.0593, 0.2355, 2.69),
    _hci("AiFDepthNet, unsupervised (ICCV 21)", 0.0746, 0.2398, 2.58),
    _hci("DDFF, pre-trained on DDFF (ACCV 18)", 0.19, 0.42, 1.92),
    _hci("PSPNet, pre-trained on DDFF", 0.37, 0.53, 1.21),
    _hci("VDFF", 1.3, 1.15, 1.58),
)  # fmt: skip


def published_for(set_name: str, protocol: str, mask: str) -> list[Published]:
    """Rows of one protocol and mask, in the order of the list."""
    key = (set_name, protocol, mask)
    return [row for row in PUBLISHED if (row.set_name, row.protocol, row.mask) == key]
