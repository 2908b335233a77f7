"""The mail that a person gets: in their words, with what they need, and with no way to smuggle anything in."""

from dataclasses import replace
from email import message_from_bytes
from email.policy import default as modern
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import hub.alerts
from hub.alerts.channels import Refused
from hub.alerts.channels.letters import compose_mail
from hub.alerts.kinds import KINDS
from hub.alerts.messages import Addressee, Digest, Message
from hub.alerts.notices import Notice, Place
from hub.texts import LOCALES, Texts
from tests.unit.alerts.samples import HOUR, MINUTE, NOON

examples = settings(max_examples=100, deadline=None)  # no opinion on how fast this machine is

SENDER = "罠守 <wanamori@example.jp>"
NOTICE = Notice(
    delivery_id=12,
    incident_id="i-9w3hr5kt",
    kind=KINDS["trap_sprung"],
    name="矢那 3号",
    place=Place(35.376102, 139.922409),
    occurred_at=NOON - 2 * MINUTE,
    uncertain=False,
    late=False,
    round=1,
    told=("森 葉子", "鈴木 太郎"),
    person_id="p-sato",
    person_name="佐藤 健一",
    email="sato@example.jp",
    language="ja",
    going_url="https://wanamori.example.jp/a/TOKEN",
    incident_url="https://wanamori.example.jp/incidents/i-9w3hr5kt",
    now=NOON,
)


KEY = "0190c3c2-5a4e-7c11-9d53-3f6f1f0f9c21"


def message_of(*notices, **changed):
    """The message that tells the first notice's person of these."""
    first = notices[0]
    person = Addressee(first.person_id, first.person_name, first.email, first.language)
    made = Message(KEY, "alarm", person, first.now, notices, going_url=first.going_url)
    return replace(made, **changed)


@pytest.fixture(scope="module")
def texts():
    made = Texts(zone=ZoneInfo("Asia/Tokyo"), town="木更津市")
    made.add_folder("alerts", Path(hub.alerts.__file__).parent / "templates")
    return made


def read(told, texts):
    """The mail of a notice or a message as its reader's program sees it, after its way over the wire."""
    message = told if isinstance(told, Message) else message_of(told)
    return message_from_bytes(compose_mail(message, texts, SENDER, "example.jp").as_bytes(), policy=modern)


def body(mail, kind="plain"):
    return mail.get_body((kind,)).get_content()


def test_the_subject_says_what_and_which(texts):
    assert read(NOTICE, texts)["Subject"] == "罠が作動：矢那 3号"


def test_the_body_says_when_where_who_and_what_to_do(texts):
    text = body(read(NOTICE, texts))
    for part in (
        "罠「矢那 3号」が作動しました。",
        "11月23日（月） 11:58",
        "35.37610, 139.92241",
        "https://maps.gsi.go.jp/#16/35.37610/139.92241/",
        "geo:35.37610,139.92241",
        "森 葉子, 鈴木 太郎",
        NOTICE.going_url,
        NOTICE.incident_url,
        "木更津市",
    ):
        assert part in text


def test_the_page_form_has_a_large_button_to_the_same_place(texts):
    html = body(read(NOTICE, texts), "html")
    assert f'href="{NOTICE.going_url}"' in html
    assert 'lang="ja"' in html
    assert "向かいます" in html


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("language", LOCALES)
def test_each_kind_is_said_in_each_language(texts, kind, language):
    notice = replace(NOTICE, kind=KINDS[kind], language=language)
    mail = read(notice, texts)
    assert notice.name in mail["Subject"]
    assert notice.name in body(mail)
    english = KINDS[kind].lead.split("%")[0] or KINDS[kind].when
    assert (english in body(mail)) == (language == "en")


@pytest.mark.parametrize("count", [1, 3])
def test_a_matter_of_the_field_is_said_in_the_readers_words_with_its_own_answer(texts, count):
    words = {"ja": "土の水分が 20 % より少ない", "en": "soil moisture under 20 %"}
    notices = [replace(NOTICE, kind=KINDS["field_threshold"], words=words, incident_id=f"i-{n}") for n in range(count)]
    mail = read(message_of(*notices, purpose="field", going_url=""), texts)
    text = body(mail)
    assert words["ja"] in mail["Subject"]
    assert text.count(words["ja"]) == text.count("見ました") == text.count("/a/TOKEN") == count
    assert "向かいます" not in text


def test_words_that_a_language_lacks_are_said_in_japanese(texts):
    notice = replace(NOTICE, kind=KINDS["field_threshold"], words={"ja": "乾いています"}, language="en")
    assert "乾いています" in body(read(notice, texts))


def test_a_late_firing_says_when_it_was(texts):
    text = body(read(replace(NOTICE, late=True, occurred_at=NOON - 26 * HOUR, language="en"), texts))
    assert "Sprung: Sun 22 Nov 10:00" in text
    assert "held up on its way" in text


def test_an_uncertain_time_is_called_so(texts):
    text = body(read(replace(NOTICE, uncertain=True, late=True, language="en"), texts))
    assert "not certain" in text
    assert "held up" not in text


def test_a_repetition_says_so(texts):
    assert "Notice number 3" in body(read(replace(NOTICE, round=3, language="en"), texts))


def test_many_others_are_counted(texts):
    text = body(read(replace(NOTICE, told=tuple(f"person {n}" for n in range(20))), texts))
    assert "person 7 (+12)" in text


def test_an_agent_has_no_place(texts):
    assert "geo:" not in body(read(replace(NOTICE, place=None), texts))


def test_doubles_are_seen_to_be_the_same_and_an_incidents_mails_stand_together(texts):
    first, again = read(NOTICE, texts), read(replace(NOTICE, now=NOON + MINUTE), texts)
    other = read(message_of(NOTICE, key="0190c3c2-5a4e-7c11-9d53-3f6f1f0f9c22"), texts)
    assert first["Message-ID"] == again["Message-ID"] == f"<{KEY}@example.jp>"
    assert other["Message-ID"] != first["Message-ID"]
    assert other["References"] == first["References"]


def test_no_machine_answers_it(texts):
    assert read(NOTICE, texts)["Auto-Submitted"] == "auto-generated"


def test_the_sender_and_the_person_stand_in_the_header(texts):
    mail = read(NOTICE, texts)
    assert mail["From"].addresses[0].addr_spec == "wanamori@example.jp"
    assert mail["To"].addresses[0].addr_spec == "sato@example.jp"
    assert mail["To"].addresses[0].display_name == "佐藤 健一"


HEADERS = {
    "Message-ID", "Date", "From", "To", "Subject", "References", "In-Reply-To", "Auto-Submitted",
    "X-Wanamori-Incident", "MIME-Version", "Content-Type",
}  # fmt: skip


@examples
@given(name=st.text(max_size=200), person=st.text(max_size=200), language=st.sampled_from(LOCALES))
def test_no_name_can_add_a_header_or_an_addressee(texts, name, person, language):
    mail = read(replace(NOTICE, name=name, person_name=person, language=language), texts)
    assert set(mail.keys()) == HEADERS
    assert [address.addr_spec for address in mail["To"].addresses] == ["sato@example.jp"]
    assert mail.is_multipart()


@examples
@given(name=st.sampled_from(["<script>alert(1)</script>", "<img src=x onerror=y>", '"><b>', "a & b"]))
def test_no_name_becomes_markup(texts, name):
    html = body(read(replace(NOTICE, name=name, told=(name,)), texts), "html")
    assert name not in html


@pytest.mark.parametrize("email", [None, "", "no address", "a@b@c", "x@example.jp\nBcc: all@example.jp", "@", "a@"])
def test_what_is_no_address_is_refused_for_good(texts, email):
    with pytest.raises(Refused):
        compose_mail(message_of(replace(NOTICE, email=email)), texts, SENDER, "example.jp")


def test_a_broken_translation_costs_nobody_the_alarm(texts, monkeypatch):
    class Broken(Texts):
        def translator(self, locale):
            return (lambda text: text + "%(nothing)s") if locale == "ja" else super().translator(locale)

    broken = Broken(zone=texts.zone, town=texts.town)
    broken.add_folder("alerts", Path(hub.alerts.__file__).parent / "templates")
    assert read(NOTICE, broken)["Subject"] == "Trap sprung: 矢那 3号"


@pytest.mark.parametrize("language", LOCALES)
def test_a_mail_that_is_read_later_still_says_when(texts, language):
    text = body(read(replace(NOTICE, language=language), texts))
    assert [line for line in text.splitlines() if "23" in line and line.endswith("11:58")]


MANY = tuple(
    replace(
        NOTICE, incident_id=f"i-{n}", name=f"矢那 {n}号", incident_url=f"https://wanamori.example.jp/incidents/i-{n}"
    )
    for n in range(1, 11)
)


@pytest.mark.parametrize(
    ("language", "subject"), [("ja", "【10件】罠が作動：矢那 1号"), ("en", "10 alarms: Trap sprung: 矢那 1号")]
)
def test_many_are_one_mail_whose_subject_counts_them_and_names_the_first(texts, language, subject):
    mail = read(
        message_of(*(replace(notice, language=language) for notice in MANY), going_url="https://x/a/MANY"), texts
    )
    assert mail["Subject"].startswith(subject)
    for kind in ("plain", "html"):
        text = body(mail, kind)
        assert text.count("https://x/a/MANY") == 1
        assert NOTICE.going_url not in text
        assert all(notice.name in text and notice.incident_url in text for notice in MANY)
    assert str(mail["X-Wanamori-Incident"]).split() == [notice.incident_id for notice in MANY]


@pytest.mark.parametrize("name", ["上の畑 18.4 %", "a plain name of a trap " * 4 + "（いま 18.4 %）", "矢那 3号 " * 12])
def test_a_subject_comes_as_it_was_written(texts, name):
    raw = compose_mail(message_of(replace(NOTICE, name=name)), texts, SENDER, "example.jp").as_bytes()
    head = raw[raw.index(b"Subject:") :].split(b"Auto-Submitted")[0]
    assert b"?==?" not in head, "two encoded words without a space between them"
    assert str(message_from_bytes(raw, policy=modern)["Subject"]) == f"罠が作動：{name.strip()}"


def test_a_subject_stays_short_however_many_there_are(texts):
    many = [replace(NOTICE, incident_id=f"i-{n}", name=f"a rather long name of a trap {n}") for n in range(500)]
    mail = read(message_of(*many), texts)
    assert len(str(mail["Subject"])) < 250
    assert "ほか4" in mail["Subject"]


def test_what_was_told_before_is_listed_in_short_and_the_rest_counted(texts):
    mail = read(message_of(NOTICE, also_open=MANY[:3], more_open=7), texts)
    assert mail["Subject"] == "罠が作動：矢那 3号"
    for kind in ("plain", "html"):
        assert "矢那 2号" in body(mail, kind)
        assert "ほか7件" in body(mail, kind)


@pytest.mark.parametrize("language", LOCALES)
def test_a_drill_is_marked_as_one_everywhere(texts, language):
    message = message_of(NOTICE, purpose="drill", notices=(), confirm_url="https://x/a/DRILL")
    mail = read(replace(message, person=replace(message.person, language=language)), texts)
    assert "訓練" in mail["Subject"]
    for kind in ("plain", "html"):
        assert "訓練" in body(mail, kind)
        assert body(mail, kind).count("https://x/a/DRILL") == 1


@pytest.mark.parametrize("language", LOCALES)
def test_a_summary_says_its_sections(texts, language):
    digest = Digest((("<b>first", ("one & two", "three")), ("second", ("four",))))
    message = message_of(NOTICE, purpose="digest", notices=(), digest=digest, pages_url="https://x/")
    mail = read(replace(message, person=replace(message.person, language=language)), texts)
    assert "<b>" not in body(mail, "html")
    assert body(mail).index("one & two") < body(mail).index("second") < body(mail).index("four")
    assert mail["References"] is None
