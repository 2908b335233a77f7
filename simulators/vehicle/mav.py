"""MAVLink's and ArduCopter's numbers by their names, as far as the copter speaks them. Pure."""

from enum import IntEnum

__all__ = [
    "Ack",
    "Cmd",
    "EkfFlag",
    "Frame",
    "MissionAck",
    "Mode",
    "Severity",
    "State",
    "Store",
]


class Mode(IntEnum):
    """ArduCopter's flight modes, as far as the copter knows them."""

    STABILIZE = 0
    ALT_HOLD = 2
    AUTO = 3
    GUIDED = 4
    LOITER = 5
    RTL = 6
    CIRCLE = 7
    LAND = 9
    POSHOLD = 16
    BRAKE = 17
    SMART_RTL = 21


class Ack(IntEnum):
    """MAV_RESULT."""

    ACCEPTED = 0
    TEMPORARILY_REJECTED = 1
    DENIED = 2
    UNSUPPORTED = 3
    FAILED = 4


class MissionAck(IntEnum):
    """MAV_MISSION_RESULT."""

    ACCEPTED = 0
    ERROR = 1
    UNSUPPORTED_FRAME = 2
    UNSUPPORTED = 3
    NO_SPACE = 4
    INVALID = 5
    INVALID_PARAM1 = 6
    INVALID_PARAM2 = 7
    INVALID_PARAM3 = 8
    INVALID_PARAM4 = 9
    INVALID_LAT = 10
    INVALID_LON = 11
    INVALID_ALT = 12
    INVALID_SEQUENCE = 13
    DENIED = 14
    CANCELLED = 15


class Store(IntEnum):
    """MAV_MISSION_TYPE: which list a transfer is about."""

    MISSION = 0
    FENCE = 1
    RALLY = 2
    ALL = 255


class Frame(IntEnum):
    """MAV_FRAME, as far as the copter knows them."""

    GLOBAL = 0
    MISSION = 2
    RELATIVE = 3
    GLOBAL_INT = 5
    RELATIVE_INT = 6
    TERRAIN = 10
    TERRAIN_INT = 11


class Severity(IntEnum):
    """MAV_SEVERITY."""

    CRITICAL = 2
    ERROR = 3
    WARNING = 4
    NOTICE = 5
    INFO = 6


class State(IntEnum):
    """MAV_STATE."""

    BOOT = 1
    STANDBY = 3
    ACTIVE = 4
    CRITICAL = 5


class EkfFlag(IntEnum):
    """EKF_STATUS_FLAGS."""

    ATTITUDE = 1
    VELOCITY = 2
    VELOCITY_UP = 4
    POSITION_RELATIVE = 8
    POSITION = 16
    HEIGHT = 32
    CONSTANT_POSITION = 128
    PREDICTED_RELATIVE = 256
    PREDICTED = 512


class Cmd(IntEnum):
    """MAV_CMD, as far as the copter knows them."""

    WAYPOINT = 16
    LOITER_UNLIMITED = 17
    LOITER_TURNS = 18
    LOITER_TIME = 19
    RETURN = 20
    LAND = 21
    TAKEOFF = 22
    SPLINE = 82
    DELAY = 93
    CONDITION_DELAY = 112
    CONDITION_DISTANCE = 114
    CONDITION_YAW = 115
    DO_SET_MODE = 176
    DO_JUMP = 177
    CHANGE_SPEED = 178
    SET_HOME = 179
    SET_RELAY = 181
    SET_SERVO = 183
    LAND_START = 189
    SET_ROI = 201
    DIGICAM_CONTROL = 203
    MOUNT_CONTROL = 205
    CAMERA_DISTANCE = 206
    FENCE_ENABLE = 207
    GRIPPER = 211
    CALIBRATION = 241
    REBOOT = 246
    MISSION_START = 300
    ARM = 400
    GET_HOME = 410
    SET_INTERVAL = 511
    REQUEST_MESSAGE = 512
    REQUEST_PROTOCOL = 519
    REQUEST_CAPABILITIES = 520
    FENCE_RETURN_POINT = 5000
    FENCE_INCLUSION = 5001
    FENCE_EXCLUSION = 5002
    FENCE_CIRCLE_INCLUSION = 5003
    FENCE_CIRCLE_EXCLUSION = 5004
    RALLY_POINT = 5100
    MAG_CALIBRATION = 42424
    BANNER = 42428
