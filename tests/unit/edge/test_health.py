"""What an agent says about itself fits the wire, whatever is wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.core.health import Health, agent_status, device_status, parse_wireless_dbm

WIRELESS = """Inter-| sta-|   Quality        |   Discarded packets               | Missed | WE
 face | tus | link level noise |  nwid  crypt   frag  retry   misc | beacon | 22
 wlan0: 0000   58.  {}  -256        0      0      0      0    105        0
"""


@pytest.mark.parametrize(("level", "dbm"), [("-52.", -52.0), ("204.", -52.0), ("nonsense", None)])
def test_the_signal_is_read_from_the_kernels_table(level, dbm) -> None:
    assert parse_wireless_dbm(WIRELESS.format(level)) == dbm


def test_no_radio_no_signal() -> None:
    assert parse_wireless_dbm("") is None
    assert parse_wireless_dbm(WIRELESS[: WIRELESS.index(" wlan0")]) is None


@given(st.text(max_size=300))
def test_rubbish_in_the_table_is_no_signal_or_a_number(text) -> None:
    level = parse_wireless_dbm(text)
    assert level is None or isinstance(level, float)


@given(
    st.dictionaries(
        st.sampled_from(["-", "trap-1", "field-1"]), st.lists(st.text(max_size=400), max_size=60).map(tuple)
    )
)
def test_a_house_full_of_faults_still_gets_its_heartbeat_through(faults) -> None:
    health = Health("0.1.0", 12.34567, None, 1.0, 3, 0, faults)
    status = agent_status("running", "s", health)
    assert len(status.faults) <= 50
    assert all(len(fault) <= 200 for fault in status.faults)
    assert status.battery_v == 12.346
    assert (
        len(device_status("running", "s", "open", [fault for some in faults.values() for fault in some]).faults) <= 50
    )
