"""`make chaos`: a hundred seeded runs of kills, locks and outages on real processes; a seed can be repeated alone."""

import argparse
import secrets
import sys
import time
import traceback
from concurrent.futures import Future, ThreadPoolExecutor, as_completed

import click

from tests.chaos.nursery import Nursery
from tests.chaos.plan import VERBS
from tests.chaos.play import Outcome, play
from tests.chaos.stage import Stage

# So many runs kill each verb in turn at least once; every second one begins with that.
ENOUGH = 2 * len(VERBS)


def main() -> int:
    asked = _arguments()
    click.echo(f"SEED={asked.seed} RUNS={asked.runs}, {asked.jobs} at a time")
    began, nursery, stage = time.monotonic(), Nursery(), Stage()
    seeds = range(asked.seed, asked.seed + asked.runs)
    try:
        with ThreadPoolExecutor(asked.jobs) as hands:
            runs = {hands.submit(play, seed, nursery, stage): seed for seed in seeds}
            failed = sorted(runs[run] for run in as_completed(runs) if not _is_good(run, runs[run]))
        never = _never_died([run.result() for run in runs if not run.exception()])
    finally:
        nursery.close()
        stage.close()
    click.echo(f"{asked.runs - len(failed)} of {asked.runs} runs settled, in {time.monotonic() - began:.0f} s")
    for seed in failed:
        click.echo(f"make chaos SEED={seed} RUNS=1")
    return 1 if failed or (never and asked.runs >= ENOUGH) else 0


def _never_died(outcomes: list[Outcome]) -> set[str]:
    """The verbs that nobody has killed; of many runs each is planned in some: its name or its points have changed."""
    planned = {(one["verb"], one["at"]) for outcome in outcomes for one in outcome.plan.crashes}
    died = {(verb, int(at)) for outcome in outcomes for verb, at, *_ in map(str.split, outcome.deaths)}
    for verb in sorted({verb for verb, _ in planned}):
        missed = sorted(at for one, at in planned - died if one == verb)
        if missed:
            click.echo(
                f"{verb} died at {len([one for one, _ in died if one == verb])} points and never came to {missed}"
            )
    never = set(VERBS) - {verb for verb, _ in died}
    click.echo(f"Nobody has died in: {', '.join(sorted(never)) or 'none of the verbs'}")
    return never


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
