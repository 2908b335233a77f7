"""A form does its work once, however often it is sent; and what the phone's queue is told."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest

from hub import clock
from hub.errors import Conflict, Forbidden, Invalid
from hub.texts import translator
from hub.web.once import KEPT, once
from hub.web.pages.forms import Filled


def form_with(key: object) -> Filled:
    return Filled({"key": [str(key)]}, translator("en"))


@pytest.fixture
def ledger(site):
    """Counts what is really done: a table of its own."""
    with site.database.transaction() as conn:
        conn.execute("create table done (what text)")

    def act(conn):
        conn.execute("insert into done values ('x')")
        return f"/done/{conn.execute('select count(*) from done').fetchone()[0]}"

    def count() -> int:
        with site.database.transaction() as conn:
            return conn.execute("select count(*) from done").fetchone()[0]

    def send(key, path="/here", who="ishii", now=None, act=act) -> str:
        return once(site.database, form_with(key), site.actor(who), path, now or clock.now(), act)

    send.count, send.act = count, act
    return send


def test_a_key_works_once_and_tells_the_first_answer_again(ledger):
    key = uuid4()
    assert [ledger(key), ledger(key), ledger(str(key).upper())] == ["/done/1"] * 3
    assert ledger(uuid4()) == "/done/2"
    assert ledger.count() == 2


def test_without_a_key_a_form_is_done_each_time(ledger):
    assert [ledger(""), ledger(" ")] == ["/done/1", "/done/2"]


def test_what_was_refused_can_be_sent_again(ledger):
    key = uuid4()

    def refuse(conn):
        ledger.act(conn)
        raise Conflict

    with pytest.raises(Conflict):
        ledger(key, act=refuse)
    assert ledger.count() == 0
    assert ledger(key) == "/done/1"


def test_a_key_is_its_writers_and_opens_one_door(ledger):
    key = uuid4()
    ledger(key)
    with pytest.raises(Forbidden):
        ledger(key, who="office")
    with pytest.raises(Conflict):
        ledger(key, path="/elsewhere")
    with pytest.raises(Invalid):
        ledger("no-key")
    assert ledger.count() == 1


def test_of_two_at_once_one_acts_and_both_are_told_the_same(ledger):
    key, inside, answers = uuid4(), threading.Event(), []

    def slowly(conn):
        inside.set()
        second.start()
        # The second cannot be answered while this transaction is open: it waits at the key.
        second.join(0.3)
        assert second.is_alive()
        return ledger.act(conn)

    second = threading.Thread(target=lambda: answers.append(ledger(key)))
    answers.append(ledger(key, act=slowly))
    second.join(10)
    assert inside.is_set()
    assert answers == ["/done/1"] * 2
    assert ledger.count() == 1


def test_keys_that_nobody_can_mean_any_more_are_dropped(site, ledger):
    now, keys = clock.now(), [uuid4() for _ in range(30)]
    for key in keys:
        ledger(key, now=now - KEPT)
    ledger(uuid4(), now=now + timedelta(seconds=1))
    ledger(uuid4(), now=now + timedelta(seconds=1))
    with site.database.transaction() as conn:
        assert conn.execute("select count(*) from sent_form").fetchone()[0] == 2


def test_the_incidents_forms_carry_a_key_and_keep_it(site):
    path = f"/incidents/{site.spring('trap-1')}"
    visitor = site.client("ishii")
    assert visitor.get(path).text.count('name="key" value="') == 2
    for act, fields in (("going", {"eta_minutes": "60"}), ("resolve", {"outcome": "empty"})):
        key = str(uuid4())
        answers = [visitor.post(f"{path}/{act}", page="/traps", key=key, **fields) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [303, 303]
        assert len({answer.headers["location"] for answer in answers}) == 1
    with site.database.transaction() as conn:
        acts = conn.execute("select act from audit_entry where object like 'incident/%' order by id").fetchall()
    assert acts == [("going",), ("resolve",)]


def test_the_queue_on_the_phone_gets_a_receipt_that_names_the_key(site):
    path = f"/incidents/{site.spring('trap-1')}"
    visitor = site.client("ishii")
    token = visitor.get("/form-token").json()
    assert (token["person"], token["name"]) == (site.people["ishii"], "石井 健太")
    key = str(uuid4())

    def send(**fields):
        data = {"csrf": token["csrf"], "key": key, **fields}
        return visitor.http.post(f"{path}/resolve", data=data, headers={"X-Queued": key})

    refused = send(note="足跡")
    assert refused.status_code == 422
    assert refused.json() == {
        "queued": key, "words": ["一つ選んでください。"], "fields": {"outcome": "一つ選んでください。"}
    }  # fmt: skip
    for _ in range(2):
        answer = send(outcome="empty")
        assert (answer.status_code, answer.json()) == (200, {"queued": key, "to": f"{path}?done=resolved"})
    key = str(uuid4())
    late = send(outcome="empty", note="私の記録")
    assert late.status_code == 409
    assert "他の人が先に対応を終えました" in late.json()["words"][0]


def test_the_queue_is_told_an_error_in_words_too(site):
    visitor = site.client("ishii")
    csrf = visitor.get("/form-token").json()["csrf"]
    answer = visitor.http.post("/incidents/i-nowhere/resolve", data={"csrf": csrf, "outcome": "empty"},
                               headers={"X-Queued": "k"})  # fmt: skip
    assert answer.status_code == 404
    assert answer.json()["queued"] == "k"
    assert all(answer.json()["words"])
    assert site.client().get("/form-token").status_code == 401


def test_going_that_waited_on_the_phone_counts_from_when_it_was_written(site):
    path = f"/incidents/{site.spring('trap-1')}"
    visitor, now = site.client("ishii"), clock.now()
    csrf = visitor.get("/form-token").json()["csrf"]

    def send(written_ago: timedelta):
        data = {"csrf": csrf, "eta_minutes": "60", "written_at": (now - written_ago).isoformat()}
        return visitor.http.post(f"{path}/going", data=data, headers={"X-Queued": "k"})

    late = send(timedelta(minutes=61))
    assert late.status_code == 422
    assert "届いた" in late.json()["fields"]["eta_minutes"]
    assert "まだ誰も向かっていません" in visitor.get(path).text
    # A clock that runs ahead does not make the way longer.
    for ago, left in ((timedelta(minutes=45), 15), (-timedelta(hours=5), 60)):
        assert send(ago).status_code == 200
        with site.database.transaction() as conn:
            (eta,) = conn.execute("select max(eta_at) from incident_answer").fetchone()
        assert abs(eta - now - timedelta(minutes=left)) < timedelta(minutes=1.5)


def test_it_is_installed_where_the_persons_work_begins(site):
    for who, start in (("ishii", "/traps"), ("takahashi", "/plots"), (None, "/")):
        manifest = site.client(who).get("/manifest.webmanifest").json()
        assert (manifest["id"], manifest["scope"], manifest["start_url"]) == ("/", "/", start)
        assert {icon.get("purpose") for icon in manifest["icons"]} == {None, "maskable"}
    assert '<link rel="manifest" href="/manifest.webmanifest"' in site.client().get("/").text


def test_only_a_hunters_page_may_be_kept_and_it_says_whose_it_is(site):
    path = f"/incidents/{site.spring('trap-1')}"
    hunter, office = site.client("ishii"), site.client("office")
    for page in ("/traps", "/traps/trap-1", "/incidents", path):
        headers = hunter.get(page).headers
        assert (headers.get("wanamori-person"), headers.get("wanamori-keep")) == (site.people["ishii"], "yes"), page
        headers = office.get(page).headers
        assert (headers.get("wanamori-person"), headers.get("wanamori-keep")) == (site.people["office"], None)
    assert "wanamori-keep" not in hunter.get("/incidents?show=all").headers
    assert site.client().get("/").headers["wanamori-person"] == "-"
    assert hunter.get("/nowhere").headers["wanamori-person"] == "?"
    worker = site.client().get("/sw.js")
    assert worker.headers["content-type"].startswith("text/javascript")
    assert worker.headers["cache-control"] == "no-cache"
