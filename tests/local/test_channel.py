"""`tongxin channel`: the company's mail or chat, set up by IT."""

from pathlib import Path

from tests.local.test_up import tongxin
from tests.pages.telling.conftest import PASSWORD, Chat, Mail, chat, mail

__all__ = ["chat", "mail"]


async def test_a_channel_is_kept_as_a_secret_tried_and_forgotten(
    tmp_path: Path, chat: Chat, mail: Mail
) -> None:
    home = tmp_path / "home"
    none = await tongxin("channel", "check", "li.ming", home=home)
    assert none[0] == 1
    assert "No channel is set up" in none[2]

    kept = await tongxin("channel", "set", home=home, typed=chat.template + "\n")
    assert kept[0] == 0, kept
    file = home / "secrets" / "gateway" / "channel_url"
    assert file.read_text() == chat.template
    assert file.stat().st_mode & 0o077 == 0
    done = await tongxin("channel", "check", "li.ming", home=home)
    assert done[0] == 0, done
    [message] = chat.of("li.ming")
    assert "本站的消息通道可以使用" in message["message"]
    assert "The site's channel works" in message["message"]

    chat.status = 500
    refused = await tongxin("channel", "check", "li.ming", home=home)
    assert refused[0] == 1
    assert "did not take the message" in refused[2]
    wrong = await tongxin("channel", "check", "../x", home=home)
    assert wrong[0] == 1

    mailed = await tongxin("channel", "set", home=home, typed=mail.template + "\n")
    assert mailed[0] == 0, mailed
    assert (await tongxin("channel", "check", "li.ming@company.example", home=home))[0] == 0
    assert mail.got[0][0] == "li.ming@company.example"

    off = await tongxin("channel", "off", home=home)
    assert off[0] == 0
    assert not file.exists()
    assert (await tongxin("channel", "off", home=home))[0] == 1
    deeds = (home / "log" / "operator.log").read_text()
    for told in (kept, done, refused, wrong, off, (0, deeds, "")):
        assert PASSWORD not in told[1] + told[2]


async def test_what_is_no_channel_is_refused_without_being_quoted(tmp_path: Path) -> None:
    for typed in (
        "",
        f"mailto://u:{PASSWORD}@host",
        f"nothing://u:{PASSWORD}@host/{{address}}",
        f"json://u:{PASSWORD}@host/{{address}}/{{other}}",
    ):
        code, out, errors = await tongxin("channel", "set", home=tmp_path, typed=typed + "\n")
        assert code == 1
        assert errors.startswith("tongxin: ")
        assert PASSWORD not in out + errors
    assert not (tmp_path / "secrets" / "gateway" / "channel_url").exists()
