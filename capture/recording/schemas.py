"""What a recording holds: its topics, and the definitions of the messages on them.

Images and camera parameters are ROS 2 messages, so that Foxglove, Rerun, rosbag2 and the mcap tool show
them. The definitions are those of ROS 2's common_interfaces, without their comments.
"""

from dataclasses import dataclass

FORMAT_VERSION = 1
"""Grows when a reader of the version before could no longer make sense of a file."""
PROFILE = "ros2"
CAMERA_FRAME = "camera_optical"
"""ROS name of the frame of reference: x right, y down, z forward."""

_RULE = "=" * 80
_HEADER = f"""\
{_RULE}
MSG: std_msgs/Header
builtin_interfaces/Time stamp
string frame_id
{_RULE}
MSG: builtin_interfaces/Time
int32 sec
uint32 nanosec
"""
_IMAGE = f"""\
std_msgs/Header header
uint32 height
uint32 width
string encoding
uint8 is_bigendian
uint32 step
uint8[] data
{_HEADER}"""
_CAMERA_INFO = f"""\
std_msgs/Header header
uint32 height
uint32 width
string distortion_model
float64[] d
float64[9] k
float64[9] r
float64[12] p
uint32 binning_x
uint32 binning_y
sensor_msgs/RegionOfInterest roi
{_HEADER}{_RULE}
MSG: sensor_msgs/RegionOfInterest
uint32 x_offset
uint32 y_offset
uint32 height
uint32 width
bool do_rectify
"""
_SLICE_TAG = """\
# When and where the image of the same sequence number was exposed and focused. NaN = not known.
int64 exposure_mid_ns
string clock
int64 sweep_id
int32 slot
int64 frame_id
float64 sweep_coordinate
float64 focus_dpt
float64 focus_dpt_commanded
int8 direction
bool settling
bool last_in_sweep
float64 temperature_c
int64 reconnects
float64 focus_speed_dpt_s
float64 row_span
# Slices of a whole sweep (0 = not known), and exposures that nobody needed since the slice before.
int32 slots
int64 passed
# What the sweep coordinate means in dioptres, or in micrometres of height; NaN and empty = not known.
float64 far_dpt
float64 near_dpt
float64 far_um
float64 near_um
string calibrated
string calibration_id
# Slices of its sweep before this one when nothing is lost, where the slots do not tell (-1 = not known).
int64 number
# Slices that this recording had to leave out since its start, until this one.
int64 slices_not_recorded
# Of a sweep whose slots are chosen as it goes: "more", or why it ends ("enough", "limit"); empty of others.
string active
"""
_DEPTH_INFO = """\
# What the depth map of the same sequence number is.
int64 exposure_mid_ns
int64 sweep_id
int32 slot
int32 slices_seen
bool final
bool broken
string unit
string calibrated
float64 near_limit
float64 far_limit
string model
string engine
string digest
# Of a sweep whose slots are chosen as it goes: their sweep coordinates, and why it ended.
float64[] slots_taken
string ended
"""
_LOSS = """\
# Slices that were not recorded, because the disk was too slow.
int64 first_frame_id
int64 last_frame_id
int64 count
"""
_NOT_USED = """\
# A recorded slice that never reached the live depth estimator, because that was too slow.
int64 sweep_id
int64 frame_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A stream of messages of one kind.

    Attributes
    ----------
    name
        Of the topic.
    schema, definition
        Name of the kind of message, and its ROS 2 definition.
    """

    name: str
    schema: str
    definition: str


def _image(name: str) -> Topic:
    return Topic(name=name, schema="sensor_msgs/msg/Image", definition=_IMAGE)


def _camera_info(name: str) -> Topic:
    return Topic(name=name, schema="sensor_msgs/msg/CameraInfo", definition=_CAMERA_INFO)


SLICE_IMAGE = _image("/camera/image_raw")
SLICE_CAMERA_INFO = _camera_info("/camera/camera_info")
SLICE_TAG = Topic(name="/camera/slice_tag", schema="focstream_msgs/msg/SliceTag", definition=_SLICE_TAG)
LOSS = Topic(name="/camera/not_recorded", schema="focstream_msgs/msg/NotRecorded", definition=_LOSS)
NOT_USED = Topic(name="/depth/not_used", schema="focstream_msgs/msg/NotUsed", definition=_NOT_USED)
DEPTH_IMAGE = _image("/depth/image")
DEPTH_CAMERA_INFO = _camera_info("/depth/camera_info")
DEPTH_SIGMA = _image("/depth/sigma")
DEPTH_AIF = _image("/depth/all_in_focus")
DEPTH_INFO = Topic(name="/depth/info", schema="focstream_msgs/msg/DepthInfo", definition=_DEPTH_INFO)
