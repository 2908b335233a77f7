"""A mail server that a sender may rely on: what it took is a file."""

import smtplib
from email.message import EmailMessage

import pytest

from simulators.errors import PortTaken, Unsuitable
from simulators.mailbox import Mailbox


@pytest.fixture
def mailbox(tmp_path):
    box = Mailbox(tmp_path / "mail")
    box.start()
    yield box
    box.stop()


def mail(subject: str, to: str = "sato@town.example") -> EmailMessage:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, "wanamori@town.example", to
    message.set_content("わなが作動しました。\n")
    return message


def send(box: Mailbox, *messages: EmailMessage) -> None:
    with smtplib.SMTP(box.host, box.port, timeout=10) as smtp:
        for message in messages:
            smtp.send_message(message)


def test_a_mail_is_a_file_when_it_has_been_taken(mailbox):
    send(mailbox, mail("矢那-1 が作動"))
    (taken,) = mailbox.mails()
    assert taken.subject == "矢那-1 が作動"
    assert "作動しました" in taken.text
    assert taken.recipients == ("sato@town.example",)
    assert b"Subject:" in taken.file.read_bytes()


def test_waiting_ends_when_the_wanted_mail_is_there(mailbox):
    send(mailbox, mail("one"), mail("two"))
    found = mailbox.wait_for(lambda one: one.subject == "two", 10)
    assert found is not None
    assert mailbox.wait_for(lambda one: one.subject == "three", 0.01) is None


def test_a_second_start_keeps_the_mails_of_the_first(tmp_path):
    for _ in range(2):
        box = Mailbox(tmp_path)
        box.start()
        send(box, mail("hello"))
        box.stop()
    assert len(list(tmp_path.glob("*.eml"))) == 2


def test_a_mail_that_cannot_be_kept_is_not_taken(mailbox):
    (mailbox.folder / "000001.eml.part").mkdir()  # the name is in use by something that is no file
    with pytest.raises(smtplib.SMTPDataError) as refused:
        send(mailbox, mail("lost?"))
    assert refused.value.smtp_code == 452
    send(mailbox, mail("again"))
    assert [one.subject for one in mailbox.mails()] == ["again"]


def test_a_taken_port_is_one_clear_line(mailbox, tmp_path):
    with pytest.raises(PortTaken, match=str(mailbox.port)):
        Mailbox(tmp_path, port=mailbox.port).start()


def test_a_folder_that_cannot_be_is_one_clear_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Unsuitable):
        Mailbox(tmp_path / "file" / "below").start()
