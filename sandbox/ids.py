from __future__ import annotations

import secrets
import string

_ALPHABET = string.ascii_letters + string.digits

# Lengths and first digits as in Stripe's own objects.
_FORMS = {
    "cs": ("cs_test_a1", 56),
    "pi": ("pi_3", 23),
    "ch": ("ch_3", 23),
    "py": ("py_3", 23),
    "pm": ("pm_1", 23),
    "re": ("re_3", 23),
    "pyr": ("pyr_1", 23),
    "txn": ("txn_1", 23),
    # Stripe's own sample says dp_; what it sends says du_ (zulip/zulip#16750) and pdp_ (arlyon/async-stripe#491).
    "du": ("du_1", 23),
    "pdp": ("pdp_1", 23),
    "po": ("po_1", 23),
    "tu": ("tu_1", 23),
    "ba": ("ba_1", 23),
    "li": ("li_1", 23),
    "price": ("price_1", 23),
    "prod": ("prod_", 14),
    "we": ("we_1", 23),
    "evt": ("evt_1", 23),
    "ac": ("ac_", 32),
    "rt": ("rt_", 48),
    "req": ("req_", 14),
}


def letters(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def new_id(kind: str) -> str:
    prefix, length = _FORMS[kind]
    return prefix + letters(length)
