"""Numbers of TensorRT's bindings that its double knows."""

from enum import IntEnum


class NetworkDefinitionCreationFlag(IntEnum):
    STRONGLY_TYPED = 1


class BuilderFlag(IntEnum):
    TF32 = 7


class RtxBuilderFlag(IntEnum):
    TF32 = 7
    REQUIRE_USER_ALLOCATION = 28


class ComputeCapability(IntEnum):
    SM89 = 89


class TensorIOMode(IntEnum):
    INPUT = 1
    OUTPUT = 2


class DataType(IntEnum):
    FLOAT = 0
    HALF = 1
    UINT8 = 5


class Severity(IntEnum):
    INTERNAL_ERROR = 0
    ERROR = 1
    WARNING = 2
    INFO = 3
    VERBOSE = 4


ENUMS = (BuilderFlag, DataType, NetworkDefinitionCreationFlag, TensorIOMode)
