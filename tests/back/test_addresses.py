"""Where a webhook may lead, and where never."""

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.gateway.back.addresses import Forbidden, Unknown, checked, is_forbidden, resolved

NOWHERE = (
    "0.0.0.0",
    "127.0.0.1",
    "127.9.9.9",
    "169.254.169.254",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fd00:ec2::254",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
)
SOMEWHERE = ("10.1.2.3", "192.168.0.9", "172.16.0.1", "203.0.114.7", "fd12:3456::1", "2001:4860::1")


@pytest.mark.parametrize("address", NOWHERE)
def test_nothing_is_sent_to_ourselves_or_to_what_tells_machines_secrets(address: str) -> None:
    assert is_forbidden(ip_address(address), loopback=False)


@pytest.mark.parametrize("address", SOMEWHERE)
def test_hr_s_system_stands_in_the_company_s_network_or_outside(address: str) -> None:
    assert not is_forbidden(ip_address(address), loopback=False)


@given(some.ip_addresses(v=4))
def test_no_other_way_to_write_an_address_opens_it(address: IPv4Address) -> None:
    whole = int(address)
    others = [
        IPv6Address(0xFFFF << 32 | whole),
        IPv6Address(int(IPv6Address("64:ff9b::")) | whole),
        IPv6Address(0x2002 << 112 | whole << 80),
    ]
    if is_forbidden(address, loopback=False):
        assert all(is_forbidden(other, loopback=True) for other in others)


@pytest.mark.parametrize(
    "url",
    [
        "http://hr.company.example/hook",
        "http://127.0.0.1:8080/hook",
        "https://user:password@hr.company.example/",
        "https://user@hr.company.example/",
        "https://hr.company.example/?key=1",
        "https://hr.company.example/#top",
        "https://127.0.0.1/hook",
        "https://[::1]/hook",
        "https://169.254.169.254/latest/meta-data",
        "https://hr.company.example:0/",
        "https://hr.company.example:99999/",
        "https://hr company.example/",
        "https:///hook",
        "ftp://hr.company.example/",
        "file:///etc/passwd",
        "hr.company.example/hook",
        "https://人事.example/hook",
        "https://hr.company.example/" + "a" * 500,
    ],
)
def test_an_address_that_is_not_sent_to_is_refused_when_it_is_entered(url: str) -> None:
    with pytest.raises(ValueError, match="address"):
        checked(url, loopback=False)


def test_http_is_for_this_machine_and_where_the_site_allows_it() -> None:
    assert checked("http://127.0.0.1:8080/a", loopback=True) == "http://127.0.0.1:8080/a"
    for url in ("http://10.0.0.1/a", "http://hr.company.example/a", "http://localhost.example/"):
        with pytest.raises(ValueError, match="https"):
            checked(url, loopback=True)


async def test_a_name_is_looked_up_and_judged() -> None:
    with pytest.raises(Forbidden):
        await resolved("localhost", 443, loopback=False)
    assert ip_address(await resolved("localhost", 443, loopback=True)).is_loopback
    with pytest.raises(Unknown):
        await resolved("nowhere.invalid", 443, loopback=False)
