"""Nouns: tables, states, arithmetic, refusals. No request, no network, no commit."""
