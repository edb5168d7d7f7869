"""A few runs of `make chaos`; the others are one command away."""

from collections.abc import Iterator

import pytest

from tests.chaos.nursery import Nursery
from tests.chaos.play import play
from tests.chaos.stage import Stage

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    nursery = Nursery()
    yield nursery
    nursery.close()


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    stage = Stage()
    yield stage
    stage.close()


@pytest.mark.parametrize("seed", [1, 6, 26, 31])
def test_whatever_is_killed_all_settles_within_a_minute(seed: int, nursery: Nursery, stage: Stage) -> None:
    outcome = play(seed, nursery, stage)
    assert not outcome.wrong, f"{outcome}\n{outcome.details()}"
