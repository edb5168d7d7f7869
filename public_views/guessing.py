"""A limit for those who try made-up links, whose answers become as cheap as they can be.

Whoever has a right link never meets it, even behind the same address as somebody who guesses: customers of one office
share an address, and nobody shall keep them from paying. Nor need they be kept: a link is 256 random bits, so no number
of tries that a server can answer finds one.
"""

from ipaddress import IPv6Address, ip_address, ip_network

from flask import current_app, request
from redis.exceptions import RedisError

WRONG_LINKS = 30
SECONDS = 600
# Whoever has one IPv6 address has this network of them.
ONE_HOME = 64


def too_many() -> bool:
    """Count one more wrong link of this visitor; whether it was one too many. Without Redis nobody is limited."""
    key = f"paydesk:wrong-links:{visitor(request.remote_addr or '')}"
    try:
        counter = current_app.extensions["alarm"].redis.pipeline()
        tried = counter.set(key, 0, nx=True, ex=SECONDS).incr(key).execute()[1]
    except RedisError:
        return False
    return int(tried) > WRONG_LINKS


def visitor(address: str) -> str:
    """Where somebody comes from: an address, or all addresses of an IPv6 network."""
    try:
        found = ip_address(address)
    except ValueError:  # a Unix socket's, for one
        return address
    if not isinstance(found, IPv6Address):
        return address
    return str(found.ipv4_mapped or ip_network((found.packed, ONE_HOME), strict=False))
