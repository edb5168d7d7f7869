"""`make chaos`: a hundred seeded runs of kills, locks and outages on real processes; a seed can be repeated alone."""

import argparse
import secrets
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import click

from tests.chaos.nursery import Nursery
from tests.chaos.play import Outcome, play
from tests.chaos.stage import Stage


def main() -> int:
    asked = _arguments()
    click.echo(f"SEED={asked.seed} RUNS={asked.runs}, {asked.jobs} at a time")
    began, nursery, stage = time.monotonic(), Nursery(), Stage()
    try:
        with ThreadPoolExecutor(asked.jobs) as hands:
            seeds = range(asked.seed, asked.seed + asked.runs)
            failed = [
                outcome for outcome in hands.map(lambda seed: _show(play(seed, nursery, stage)), seeds) if outcome.wrong
            ]
    finally:
        nursery.close()
        stage.close()
    click.echo(f"{asked.runs - len(failed)} of {asked.runs} runs settled, in {time.monotonic() - began:.0f} s")
    for outcome in failed:
        click.echo(f"make chaos SEED={outcome.plan.seed} RUNS=1")
    return 1 if failed else 0


def _show(outcome: Outcome) -> Outcome:
    click.echo(str(outcome))
    if outcome.wrong:
        click.echo(outcome.details())
    return outcome


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make chaos")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(100_000), help="of the first run")
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--jobs", type=int, default=2, help="runs at the same time; most of a run is waiting")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
