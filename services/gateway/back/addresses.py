"""Where a webhook may lead: https, into the company's network or out of it, never to ourselves nor
to what tells machines of a cloud their secrets. Looked at when it is entered and at each attempt.
"""

import asyncio
import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

LONGEST = 500
LOOK_UP = 5.0
"""Seconds for the answer of a name server."""
Address = IPv4Address | IPv6Address

NEVER = (
    IPv4Network("0.0.0.0/8"),
    IPv4Network("100.100.100.200/32"),  # metadata of Alibaba Cloud
    IPv4Network("168.63.129.16/32"),  # the wire server of Azure
    IPv4Network("192.0.0.0/24"),  # protocol assignments; metadata of Oracle Cloud
    IPv6Network("fd00:ec2::/32"),  # metadata of AWS
    IPv6Network("fd20:ce::/32"),  # metadata of Google Cloud
    IPv6Network("fec0::/10"),
)
"""Beside loopback, link-local (169.254.169.254), multicast and what is reserved."""
_NAT64 = IPv6Network("64:ff9b::/96")


class Forbidden(Exception):  # noqa: N818
    """An address that nothing is sent to."""


class Unknown(Exception):  # noqa: N818
    """A name without an address."""


def checked(url: str, *, loopback: bool) -> str:
    """The address as it is kept. Raises `ValueError` in words for whoever entered it."""
    url = url.strip()
    if len(url) > LONGEST or not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError(f"an address has no spaces and at most {LONGEST} letters of ASCII")
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = 0
    if not parts.hostname or port == 0:
        raise ValueError("an address is written as https://hr.company.example/hook")
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise ValueError("an address holds no password, no ? and no #: the signature says it is us")
    if parts.scheme != "https" and not (loopback and parts.scheme == "http" and _is_here(parts)):
        raise ValueError("only https addresses are sent to")
    try:
        literal = ip_address(parts.hostname)
    except ValueError:
        return url
    if is_forbidden(literal, loopback=loopback):
        raise ValueError("nothing is sent to this address; name a host of HR's system")
    return url


def _is_here(parts: SplitResult) -> bool:
    return parts.hostname in {"127.0.0.1", "::1"}


def is_forbidden(address: Address, *, loopback: bool) -> bool:
    """`loopback`: the site allows it, for tests and trials."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address.teredo:
            inner = address.teredo[1]
        if inner is None and address in _NAT64:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_forbidden(inner, loopback=False)
    if address.is_loopback:
        return not loopback
    return (
        address.is_link_local
        or address.is_multicast
        or address.is_unspecified
        or address.is_reserved
        or any(address in network for network in NEVER if network.version == address.version)
    )


async def resolved(host: str, port: int, *, loopback: bool) -> str:
    """The address to connect to, of this attempt. One bad address among several spoils all: which
    one would be taken is not ours to say. Raises `Forbidden`, `Unknown`, `TimeoutError`."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(LOOK_UP):
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        if isinstance(error, TimeoutError):
            raise
        raise Unknown from None
    addresses = [ip_address(str(each[4][0]).partition("%")[0]) for each in found]
    if not addresses:
        raise Unknown
    if any(is_forbidden(address, loopback=loopback) for address in addresses):
        raise Forbidden
    return str(addresses[0])
