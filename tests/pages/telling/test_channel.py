"""The channel's address: what it may be, and that nobody's own changes where it leads."""

from typing import Any
from urllib.parse import quote

import apprise
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.gateway.telling.channel import Channel
from services.gateway.telling.sending import Message

MAIL = "mailto://user:pass@127.0.0.1:2525?from=tongxin@company.example&to={address}"
CHAT = "json://robot:pass@127.0.0.1:8080/say/{address}"
ODD = st.text(st.sampled_from("ab1Z.,;:/?#&=%+-_@\"'<>{}\\ 人\n"), max_size=30)


@pytest.mark.parametrize(
    "template",
    [
        "",
        "mail.company.example",
        "mailto://user:pass@mail.company.example",
        "mailto://{address}",
        "json://{address}.company.example/x",
        "json://host/{address}/{employee}",
        "json://host/{adress}",
        "json://host/{address}/{",
        "json://host/{address} ",
        "json://host/{address}/人",
    ],
)
def test_what_is_no_address_of_a_channel_is_refused_without_being_quoted(template: str) -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        Channel.set_up(template)
    assert not template or template not in str(refused.value)


def test_neither_channel_nor_message_shows_what_is_secret() -> None:
    channel = Channel.set_up(CHAT)
    assert "pass" not in repr(channel) + repr(Message(channel.to("li.ming"), "t", "b"))


@settings(deadline=None)  # the first loads what apprise has
@given(st.one_of(ODD, st.emails(), st.text(max_size=300)))
@example("o'neil=1@x.example")
@example("0@0.AA.0.0.0.0.0.0.0.0.0.AA")
@example(f"a@{'b' * 64}.example")
@example("a@x.example,b@y.example")
@example("li.ming+x@company.example")
@example("0+0+0@0.AA")
def test_mail_goes_to_the_address_that_was_given_and_to_no_other(address: str) -> None:
    channel = Channel.set_up(MAIL)
    if not channel.takes(address):
        with pytest.raises(ValueError, match="no address"):
            channel.to(address)
        return
    plugin: Any = apprise.Apprise.instantiate(
        channel.to(address) + channel.stopping_at("https://x/y")
    )
    assert [to for _, to in plugin.targets] == [address]
    assert plugin.smtp_host == "127.0.0.1"
    assert plugin.headers == {"List-Unsubscribe": "<https://x/y>"}


@settings(deadline=None)
@given(st.one_of(ODD, st.text(max_size=80)))
@example("..")
@example("+8613800000000")
@example("li.ming@company.example")
def test_a_chat_is_asked_at_one_place_whatever_was_given(address: str) -> None:
    channel = Channel.set_up(CHAT)
    if not channel.takes(address):
        return
    plugin: Any = apprise.Apprise.instantiate(channel.to(address))
    assert plugin.host == "127.0.0.1"
    assert plugin.fullpath in {f"/say/{quote(address, safe='')}", f"/say/{address}"}


@pytest.mark.parametrize("address", ["li.ming@company.example", "a-b_c+d@mail.x-y.example.cn"])
def test_usual_addresses_are_taken(address: str) -> None:
    assert Channel.set_up(MAIL).takes(address)
