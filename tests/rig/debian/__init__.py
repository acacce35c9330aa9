"""A whole Debian 12 as a guest, made from Debian's packages alone and kept in the cache."""

from tests.rig.debian.disk import image
from tests.rig.debian.guests import (
    LOGIN,
    PASSWORD,
    PROMPT,
    USER,
    guest,
    overlay,
    seed,
    until_login,
)

__all__ = [
    "LOGIN",
    "PASSWORD",
    "PROMPT",
    "USER",
    "guest",
    "image",
    "overlay",
    "seed",
    "until_login",
]
