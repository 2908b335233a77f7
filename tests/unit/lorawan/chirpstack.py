"""Events as ChirpStack v4 writes them (protobuf's JSON mapping of integration.UplinkEvent)."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

DEV_EUI = "a84041b2c1866e34"
LSE01 = bytes.fromhex("ce2900f107a5099b6e2890")
TOPIC = f"application/17c82e96-be03-4f38-aef3-f83d48582d97/device/{DEV_EUI}/event/up"
AT = datetime(2026, 11, 26, 5, 0, 12, 345_000, tzinfo=UTC)


def uplink(data: bytes = LSE01, *, dev_eui: str = DEV_EUI, at: datetime = AT, number: int = 1, **changes: Any) -> bytes:
    """One uplink event; a change of None leaves the key out."""
    event: dict[str, Any] = {
        "deduplicationId": f"3ac7e3c4-4401-4b8d-9386-{number:012x}",
        "time": at.isoformat(timespec="microseconds").replace("+00:00", "678Z"),
        "deviceInfo": {
            "tenantId": "52f14cd4-c6f1-4fbd-8f87-4025e1d49242",
            "tenantName": "木更津市",
            "applicationId": "17c82e96-be03-4f38-aef3-f83d48582d97",
            "applicationName": "畑の土",
            "deviceProfileId": "14855bf7-d10d-4aee-b618-ebfcb64dc7ad",
            "deviceProfileName": "Dragino LSE01",
            "deviceName": "上の畑の土",
            "devEui": dev_eui,
            "deviceClassEnabled": "CLASS_A",
            "tags": {"plot": "upper"},
        },
        "devAddr": "00189440",
        "adr": True,
        "dr": 2,
        "fCnt": 4 + number,
        "fPort": 2,
        "confirmed": False,
        "data": base64.b64encode(data).decode(),
        "object": {"water_SOIL": "19.57", "BatV": 3.625},
        "rxInfo": [
            {
                "gatewayId": "0016c001f153a14c", "uplinkId": 4217106255, "gwTime": "2026-11-26T05:00:12.345678+00:00",
                "nsTime": "2026-11-26T05:00:12.463Z", "rssi": -107, "snr": -3.25, "channel": 3, "rfChain": 1,
                "location": {"latitude": 35.38, "longitude": 139.92}, "context": "E3OWOQ==", "crcStatus": "CRC_OK",
            },
            {"gatewayId": "0016c001f153a150", "uplinkId": 7, "rssi": -94, "snr": 6.5, "context": "E3OWOg=="},
        ],
        "txInfo": {
            "frequency": 923_200_000,
            "modulation": {"lora": {"bandwidth": 125_000, "spreadingFactor": 10, "codeRate": "CR_4_5"}},
        },
        "regionConfigId": "as923",
    }  # fmt: skip
    merged = {key: value for key, value in (event | changes).items() if value is not None}
    return json.dumps(merged, ensure_ascii=False).encode()
