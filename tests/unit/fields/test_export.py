import csv
import io
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from edge.wire.quantities import QUANTITIES
from hub.fields.export import csv_head, csv_lines
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
    assert row == ["2026-11-23 14:05:00", "+09:00", "8.12", "", "2026-11-23 14:06:07"]


def test_the_offset_is_the_zones_own():
    (line,) = csv_lines([ROW], TWO, ZoneInfo("America/St_Johns"))
    assert line.startswith("2026-11-23 01:35:00,-03:30,")
