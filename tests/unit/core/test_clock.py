"""Time as a mock has it: delays that cost none."""

from __future__ import annotations

from api_mocker._core.clock import Clock


class Watch:
    """A clock on the wall that a test sets."""

    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        return self.time


def test_it_counts_from_when_it_was_made() -> None:
    """What passes really, passes here too."""
    watch = Watch()
    clock = Clock(watch, real=False)
    assert clock.time == 0.0
    watch.time += 2.5
    assert clock.time == 2.5


def test_skipped_time_seems_to_have_passed() -> None:
    """A delay moves it on, and it goes on from there; what lies behind is no way back."""
    watch = Watch()
    clock = Clock(watch, real=False)
    clock.skip_to(30.0)
    assert clock.time == 30.0
    watch.time += 1.0
    assert clock.time == 31.0
    clock.skip_to(10.0)
    assert clock.time == 31.0


def test_those_who_wait_go_on_in_turn() -> None:
    """Whoever waits for the earliest moment is next; equal moments are next together."""
    clock = Clock(Watch(), real=False)
    assert clock.is_next(5.0)
    with clock.waiting(3.0), clock.waiting(3.0):
        assert not clock.is_next(5.0)
        assert clock.is_next(3.0)
        assert clock.is_next(1.0)
    assert clock.is_next(5.0)


def test_one_who_gives_up_holds_nobody_back() -> None:
    """A wait that ends with an error is over."""
    clock = Clock(Watch(), real=False)
    try:
        with clock.waiting(1.0):
            raise KeyboardInterrupt
    except KeyboardInterrupt:
        pass
    assert clock.is_next(2.0)
