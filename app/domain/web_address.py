"""Addresses on the web: which ones the internet reaches, and which are the house's own."""

from __future__ import annotations

import ipaddress
import socket

# Addresses that stand for others: what they lead to is looked at instead.
SIXTYFOUR = ipaddress.ip_network("64:ff9b::/96")


def is_outside(address: str) -> bool:
    """Does it belong to the internet, whatever way it is written?"""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        within = ip.ipv4_mapped or ip.sixtofour or (ip.teredo and ip.teredo[1])
        if within is None and ip in SIXTYFOUR:
            within = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if within:
            return is_outside(str(within))
    is_site = isinstance(ip, ipaddress.IPv6Address) and ip.is_site_local
    return ip.is_global and not ip.is_multicast and not ip.is_reserved and not is_site


def may_be_outside(host: str) -> bool:
    """Can it ever be called? A number says so by itself; a name says it only when it is looked up."""
    name = host.rstrip(".").casefold()
    if name == "localhost" or name.endswith(".localhost"):
        return False
    try:
        numbers = socket.getaddrinfo(name, None, flags=socket.AI_NUMERICHOST)  # asks nobody
    except (OSError, UnicodeError):
        return True
    return all(is_outside(str(each[4][0])) for each in numbers)
