"""Which series share a panel, which of them share a scale, and how lines are told apart without colour. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from hub.fields.charts.series import Series

__all__ = ["MOST_SERIES", "Axis", "Panel", "Trace", "plan_panels"]

# More lines than these nobody tells apart, in print or on a phone.
MOST_SERIES = 6
_DASHES = 6
_AXES_OF_A_PANEL = 2
_BANDS_OF_A_PANEL = 2
# Quantities of these units are compared by eye; the per cents of soil and air have nothing in common but the sign.
_SHARED_UNITS = frozenset({"°C", "m/s"})


@dataclass(frozen=True, slots=True)
class Trace:
    """A series of a panel, by its number, on one of the panel's axes.

    `dash` is the number of its pattern (0: unbroken), the same wherever the series is drawn; `band` says whether the
    band from least to greatest is drawn.
    """

    series: int
    axis: int
    dash: int
    band: bool


@dataclass(frozen=True, slots=True)
class Axis:
    """A scale: the first one stands on the left, the second on the right.

    `from_zero` for bars and sums; `circle` for directions, which always show the whole compass; `target` is a
    value that is drawn across the panel.
    """

    unit: str
    decimals: int
    from_zero: bool = False
    circle: bool = False
    target: float | None = None


@dataclass(frozen=True, slots=True)
class Panel:
    """One drawing; all panels of a chart share the time axis and the cursor."""

    axes: list[Axis]
    traces: list[Trace]


@dataclass(slots=True)
class _Scale:
    key: str
    axis: Axis
    members: list[int] = field(default_factory=list[int])


def plan_panels(series: Sequence[Series]) -> list[Panel]:
    """Panels for up to MOST_SERIES series in their order; further ones are left out.

    Two scales share the first panel, left and right, when each has a single line; every further scale, bars, sums
    and directions get a panel of their own below. Lines of several places or years share a scale only with their like.
    """
    scales = _scales(series[:MOST_SERIES])
    panels: list[Panel] = []
    while scales:
        together = [scales.pop(0)]
        while not panels and scales and len(together) < _AXES_OF_A_PANEL and _may_join(together[-1], scales[0]):
            together.append(scales.pop(0))
        panels.append(_panel(together, series))
    return panels


def _scales(series: Sequence[Series]) -> list[_Scale]:
    scales: dict[str, _Scale] = {}
    for number, one in enumerate(series):
        quantity = one.quantity
        key = quantity.unit if quantity.unit in _SHARED_UNITS else quantity.name
        scale = scales.setdefault(key, _Scale(key, _axis(one)))
        scale.members.append(number)
    return list(scales.values())


def _axis(series: Series) -> Axis:
    unit, decimals, kind = series.quantity.unit, series.quantity.decimals, series.kind
    return Axis(unit, decimals, from_zero=kind in ("bars", "sum"), circle=kind == "dots", target=series.target)


def _may_join(one: _Scale, other: _Scale) -> bool:
    single = len(one.members) == 1 and len(other.members) == 1
    return single and not any(scale.axis.from_zero or scale.axis.circle for scale in (one, other))


def _panel(scales: Sequence[_Scale], series: Sequence[Series]) -> Panel:
    members = [(number, axis) for axis, scale in enumerate(scales) for number in scale.members]
    with_band = [number for number, _ in members if series[number].kind == "line" and not series[number].years_back]
    bands = set(with_band) if len(with_band) <= _BANDS_OF_A_PANEL else set[int]()
    traces = [Trace(number, axis, number % _DASHES, number in bands) for number, axis in members]
    return Panel([scale.axis for scale in scales], traces)
