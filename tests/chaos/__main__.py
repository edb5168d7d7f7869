"""`make chaos`: a hundred seeded runs of kills, locks and outages on real processes; a seed can be repeated alone."""

import argparse
import secrets
import sys
import time
import traceback
from concurrent.futures import Future, ThreadPoolExecutor, as_completed

import click

from tests.chaos.nursery import Nursery
from tests.chaos.play import Outcome, play
from tests.chaos.stage import Stage


def main() -> int:
    asked = _arguments()
    click.echo(f"SEED={asked.seed} RUNS={asked.runs}, {asked.jobs} at a time")
    began, nursery, stage = time.monotonic(), Nursery(), Stage()
    seeds = range(asked.seed, asked.seed + asked.runs)
    try:
        with ThreadPoolExecutor(asked.jobs) as hands:
            runs = {hands.submit(play, seed, nursery, stage): seed for seed in seeds}
            failed = sorted(runs[run] for run in as_completed(runs) if not _is_good(run, runs[run]))
    finally:
        nursery.close()
        stage.close()
    click.echo(f"{asked.runs - len(failed)} of {asked.runs} runs settled, in {time.monotonic() - began:.0f} s")
    for seed in failed:
        click.echo(f"make chaos SEED={seed} RUNS=1")
    return 1 if failed else 0


def _is_good(run: Future[Outcome], seed: int) -> bool:
    """Say what became of it."""
    if error := run.exception():
        click.echo(f"{seed:>7} BROKE  {''.join(traceback.format_exception(error))}")
        return False
    outcome = run.result()
    click.echo(f"{outcome}\n{outcome.details()}" if outcome.wrong else str(outcome))
    return not outcome.wrong


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make chaos")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(100_000), help="of the first run")
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--jobs", type=int, default=2, help="runs at the same time; most of a run is waiting")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
