import csv
import io
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from edge.wire.quantities import QUANTITIES
from hub.fields.charts import Bucket
from hub.fields.export import csv_head, csv_lines, plot_head, plot_lines, step_head, step_lines, write_number
from hub.fields.imports.comparing import compare, single
from hub.fields.imports.guessing import guess_layout
from hub.fields.imports.lines import read_rows
from hub.fields.imports.tables import decode_text, read_table
from hub.fields.plots import Row
from hub.texts import translator

TWO = [QUANTITIES["air_temperature"], QUANTITIES["relative_humidity"]]
ROW = Row(datetime(2026, 11, 23, 5, 5, tzinfo=UTC), datetime(2026, 11, 23, 5, 6, 7, tzinfo=UTC), [8.125, None])


def test_excel_reads_the_file_as_japanese():
    text = csv_head(TWO, translator("ja")) + "".join(csv_lines([ROW], TWO, ZoneInfo("Asia/Tokyo")))
    data = text.encode()
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.count(b"\n") == data.count(b"\r\n") == 2
    head, row = csv.reader(io.StringIO(data.decode("utf-8-sig")))
    assert head == ["測定日時", "協定世界時との差", "気温 (°C)", "湿度 (%)", "受信日時"]
    assert row == ["2026-11-23 14:05:00", "+09:00", "8.125", "", "2026-11-23 14:06:07"]


def test_the_offset_is_the_zones_own():
    (line,) = csv_lines([ROW], TWO, ZoneInfo("America/St_Johns"))
    assert line.startswith("2026-11-23 01:35:00,-03:30,")


NAMES = list(QUANTITIES)
ALL = [QUANTITIES[name] for name in NAMES]
TOKYO = ZoneInfo("Asia/Tokyo")
LABELS = {translator(locale)(QUANTITIES[name].label): name for locale in ("ja", "en", "ja_Hira") for name in NAMES}
MOMENTS = st.datetimes(datetime(2001, 1, 1), datetime(2026, 11, 1), timezones=st.just(UTC))


@st.composite
def rows_of_a_station(draw):
    moments = draw(st.lists(MOMENTS, min_size=1, max_size=12, unique=True))
    return [
        Row(
            at,
            at,
            [draw(st.none() | st.floats(one.low, one.high, width=32, allow_subnormal=False)) for one in ALL[:-1]]
            + [-1.0],
        )
        for at in sorted(moments)
    ]


@given(rows_of_a_station(), st.sampled_from(["ja", "en", "ja_Hira"]))
def test_what_was_saved_can_be_added_again_and_is_the_same(rows, locale):
    text = csv_head(ALL, translator(locale)) + "".join(csv_lines(rows, ALL, TOKYO))
    decoded, _ = decode_text(text.encode())
    layout = guess_layout(decoded, LABELS, []).layout
    read = read_rows(read_table(decoded, layout.separator), layout, TOKYO, datetime(2026, 11, 27, tzinfo=UTC))
    stored = {
        row.measured_at: {name: value for name, value in zip(NAMES, row.values, strict=True) if value is not None}
        for row in rows
    }
    assert read.refused == []
    assert set(compare(read.rows, stored).fates.values()) == {"known"}
    assert {at: set(row.values) for at, row in read.rows.items()} == {at: set(row) for at, row in stored.items()}


@given(st.floats(-1e6, 1e6, width=32), st.integers(0, 2))
def test_a_number_is_the_stored_one_again(value, decimals):
    assert single(float(write_number(value, decimals))) == value


def test_a_plots_file_names_each_station_and_no_name_is_a_formula():
    head = next(csv.reader([plot_head(TWO, translator("ja")).removeprefix("\ufeff")]))
    (line,) = plot_lines("=上の畑, 東", csv_lines([ROW], TWO, TOKYO))
    assert head == ["測定日時", "協定世界時との差", "観測機", "気温 (°C)", "湿度 (%)", "受信日時"]
    assert next(csv.reader([line])) == [
        "2026-11-23 14:05:00", "+09:00", "'=上の畑, 東", "8.125", "", "2026-11-23 14:06:07",
    ]  # fmt: skip


def test_hours_have_the_least_the_mean_and_the_greatest():
    hour = Bucket(datetime(2026, 11, 23, 5, tzinfo=UTC), 7.0, 8.25, 9.5, 12)
    head = next(csv.reader([step_head(TWO, translator("en"))]))
    assert head[3:6] == ["Air temperature (°C) Least", "Air temperature (°C) Mean", "Air temperature (°C) Greatest"]
    (line,) = step_lines("上の畑", [[hour], []], TWO, TOKYO)
    assert line == "2026-11-23 14:00:00,+09:00,上の畑,7.0,8.25,9.5,,,\r\n"
