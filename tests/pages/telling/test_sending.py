"""Handing messages to the process that sends them, with real servers behind it."""

import asyncio

import psutil

from services.gateway.telling.channel import Channel
from services.gateway.telling.sender import AT_ONCE
from services.gateway.telling.sending import Message, Sender
from shared.testing import eventually
from tests.pages.telling.conftest import PASSWORD, Chat, Mail


async def test_a_mail_arrives_as_plain_text_and_says_where_it_is_stopped(mail: Mail) -> None:
    channel = Channel.set_up(mail.template)
    url = channel.to("li.ming+x@company.example") + channel.stopping_at("https://site.example/stop")
    async with Sender() as sender:
        assert await sender.send(Message(url, "标题", "一 <b>二</b>\n\n三 & 四")) == "sent"
    [(to, message)] = mail.got
    assert to == "li.ming+x@company.example"
    assert message["subject"] == "标题"
    assert message["list-unsubscribe"] == "<https://site.example/stop>"
    assert message.get_content_type() == "text/plain"
    assert mail.text().splitlines() == ["一 <b>二</b>", "", "三 & 四"]


async def test_what_cannot_be_sent_is_told_one_by_one(mail: Mail, chat: Chat) -> None:
    to_mail, to_chat = (Channel.set_up(each.template) for each in (mail, chat))
    mail.refuses, chat.status = True, 503
    messages = [
        Message(to_mail.to("a@company.example"), "t", "b"),
        Message(to_chat.to("a"), "t", "b"),
        Message("json://127.0.0.1:1/a", "t", "b"),
        Message("nothing://127.0.0.1/a", "t", "b"),
        Message("", "t", "b"),
    ]
    async with Sender() as sender:
        outcomes = await asyncio.gather(*map(sender.send, messages))
        assert outcomes == ["refused", "refused", "refused", "unknown", "unknown"]
        chat.status = 204
        assert await sender.send(messages[1]) == "sent"
        assert await sender.knows(messages[1].url)
        assert not await sender.knows("nothing://127.0.0.1/a")
    assert len(chat.got) == 2


async def test_a_server_that_does_not_answer_holds_up_no_more_than_its_own(chat: Chat) -> None:
    chat.opened.clear()
    chat.slow = {"/to/slow"}
    channel = Channel.set_up(chat.template)
    async with Sender(limit=2.0) as sender:
        assert await sender.knows(channel.to("p")), "it has begun"
        people = ["slow", *(f"p{n}" for n in range(AT_ONCE * 2))]
        many = (sender.send(Message(channel.to(each), "t", "b")) for each in people)
        outcomes = await asyncio.wait_for(asyncio.gather(*many), 15)
    assert outcomes == ["late", *["sent"] * (AT_ONCE * 2)]


async def test_the_process_holds_no_secret_in_its_arguments_and_ends_with_its_work(
    chat: Chat,
) -> None:
    chat.opened.clear()
    channel = Channel.set_up(chat.template)

    def senders() -> list[psutil.Process]:
        return [
            each for each in psutil.Process().children() if "sender.py" in " ".join(each.cmdline())
        ]

    async with Sender() as sender:
        sending = asyncio.create_task(sender.send(Message(channel.to("p"), "t", "b")))

        async def has_come() -> bool:
            return bool(chat.got)

        await eventually(has_come, seconds=20)
        [process] = senders()
        assert PASSWORD not in " ".join(process.cmdline()) + str(process.environ())
        process.kill()
        assert await sending == "broken"
        assert await sender.send(Message(channel.to("p"), "t", "b")) == "broken"
    assert not senders()
