"""What is written for the servers, as text."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.local.broker import render_acl, render_mosquitto_conf
from hub.local.cluster import (
    cluster_name,
    database_url,
    is_of_cluster,
    memory_settings,
    render_hba,
    render_ident,
    render_postgres_conf,
)
from hub.local.errors import LocalError
from hub.local.layout import Layout
from hub.local.ports import chosen_port, kept_port
from hub.local.site import parse_smtp

PATHS = st.text(st.characters(exclude_categories=["C"], exclude_characters="\0"), min_size=1).map(
    lambda t: Path("/x" + t)
)
GIGABYTE = 1 << 30


@given(PATHS)
def test_a_url_holds_any_folder(folder: Path) -> None:
    parts = urlsplit(database_url(folder))
    assert parse_qs(parts.query)["host"] == [str(folder)]
    assert (parts.scheme, parts.username, parts.path) == ("postgresql", "wanamori", "/wanamori")


@given(PATHS)
def test_a_path_with_a_quote_stays_one_value(folder: Path) -> None:
    text = render_postgres_conf(Layout(folder), Path("/run/x"), GIGABYTE)
    line = next(line for line in text.split("\n") if line.startswith("hba_file"))
    value = line.removeprefix("hba_file = '").removesuffix("'").replace("''", "'").replace("\\\\", "\\")
    assert value == str(folder / "conf/pg_hba.conf")


def test_the_database_listens_nowhere_but_on_its_socket() -> None:
    text = render_postgres_conf(Layout(Path("/data")), Path("/data/run"), GIGABYTE)
    assert "listen_addresses = ''" in text
    assert "unix_socket_permissions = '0700'" in text
    assert "fsync = 'on'" in text
    assert all(line.startswith("local ") for line in render_hba().splitlines())
    assert render_ident(["root", "me", "root"]).splitlines() == ['wanamori "root" wanamori', 'wanamori "me" wanamori']


@pytest.mark.parametrize("gigabytes", [1, 2, 8, 64])
def test_memory_fits_the_machine(gigabytes: int) -> None:
    settings = memory_settings(gigabytes * GIGABYTE)
    cache_mb = int(settings["shared_buffers"].removesuffix("MB"))
    assert 64 <= cache_mb <= 512
    assert cache_mb <= gigabytes * 1024 // 8


def test_own_processes_are_told_from_those_of_another_folder() -> None:
    ours, theirs = Path("/data/postgres"), Path("/other/postgres")
    postmaster = [
        "/usr/lib/postgresql/15/bin/postgres",
        "-D",
        str(ours),
        "-c",
        "config_file=/data/conf/postgresql.conf",
    ]
    backend = [f"postgres: {cluster_name(ours)}: checkpointer "]
    for arguments in (postmaster, backend):
        assert is_of_cluster(arguments, ours)
        assert not is_of_cluster(arguments, theirs)
    assert not is_of_cluster(["vi", str(ours)], ours)
    assert not is_of_cluster([], ours)


def test_the_broker_is_bounded_and_closed() -> None:
    text = render_mosquitto_conf(Layout(Path("/data")), 1883)
    assert "listener 1883 127.0.0.1" in text
    assert "allow_anonymous false" in text
    assert "persistence false" in text
    for bound in ("max_packet_size", "max_inflight_bytes", "max_queued_bytes", "max_queued_messages", "memory_limit"):
        assert f"\n{bound} " in text
    assert "$SYS" not in render_acl()


def taken(*ports: int):
    return lambda port: "is taken" if port in ports else None


def test_agents_find_the_broker_where_they_were_told_or_it_does_not_start() -> None:
    assert kept_port("--mqtt-port", 4000, 8080, complaint=taken()) == 4000
    with pytest.raises(LocalError, match=r"port 4000 .* --mqtt-port"):
        kept_port("--mqtt-port", 4000, 8080, complaint=taken(4000))
    with pytest.raises(LocalError, match="twice"):
        kept_port("--mqtt-port", 4000, 4000, complaint=taken())


def test_ports_in_their_order() -> None:
    assert chosen_port("--mqtt-port", None, (4000, 1883), complaint=taken()) == 4000
    assert chosen_port("--mqtt-port", None, (4000, 1883), complaint=taken(4000)) == 1883
    assert chosen_port("--mqtt-port", None, (None, 1883), complaint=taken()) == 1883
    assert chosen_port("--mqtt-port", 5000, (4000, 1883), complaint=taken(4000)) == 5000
    assert chosen_port("--mqtt-port", None, (8080, 1883), 8080, complaint=taken()) == 1883


def test_any_port_is_free_and_not_the_other_servers() -> None:
    chosen = {chosen_port("--http-port", None, (8080,), 20_001, complaint=taken(8080, 20_000)) for _ in range(50)}
    assert chosen.isdisjoint({8080, 20_000, 20_001})
    assert all(20_000 <= port <= 29_999 for port in chosen)
    with pytest.raises(LocalError, match="no free port"):
        chosen_port("--http-port", None, (8080,), complaint=lambda _: "is taken")


def test_a_given_port_that_cannot_be_had_names_port_and_option() -> None:
    with pytest.raises(LocalError, match=r"port 5000 is taken: .*--http-port"):
        chosen_port("--http-port", 5000, (8080,), complaint=taken(5000))
    with pytest.raises(LocalError, match=r"port 5000 is asked for twice"):
        chosen_port("--http-port", 5000, (8080,), 5000, complaint=taken())


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [("localhost:25", "localhost", 25), ("[::1]:2525", "::1", 2525), ("10.0.0.1:1", "10.0.0.1", 1)],
)
def test_a_mail_server(text: str, host: str, port: int) -> None:
    smtp = parse_smtp(text)
    assert (smtp.host, smtp.port) == (host, port)


@pytest.mark.parametrize(
    "text", ["", "localhost", ":25", "localhost:", "localhost:x", "a:0", "a:65536", "a:٣", "a b:25", "a:-1"]
)
def test_no_mail_server(text: str) -> None:
    with pytest.raises(LocalError, match="HOST:PORT"):
        parse_smtp(text)
