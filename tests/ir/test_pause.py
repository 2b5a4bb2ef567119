"""The collector of cycles during and after a pause."""
from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from wengert.ir.pause import MANY, without_collector


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    yield
    gc.unfreeze()
    gc.enable()


@without_collector
def many(size: int) -> list[list[int]]:
    assert not gc.isenabled()
    return [[k] for k in range(size)]


def test_a_large_pause_leaves_no_young_objects() -> None:
    made = many(10 * MANY)
    assert gc.isenabled()
    young = set(map(id, gc.get_objects(generation=0)))
    assert not young.intersection(map(id, made))
    assert {id(made[0]), id(made[-1])} <= set(map(id, gc.get_objects(generation=2)))


def test_cycles_of_the_time_before_are_still_found() -> None:
    class Loop:
        pass

    loop = Loop()
    loop.itself = loop  # type: ignore[attr-defined]
    gone = weakref.ref(loop)
    del loop
    many(10 * MANY)
    gc.collect()
    assert gone() is None


def test_what_others_have_frozen_stays_frozen() -> None:
    gc.freeze()
    frozen = gc.get_freeze_count()
    many(10 * MANY)
    assert 0 < gc.get_freeze_count() <= frozen


def test_a_collector_that_is_off_stays_off() -> None:
    gc.disable()
    many(10)
    assert not gc.isenabled()
