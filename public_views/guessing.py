"""A limit for those who try made-up links. Whoever has a right one never meets it."""

from flask import current_app, request
from redis.exceptions import RedisError

WRONG_LINKS = 30
SECONDS = 600


def too_many() -> bool:
    """Count one more wrong link of this address; whether it was one too many. Without Redis nobody is limited."""
    key = f"paydesk:wrong-links:{request.remote_addr}"
    try:
        counter = current_app.extensions["alarm"].redis.pipeline()
        tried = counter.set(key, 0, nx=True, ex=SECONDS).incr(key).execute()[1]
    except RedisError:
        return False
    return int(tried) > WRONG_LINKS
