"""The stream of what changes: told at once to those who may see it, and no hindrance to stopping."""

import threading
from contextlib import contextmanager

import httpx
import pytest

from hub import clock
from hub.store import notify
from hub.web import live
from tests.servers import wait_until


class Listener:
    """Reads a stream in a thread; `heard` are its events as (what, data)."""

    def __init__(self, client: httpx.Client, path: str = "/live", **headers: str) -> None:
        self.heard: list[tuple[str, str]] = []
        self.ids: list[str] = []
        self.lines: list[str] = []
        self.ended = threading.Event()
        self._thread = threading.Thread(target=self._read, args=(client, path, headers), daemon=True)
        self._thread.start()

    def _read(self, client: httpx.Client, path: str, headers: dict[str, str]) -> None:
        try:
            with client.stream("GET", path, headers=headers, timeout=httpx.Timeout(30, read=60)) as answer:
                self.status, self.headers, what = answer.status_code, answer.headers, ""
                for line in answer.iter_lines():
                    self.lines.append(line)
                    if line.startswith("event: "):
                        what = line[7:]
                    elif line.startswith("data: "):
                        self.heard.append((what, line[6:]))
                    elif line.startswith("id: "):
                        self.ids.append(line[4:])
        except httpx.TransportError:
            pass  # the server has gone: the stream has ended
        finally:
            self.ended.set()

    def waits(self) -> None:
        wait_until(lambda: ": listening" in self.lines or self.ended.is_set(), "the stream does not begin")

    def hears(self, what: str, part: str = "") -> None:
        wait_until(
            lambda: any(w == what and part in d for w, d in self.heard),
            lambda: f"{what} {part} is not told: {self.heard}",
        )


@contextmanager
def listening(site, username, path="/live", **headers):
    visitor = site.client(username)
    listener = Listener(visitor.http, path, **headers)
    listener.waits()
    yield listener


def say(site, what: str, name: str, **more: object) -> None:
    with site.database.transaction() as conn:
        notify(conn, "live", {"what": what, "id": name, **more})


def test_a_hunter_hears_of_traps_and_not_of_the_offices_matters(site):
    with listening(site, "ishii") as hunter, listening(site, "office") as office:
        incident = site.spring("trap-1")
        say(site, "agent", "ag-1")
        say(site, "reading", "field-1")
        say(site, "device", "trap-2")
        hunter.hears("incident", incident)
        hunter.hears("device", "trap-2")
        office.hears("agent", "ag-1")
        office.hears("reading", "field-1")
        assert {what for what, _ in hunter.heard} <= {"incident", "device", "everything"}


def test_a_farmer_hears_of_readings_of_own_plots(site):
    with listening(site, "takahashi") as farmer:
        say(site, "device", "trap-1")
        say(site, "incident", "i-1", device="trap-1")
        say(site, "reading", "field-1")
        farmer.hears("reading", "field-1")
        assert not any("trap-1" in data for _, data in farmer.heard)


def test_what_was_missed_is_told_first(site):
    with listening(site, "ishii") as first:
        say(site, "device", "trap-1")
        first.hears("device", "trap-1")
        # Ids are whole milliseconds: a later one than that in which trap-1 was told, and passed before trap-3 is.
        before = int(clock.now().timestamp() * 1000) + 1
        wait_until(lambda: clock.now().timestamp() * 1000 > before, "the next millisecond", pause_s=0.001)
        say(site, "device", "trap-3")
        first.hears("device", "trap-3")
        with listening(site, "ishii", path=f"/live?since={before}") as second:
            second.hears("device", "trap-3")
            assert not any("trap-1" in data for _, data in second.heard)
        with listening(site, "ishii", **{"Last-Event-ID": "1000"}) as third:
            third.hears("everything")


def test_a_stream_says_that_it_listens_when_the_database_hears_it(site, monkeypatch):
    """Whoever waits for that word and then looks has missed nothing, however long the way to the database was."""
    may_listen, listen = threading.Event(), type(site.database).listen

    def listen_later(database, *channels, **options):
        may_listen.wait(30)
        yield from listen(database, *channels, **options)

    monkeypatch.setattr(type(site.database), "listen", listen_later)
    listener = Listener(site.client("ishii").http)
    wait_until(lambda: listener.lines, "the stream does not begin")
    say(site, "device", "trap-1")
    assert ": listening" not in listener.lines
    may_listen.set()
    listener.waits()
    say(site, "device", "trap-2")
    listener.hears("device", "trap-2")
    assert [what for what, _ in listener.heard] == ["everything", "device"]


def test_the_stream_is_not_kept_compressed_or_held_back(site):
    with listening(site, "ishii") as listener:
        assert listener.headers["content-type"].startswith("text/event-stream")
        assert "no-store" in listener.headers["cache-control"]
        assert "content-encoding" not in listener.headers
        assert any(line.startswith("retry: ") for line in listener.lines)


def test_a_quiet_stream_says_that_it_is_still_there(site, monkeypatch):
    monkeypatch.setattr(live, "HEARTBEAT_S", 0.05)
    with listening(site, "ishii") as listener:
        wait_until(lambda: len(listener.ids) > 3, "no heartbeat")


def test_signing_out_ends_the_stream(site, monkeypatch):
    monkeypatch.setattr(live, "HEARTBEAT_S", 0.05)
    monkeypatch.setattr(live, "AUDIENCE_LIFE", live.timedelta())
    visitor = site.client("ishii")
    listener = Listener(visitor.http)
    listener.waits()
    with site.database.transaction() as conn:
        conn.execute("delete from web_session")
    assert listener.ended.wait(30)


def test_a_new_right_is_heard_at_once(site):
    site.add_person("suzuki", "farmer", "鈴木 次郎")
    with listening(site, "suzuki") as farmer:
        say(site, "reading", "field-2")
        plot = site.add_plot("suzuki", "新しい畑", "field-2")
        farmer.hears("plot", plot)
        say(site, "reading", "field-2")
        farmer.hears("reading", "field-2")


def test_a_database_that_went_away_makes_everybody_look_again(site):
    with listening(site, "ishii") as listener:
        say(site, "device", "trap-1")
        listener.hears("device", "trap-1")
        told = sum(what == "everything" for what, _ in listener.heard)
        with site.database.transaction() as conn:
            conn.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where application_name like '%%listen'"
                " and datname = current_database()"
            )
        wait_until(lambda: sum(what == "everything" for what, _ in listener.heard) > told, "nobody looks again")


@pytest.mark.parametrize("count", [0, 12])
def test_the_server_stops_with_streams_open(site, count):
    listeners = [Listener(site.client("ishii").http) for _ in range(count)]
    for listener in listeners:
        listener.waits()
    site.server.should_exit = True
    site.thread.join(timeout=20)
    assert not site.thread.is_alive()
    for listener in listeners:
        assert listener.ended.wait(10)
