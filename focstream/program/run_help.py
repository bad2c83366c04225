"""What ``focstream run --help`` opens with.

What is below the packages may not import what it names, so options are here by name alone; a test compares.
"""

from focstream.program.first_help import FirstHelp

RUN_HELP = FirstHelp(
    examples={
        "--camera sim --sweeps 3 --save demo": "the simulated camera: depth, pictures and point clouds",
        "--replay FOLDER --save out": "the images of a focal stack, far to near",
        "--camera --record a.mcap --web 8080": "the first real camera, recorded, on a live page",
    },
    groups={
        "source": ("camera WHICH", "replay", "reverse", "profile"),
        "sweep": ("sweeps", "sweep.slots", "sweep.waveform", "sweep.far-dpt", "sweep.near-dpt"),
        "depth": ("model", "scale", "update", "engine", "confidence SIGMA"),
        "output": ("save", "roi NAME=x,y,w,h", "log", "record.file", "publish.depth ADDRESS"),
        "look": ("web PORT", "view", "metrics PORT"),
        "devices": ("list-cameras", "list-lenses", "lens KIND[:PATH]"),
        "also": ("config", "version"),
    },
)
