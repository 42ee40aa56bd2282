"""Emails: no text adds or breaks a header, and the mails about a case are one thread."""

from datetime import UTC, datetime
from email import policy
from email.header import Header
from email.message import EmailMessage
from email.parser import BytesParser
from hashlib import sha256

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import escalation_core as ec

T0 = datetime(2026, 3, 2, 9, 30, 5, tzinfo=UTC)
SENDER = "desk@support.example"
INJECTION = "=?utf-8?q?=41=0D=0ABcc:_x@y.example?="
FOLDED = "0" * 73 + ":"
SPLIT = "0" * 77 + '"' + "0" * 78
HEADERS = [
    "auto-submitted",
    "content-transfer-encoding",
    "content-type",
    "date",
    "from",
    "in-reply-to",
    "message-id",
    "mime-version",
    "references",
    "subject",
    "to",
]


def opened(
    *, case_id: str = "4711", name: str = "Ana", email: str | None = "ana@a.example", customer: str = "Customer A"
) -> ec.Outcome:
    ana = ec.Person(id="ana", role=ec.Role.CUSTOMER, name=name, email=email)
    case = ec.Case(
        id=case_id,
        customer=customer,
        requester=ana,
        type=ec.CaseType.EMERGENCY,
        impact=ec.BusinessImpact.P1,
        subject="Checkout is down",
    )
    return ec.Process().open(case, by=ana, now=T0)


def message(notification: ec.Notification, *, subject: str = "Subject", body: str = "Body\n") -> ec.Message:
    return ec.Message(subject=subject, body=body, notification=notification)


def parsed(mail: EmailMessage) -> EmailMessage:
    return BytesParser(EmailMessage, policy=policy.default).parsebytes(mail.as_bytes())


def assert_intact(mail: EmailMessage, address: str = "ana@a.example") -> EmailMessage:
    back = parsed(mail)
    assert sorted(name.lower() for name in back) == HEADERS
    assert back.defects == []
    assert [value.defects for value in back.values() if value.defects] == []
    assert [found.addr_spec for found in back["To"].addresses] == [address]
    assert [found.addr_spec for found in back["From"].addresses] == [SENDER]
    return back


_encoded_word = st.builds(
    "=?{}?{}?{}?=".format,
    st.sampled_from(["utf-8", "us-ascii", "x"]),
    st.sampled_from("qbQB"),
    st.text("=0DA4d\r\n ,:<>@aé", max_size=20),
)
anything = st.lists(
    st.one_of(
        st.text(),
        _encoded_word,
        st.text('=?_ qb"\\,<>@():;\r\n\0\x85\u2028\u202eé', max_size=60),
        st.sampled_from(["a" * 1_000, "é" * 400, "😀" * 100, "a, " * 50, FOLDED, SPLIT]),
    ),
    max_size=5,
).map("".join)


@example(name=INJECTION, subject="s")
@example(name="n", subject=INJECTION)
@example(name=FOLDED, subject="s")
@example(name=":" + "0" * 75, subject="s")
@example(name=SPLIT, subject="s")
@example(name="¡ =??Q?:?=", subject="=??B?00?=¡")
@given(name=anything, subject=anything)
def test_a_name_or_subject_never_adds_or_breaks_a_header(name: str, subject: str) -> None:
    notification = opened(name=name).notifications[0]
    assert_intact(ec.to_email(message(notification, subject=subject), sender=SENDER))


@given(customer=anything.filter(str.strip), tracking_id=st.text(max_size=300))
def test_a_customer_or_tracking_id_never_adds_or_breaks_a_header(customer: str, tracking_id: str) -> None:
    first = opened(customer=customer).events[0]
    assert isinstance(first, ec.events.CaseOpened)
    try:
        case = attrs.evolve(first.case, tracking_id=tracking_id)
    except ValueError:
        return  # an identifier refuses unprintable text
    again = ec.Process().open(case, by=case.requester, now=T0)
    assert_intact(ec.to_email(ec.render(again.notifications[0]), sender=SENDER))


@example(name='a,b "é' * 20)
@example(name=SPLIT)
@given(name=anything)
def test_another_email_policy_does_not_break_the_recipient(name: str) -> None:
    mail = ec.to_email(message(opened(name=name).notifications[0]), sender=SENDER)
    back = BytesParser(EmailMessage, policy=policy.default).parsebytes(mail.as_bytes(policy=policy.SMTP))
    assert sorted(name.lower() for name in back) == HEADERS
    assert [found.addr_spec for found in back["To"].addresses] == ["ana@a.example"]


@given(body=anything)
def test_a_body_arrives_unchanged_except_for_control_characters(body: str) -> None:
    back = assert_intact(ec.to_email(message(opened().notifications[0], body=body), sender=SENDER))
    expected = "".join(c for c in body if c >= " " or c in "\n\t")
    assert back.get_content() == (expected if expected.endswith("\n") else expected + "\n")


@pytest.mark.parametrize("case_id", ["4711", "a/b", "a b.c", "é" * 50, "x" * 200])
@pytest.mark.parametrize("domain", ["d.example", ".".join(["d" * 60] * 4)[:240]])
def test_a_message_id_of_any_length_arrives_unchanged(case_id: str, domain: str) -> None:
    mail = ec.to_email(message(opened(case_id=case_id).notifications[0]), sender=f"desk@{domain}")
    back = parsed(mail)
    for header in ("Message-ID", "References", "In-Reply-To"):
        assert back.get_all(header) == [str(mail[header])]
        assert str(mail[header]).endswith(f"@{domain}>")


def test_the_mails_about_a_case_are_one_thread() -> None:
    first = opened()
    rita = ec.Person(id="rita", role=ec.Role.SUPPORT_REP)
    second = ec.Process().handle(first.case, ec.commands.Acknowledge(by=rita), now=T0)
    mails = [ec.to_email(message(o.notifications[0]), sender=SENDER) for o in (first, second)]
    other = ec.to_email(message(opened(case_id="4712").notifications[0]), sender=SENDER)
    assert mails[0]["References"] == mails[1]["References"] == mails[0]["In-Reply-To"]
    assert mails[0]["Message-ID"] != mails[1]["Message-ID"]
    assert other["References"] != mails[0]["References"]


def test_a_mail_sent_twice_has_the_same_message_id() -> None:
    ids = {ec.to_email(message(opened().notifications[0]), sender=SENDER)["Message-ID"] for _ in range(2)}
    assert len(ids) == 1


def test_a_mail_is_marked_automatic_and_dated_by_its_event() -> None:
    mail = ec.to_email(message(opened().notifications[0]), sender=SENDER)
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime == T0
    assert (mail["From"], mail["To"], mail["Subject"]) == (SENDER, "Ana <ana@a.example>", "Subject")


def test_a_mail_has_exactly_these_lines() -> None:
    mail = ec.to_email(message(opened().notifications[0], subject="A, b: (c)"), sender=SENDER)
    assert mail.as_string().splitlines() == [
        "From: desk@support.example",
        "To: Ana",
        " <ana@a.example>",
        "Subject: A, b: (c)",
        "Date: Mon, 02 Mar 2026 09:30:05 +0000",
        "Message-ID: <4711=2F2=2Fana=2Fescalation_started@support.example>",
        "In-Reply-To: <case.4711@support.example>",
        "References: <case.4711@support.example>",
        "Auto-Submitted: auto-generated",
        'Content-Type: text/plain; charset="utf-8"',
        "Content-Transfer-Encoding: 7bit",
        "MIME-Version: 1.0",
        "",
        "Body",
    ]


def raw(name: str, subject: str) -> tuple[str, str]:
    """Return both headers as they are sent, without the address."""
    lines = ec.to_email(message(opened(name=name).notifications[0], subject=subject), sender=SENDER).as_string()
    to, _, rest = lines.partition("To: ")[2].partition("\n <ana@a.example>\nSubject: ")
    return to, rest.partition("\nDate: ")[0]


def encoded(header: str, value: str) -> str:
    return Header(value, "utf-8", header_name=header).encode()


@pytest.mark.parametrize("value", ["é" * 60, "Zoë", "م\u200dن", "م\u200cن"])
def test_text_beyond_ascii_is_encoded_in_a_header(value: str) -> None:
    assert raw(value, value) == (encoded("To", value), encoded("Subject", value))


def test_a_short_plain_name_is_written_unchanged() -> None:
    assert raw("A" * 59 + "9", "s")[0] == "A" * 59 + "9"
    assert raw("A" * 61, "s")[0] == encoded("To", "A" * 61)
    assert raw("A.", "A.") == (encoded("To", "A."), "A.")


def test_a_header_has_at_most_200_characters() -> None:
    assert raw("a", "s" * 200)[1] == "s" * 200
    assert raw("a", "s" * 201)[1] == encoded("Subject", "s" * 199 + "…")


@pytest.mark.parametrize("end", ["\x00", "\x85", "\u2028", "\r\n", "\t", "  "])
def test_an_unprintable_character_becomes_a_space_in_a_header(end: str) -> None:
    assert raw("a", f"b{end}c") == ("a", "b c")


@pytest.mark.parametrize(
    ("case_id", "token"),
    [
        ("a.b/c%d", "a=2Eb=2Fc=25d"),
        ("x" * 48, "x" * 48),
        ("x" * 49, sha256(b"x" * 49).hexdigest()[:48]),
        ("é" * 8, "=C3=A9" * 8),
        ("é" * 9, sha256("é".encode() * 9).hexdigest()[:48]),
    ],
)
def test_a_short_key_is_readable_in_its_message_id(case_id: str, token: str) -> None:
    mail = ec.to_email(message(opened(case_id=case_id).notifications[0]), sender=SENDER)
    assert str(mail["References"]) == f"<case.{token}@support.example>"


def test_a_body_keeps_encodable_text_and_tabs() -> None:
    mail = ec.to_email(message(opened().notifications[0], body="a\tb\x07c\ud800 d"), sender=SENDER)
    assert mail.get_content() == "a\tbc? d\n"


def test_a_person_without_an_address_needs_the_argument_to() -> None:
    written = message(opened(email=None).notifications[0])
    message_id = written.notification.id
    with pytest.raises(ValueError, match=rf"^to: must be an address, since the recipient of {message_id} has none$"):
        ec.to_email(written, sender=SENDER)
    assert_intact(ec.to_email(written, sender=SENDER, to="other@a.example"), "other@a.example")


def test_the_address_of_the_sender_must_be_a_text() -> None:
    with pytest.raises(TypeError, match=r"^sender: must be a str, got 3"):
        ec.to_email(message(opened().notifications[0]), sender=3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_a_role_needs_the_argument_to_and_is_named_a_team() -> None:
    written = message(next(n for n in opened().notifications if isinstance(n.to, ec.Role)))
    with pytest.raises(ValueError, match=r"^to: must be an address"):
        ec.to_email(written, sender=SENDER)
    back = assert_intact(ec.to_email(written, sender=SENDER, to="am@support.example"), "am@support.example")
    assert back["To"].addresses[0].display_name == "account manager team"


@pytest.mark.parametrize("address", ["", "desk", "a@b@c", "a b@c.example", "a@c.example\r\nBcc: x@y.example", ".a@b"])
def test_an_invalid_address_is_refused_by_its_argument_name(address: str) -> None:
    written = message(opened().notifications[0])
    with pytest.raises(ValueError, match=r"^sender: must be a plain address"):
        ec.to_email(written, sender=address)
    with pytest.raises(ValueError, match=r"^to: must be a plain address"):
        ec.to_email(written, sender=SENDER, to=address)


@pytest.mark.parametrize("address", ["=?utf-8?q?=41?=@e.example", "=?utf-8?q?=41=0D=0ABcc=3A_x=40y?=@e.example"])
def test_an_encoded_word_is_refused_as_an_address(address: str) -> None:
    written = message(opened().notifications[0])
    with pytest.raises(ValueError, match=r"^sender: must be a plain address"):
        ec.to_email(written, sender=address)
    with pytest.raises(ValueError, match=r"^to: must be a plain address"):
        ec.to_email(written, sender=SENDER, to=address)
