"""A plot with warnings in every state, for looking at their pages."""

from datetime import timedelta

from hub import clock
from hub.alerts.matters import end_matter
from hub.alerts.views import NewIncident
from hub.fields.plots import NewPlot
from hub.fields.plots import service as plots
from hub.fields.thresholds import service as warnings
from hub.fields.thresholds.frosts import FrostWatch, set_frost_watch
from hub.fields.thresholds.rules import Rule, Season
from hub.fields.thresholds.service import NewWarning
from hub.store import Connection
from tests.website import SYSTEM, Website, measure

PAGES_OF_WARNINGS = (
    "warnings", "warnings, by staff", "warnings, nothing yet", "new warning", "a proposal for a warning", "a warning",
    "removing a warning",
    "what a warning told",
)  # fmt: skip
_DRY = Rule("soil_moisture", "below", 20.0, hysteresis=2.0, hold_min=120, quiet_min=(21 * 60, 5 * 60))
_DAMP = Rule("relative_humidity", "above", 90.0, "mean", 12, 2.0, season=Season((6, 1), (9, 30)), repeat_h=24)
_COLD = Rule("air_temperature", "below", 3.0, hysteresis=1.0, hold_min=30, season=Season((3, 20), (5, 31)))


def fill_warnings(site: Website) -> dict[str, tuple[str | None, str]]:
    """The pages by name."""
    now, farmer, owner = clock.now(), site.actor("takahashi"), site.people["takahashi"]
    station = site.add_device(site.add_agent("畑の箱"), "field-3", "station", "裏の園の観測機").key
    keys = frozenset({station})
    new = NewPlot(owner, "裏のブルーベリー園", device_keys=keys, crop_id="blueberry", open_to_staff=True)
    with site.database.transaction() as conn:
        for step in range(48 * 6):
            values = {"soil_moisture": 26.0 - step / 40, "air_temperature": 9.0, "relative_humidity": 71.0}
            measure(conn, station, now - timedelta(minutes=10 * (48 * 6 - step)), values)
        plot = plots.create_plot(conn, SYSTEM, new, now)
        empty = plots.create_plot(conn, SYSTEM, NewPlot(owner, "休耕の畑", device_keys=keys), now)
        _, damp, cold = (
            warnings.create_warning(conn, farmer, plot, NewWarning(station, rule), now) for rule in (_DRY, _DAMP, _COLD)
        )
        warnings.pause_warning(conn, farmer, plot, cold, now + timedelta(days=3), now)
        set_frost_watch(conn, farmer, plot, FrostWatch("likely", -1.5, Season((3, 20), (5, 31))), now)
        site.rooms.field_warnings.sweep(conn, now)
        _tell_before(site, conn, plot, damp)
        [told, *_] = site.services.alerts.fetch_incidents(conn, states=("open",), device_keys=[], plot_ids=[plot])
    return {
        "warnings": ("takahashi", f"/plots/{plot}/warnings"),
        "warnings, by staff": ("office", f"/plots/{plot}/warnings"),
        "warnings, nothing yet": ("takahashi", f"/plots/{empty}/warnings"),
        "new warning": ("takahashi", f"/plots/{plot}/warnings/new"),
        "a proposal for a warning": ("takahashi", f"/plots/{empty}/warnings/new?preset=any-dry"),
        "a warning": ("takahashi", f"/plots/{plot}/warnings/{damp}"),
        "removing a warning": ("takahashi", f"/plots/{plot}/warnings/{damp}/remove"),
        "what a warning told": ("takahashi", f"/incidents/{told.id}"),
    }


def _tell_before(site: Website, conn: Connection, plot: str, damp: str) -> None:
    """What was told some days ago and is over."""
    at = clock.now() - timedelta(days=4)
    words = {
        "ja": "12時間の湿度の平均が 90 % を超えました（いま 92 %）",
        "ja_Hira": "湿度（しつど）の 平均（へいきん）が 90 %より 上（うえ）になりました。いま 92 %です。",
        "en": "the mean relative humidity of 12 h is over 90 %, now 92 %",
    }
    after = {"ja": "17:20 に 87 % に戻りました。", "ja_Hira": "17:20に 87 %に もどりました。", "en": "Back to 87 %."}
    about = NewIncident("field_threshold", None, None, at, plot_id=plot, matter=damp, words=words)
    site.services.alerts.open_incident(conn, about, at)
    end_matter(conn, about, "value_recovered", at + timedelta(hours=9), after)
