"""Which words in a heading mean which quantity, in the order in which they are asked. Pure data.

Beside these a page hands in the labels of every quantity in every language, so that what the service writes it reads.
"""

__all__ = ["IGNORED_WORDS", "QUANTITY_WORDS"]

# The first word that stands in a heading (small letters, NFKC) decides: soil before air, gust before wind.
QUANTITY_WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("soil_moisture", ("土壌水分", "体積含水率", "含水率", "water content", "soil_moisture", "vwc", "moisture")),
    ("soil_temperature", ("地温", "土壌温度", "土温", "soil temp", "soil_temp")),
    ("water_temperature", ("水温", "water temp", "water_temp")),
    ("soil_conductivity", ("電気伝導", "導電率", "conductivity", "ec")),
    ("soil_ph", ("土壌ph", "soil ph", "soil_ph")),
    ("photosynthetic_flux", ("光量子", "ppfd", "par")),
    ("solar_radiation", ("日射", "solar", "radiation")),
    ("rainfall", ("降水", "雨量", "rain", "precip")),
    ("wind_gust", ("瞬間風速", "gust")),
    ("wind_direction", ("風向", "wind dir", "wind_dir")),
    ("wind_speed", ("風速", "wind")),
    ("co2", ("二酸化炭素", "炭酸ガス", "co2")),
    ("water_depth", ("水位", "水深", "water level", "water depth", "water_depth")),
    ("leaf_wetness", ("葉面", "leaf")),
    ("air_pressure", ("気圧", "pressure", "pres")),
    ("battery_voltage", ("電池", "バッテリ", "batt")),
    ("signal_strength", ("電波", "rssi", "signal")),
    ("relative_humidity", ("湿度", "humid", "rh")),
    ("air_temperature", ("気温", "温度", "室温", "temp")),
)
# Columns that hold numbers and measure nothing.
IGNORED_WORDS = ("受信日時", "received at", "番号", "no.", "record", "serial", "シリアル", "機器")
