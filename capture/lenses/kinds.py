"""The kinds of lenses there are: a new driver is one file, and one entry here."""

from collections.abc import Callable
from dataclasses import dataclass

from capture.lens import Lens
from capture.lenses.optotune.icc import optotune_icc
from capture.lenses.optotune.icc_pro import optotune_icc_pro
from capture.lenses.optotune.ld import optotune_ld
from capture.lenses.setup import LensBehaviour, LensSetup, LinearFocus
from capture.lenses.v4l2 import v4l2_lens
from capture.lenses.varioptic import varioptic

UsbId = tuple[int, int]
"""Vendor and product."""

LENS_DRIVER_4: UsbId = (0x03EB, 0x2018)
ICC_CDC: UsbId = (0x0483, 0xA31E)
CP2102: UsbId = (0x10C4, 0xEA60)
FTDI: UsbId = (0x0403, 0x6001)


@dataclass(frozen=True, slots=True, kw_only=True)
class LensKind:
    """One kind of lens.

    Attributes
    ----------
    make
        Makes the driver, from a path and its setup; not yet entered.
    title
        Name in lists.
    drive_unit
        Unit of the drive.
    nominal
        Meaning of the drive where the user does not say: dioptres of the lens, or for other drives a
        coordinate from 0 to 1. No metres are made of it.
    behaviour
        How it moves where the user does not say.
    usb_ids
        USB identities of its port; a bridge chip does not show what is behind it.
    """

    make: Callable[[str, LensSetup], Lens]
    title: str
    drive_unit: str
    nominal: LinearFocus
    behaviour: LensBehaviour
    usb_ids: tuple[UsbId, ...] = ()


_LD_SETTLE = LensBehaviour(settle_s=0.025)  # the maker's lower limit for a step without input shaping
_DIOPTRES = LinearFocus()

LENS_KINDS: dict[str, LensKind] = {
    "optotune-ld": LensKind(
        make=lambda path, setup: optotune_ld(path, setup=setup),
        title="Optotune Lens Driver 4/4i, in dioptres",
        drive_unit="dpt",
        nominal=_DIOPTRES,
        behaviour=_LD_SETTLE,
        usb_ids=(LENS_DRIVER_4,),
    ),
    "optotune-ld-current": LensKind(
        make=lambda path, setup: optotune_ld(path, setup=setup, mode="current"),
        title="Optotune Lens Driver 4/4i, by current",
        drive_unit="mA",
        nominal=LinearFocus(offset_dpt=0.5, gain=0.5 / 292.84),
        behaviour=_LD_SETTLE,
        usb_ids=(LENS_DRIVER_4,),
    ),
    "optotune-icc": LensKind(
        make=lambda path, setup: optotune_icc(path, setup=setup),
        title="Optotune ICC-1C, ICC-4C or ECC-1C",
        drive_unit="dpt",
        nominal=_DIOPTRES,
        behaviour=_LD_SETTLE,
        usb_ids=(ICC_CDC, CP2102, FTDI),
    ),
    "optotune-icc-pro": LensKind(
        make=lambda path, setup: optotune_icc_pro(path, setup=setup),
        title="Optotune ICC-1C, ICC-4C or ECC-1C, pro mode",
        drive_unit="dpt",
        nominal=_DIOPTRES,
        behaviour=_LD_SETTLE,
        usb_ids=(ICC_CDC, CP2102, FTDI),
    ),
    "varioptic": LensKind(
        make=lambda path, setup: varioptic(path, setup=setup),
        title="Corning Varioptic USB-M Flexiboard",
        drive_unit="V",
        nominal=LinearFocus(offset_dpt=-24 / 46, gain=1 / 46),
        behaviour=LensBehaviour(settle_s=0.05),
        usb_ids=(CP2102,),
    ),
    "v4l2": LensKind(
        make=lambda path, setup: v4l2_lens(path, setup=setup),
        title="focus motor of a video device",
        drive_unit="share of its range",
        nominal=LinearFocus(),
        behaviour=LensBehaviour(settle_s=0.1),
    ),
}
