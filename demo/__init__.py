"""`make run`: everything on one machine, with a sandbox for Stripe and mail, and a demo organization."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INSTANCE = ROOT / "instance"


class Trouble(Exception):
    """A sentence for the person at the terminal."""
