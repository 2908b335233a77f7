"""The town's boxes, traps, stations and plots. Pure data; names are Kisarazu's quarters, places are made up."""

from dataclasses import dataclass

from simulators.world.ground import Plot

__all__ = ["BOXES", "FIELDS", "Box", "Field", "Station", "Trap", "box_of", "station_ids", "trap_names", "trap_path"]

_AIR = ("air_temperature", "relative_humidity")


@dataclass(frozen=True, slots=True)
class Trap:
    """A trap on a pin of its box."""

    id: str
    name: str
    lat: float
    lon: float
    pin: int


@dataclass(frozen=True, slots=True)
class Station:
    """A station: Modbus quantities behind one unit number, and a thermometer in the soil where `one_wire` names it.

    `hollow_c` is how much colder a clear, still night is there than in the town at most: cold air gathers in hollows.
    """

    id: str
    name: str
    lat: float
    lon: float
    plot: Plot
    unit: int
    quantities: tuple[str, ...]
    one_wire: str | None = None
    hollow_c: float = 0.0


@dataclass(frozen=True, slots=True)
class Box:
    """A Raspberry Pi with what hangs on it. `has_clock` is whether its clock is set: in a valley it often is not.

    `team` names the hunters' team that looks after its traps; without one all hunters do.
    """

    name: str
    label: str
    traps: tuple[Trap, ...] = ()
    stations: tuple[Station, ...] = ()
    has_clock: bool = True
    team: str | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """A farmer's plot and the stations on it; it was planted so many days before the town is first played.

    `crop_id` names the crop in the hub's table, where it has one; `size_deg` is how far the plot reaches to the north
    and east of its first station, in degrees.
    """

    name: str
    crop: str
    stations: tuple[str, ...]
    planted_days_ago: int
    crop_id: str | None = None
    size_deg: tuple[float, float] = (0.0006, 0.0008)

    def shape(self) -> dict[str, object]:
        """The plot's outline as GeoJSON: a field with a slanting side, its first station at the south-west."""
        station = next(one for box in BOXES for one in box.stations if one.id == self.stations[0])
        south, west = station.lat - 0.0001, station.lon - 0.0001
        north, east = south + self.size_deg[0], west + self.size_deg[1]
        ring = [[west, south], [east, south], [east - 0.0001, north], [west, north], [west, south]]
        return {"type": "Polygon", "coordinates": [[[round(lon, 6), round(lat, 6)] for lon, lat in ring]]}


_NAKAGO_PADDY = Plot("nakago-paddy", driest_percent=30.0, wettest_percent=52.0, flooded=True)
_NAKAGO_FIELD = Plot("nakago-field", driest_percent=16.0, wettest_percent=42.0)
_KANEDA_FIELD = Plot("kaneda-field", driest_percent=10.0, wettest_percent=34.0)
_FUKUTA_BERRY = Plot("fukuta-berry", driest_percent=18.0, wettest_percent=48.0)
_FUKUTA_HILL = Plot("fukuta-hill", driest_percent=14.0, wettest_percent=40.0)

# The team of the hub's sample data (`wanamori-hub local` without --empty).
_TEAM = "矢那・鎌足班"

BOXES = (
    Box(
        "yana",
        "矢那の谷",
        traps=(
            Trap("yana-1", "矢那-1 沢の出口", 35.3481, 139.9764, 17),
            Trap("yana-2", "矢那-2 竹やぶ", 35.3472, 139.9791, 27),
        ),
        team=_TEAM,
    ),
    Box(
        "kamatari",
        "鎌足の尾根",
        traps=(
            Trap("kamatari-1", "鎌足-1 尾根の道", 35.3389, 139.9905, 17),
            Trap("kamatari-2", "鎌足-2 ため池の上", 35.3377, 139.9938, 27),
        ),
        team=_TEAM,
    ),
    Box(
        "mariyatsu",
        "真里谷の林道",
        traps=(
            Trap("mariyatsu-1", "真里谷-1 林道の曲がり", 35.3466, 140.0572, 17),
            Trap("mariyatsu-2", "真里谷-2 みかん畑の裏", 35.3451, 140.0604, 27),
        ),
        has_clock=False,
    ),
    Box(
        "kayano",
        "茅野の谷津",
        traps=(
            Trap("kayano-1", "茅野-1 谷津の奥", 35.3612, 140.0313, 17),
            Trap("kayano-2", "茅野-2 栗林", 35.3598, 140.0341, 27),
        ),
    ),
    Box(
        "nakago",
        "中郷の田",
        stations=(
            Station(
                "nakago-paddy", "中郷の田 水位", 35.4013, 139.9702, _NAKAGO_PADDY, 1,
                ("water_depth", "water_temperature", *_AIR, "battery_voltage"), hollow_c=1.5,
            ),
            Station(
                "nakago-field", "中郷の畑", 35.4021, 139.9733, _NAKAGO_FIELD, 2,
                ("soil_moisture", "soil_conductivity", *_AIR), one_wire="28-0000051a1101",
            ),
        ),
    ),
    Box(
        "kaneda",
        "金田の畑",
        stations=(
            Station(
                "kaneda-weather", "金田の気象", 35.4312, 139.9188, _KANEDA_FIELD, 1,
                (
                    *_AIR, "solar_radiation", "rainfall", "wind_speed", "wind_gust", "wind_direction", "air_pressure",
                ),
            ),
            Station(
                "kaneda-field", "金田のねぎ畑", 35.4301, 139.9204, _KANEDA_FIELD, 2,
                ("soil_moisture", "soil_ph", *_AIR), one_wire="28-0000051a1201",
            ),
        ),
    ),
    Box(
        "fukuta",
        "富来田の丘",
        stations=(
            Station(
                "fukuta-berry", "富来田のブルーベリー園", 35.3675, 140.0188, _FUKUTA_BERRY, 1,
                ("soil_moisture", "soil_ph", "soil_conductivity", *_AIR), one_wire="28-0000051a1301", hollow_c=3.0,
            ),
            Station(
                "fukuta-hill", "富来田の丘の上", 35.3688, 140.0201, _FUKUTA_HILL, 2, (*_AIR, "battery_voltage"),
                one_wire="28-0000051a1302",
            ),
        ),
    ),
)  # fmt: skip

FIELDS = (
    Field("中郷の田んぼと畑", "水稲", ("nakago-paddy", "nakago-field"), 40, "rice"),
    Field("金田のねぎ畑", "ねぎ", ("kaneda-weather", "kaneda-field"), 50),
    Field("富来田のブルーベリー園", "ブルーベリー", ("fukuta-berry", "fukuta-hill"), 900, "blueberry"),
)


def trap_path() -> list[str]:
    """The traps' ids in the order in which a path through the woods leads past them."""
    return [trap.id for box in BOXES for trap in box.traps]


def trap_names() -> dict[str, str]:
    """What people call each trap."""
    return {trap.id: trap.name.split()[0] for box in BOXES for trap in box.traps}


def station_ids() -> list[str]:
    """The ids of all stations."""
    return [station.id for box in BOXES for station in box.stations]


def box_of(device: str) -> Box:
    """The box that carries a device."""
    return next(box for box in BOXES if any(device == one.id for one in (*box.traps, *box.stations)))
