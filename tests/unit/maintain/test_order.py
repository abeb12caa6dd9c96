"""The order that two sequences have in common, whatever they hold."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from api_mocker.maintain.order import aligned, out_of_order

letters = st.lists(st.sampled_from("abcdef"), max_size=30)


@given(letters, letters)
def test_pairs_are_equal_and_ascend_on_both_sides(ours: list[str], theirs: list[str]) -> None:
    """Each place stands in one pair at most, and no two pairs cross."""
    pairs = aligned(ours, theirs)
    assert all(ours[old] == theirs[new] for old, new in pairs)
    for side in (0, 1):
        places = [pair[side] for pair in pairs]
        assert places == sorted(set(places))


@given(letters)
def test_a_sequence_is_aligned_with_itself_wholly(ours: list[str]) -> None:
    """Nothing is left over."""
    assert len(aligned(ours, list(ours))) == len(ours)


@given(st.permutations(range(12)))
def test_what_is_not_out_of_order_ascends_and_is_longest(order: list[int]) -> None:
    """As few as can be are out of order."""
    late = out_of_order(order)
    kept = [number for number, is_late in zip(order, late, strict=True) if not is_late]
    assert kept == sorted(kept)
    best = [1] * len(order)
    for at, number in enumerate(order):
        best[at] += max((best[before] for before in range(at) if order[before] < number), default=0)
    assert len(kept) == max(best)


def test_many_repeats_end_in_time() -> None:
    """Thousands of bits have no anchor and millions of equal pairs: the first that comes is taken."""
    ours = [number * number % 7 % 2 for number in range(5000)]
    theirs = [1, *(number * number % 11 % 2 for number in range(5000))]
    assert len(aligned(ours, theirs)) > 1500
