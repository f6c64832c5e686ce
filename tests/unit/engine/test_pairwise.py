import numpy as np

from compute.engine.kernels.pairwise import add_up


def test_sums_of_any_length_are_numpys_own():
    chance = np.random.default_rng(0)
    for count in [*range(300), 500, 1000, 1025, 4000, 5000]:
        numbers = chance.normal(size=count) * 10.0 ** chance.integers(-8, 9, count)
        assert add_up(numbers) == np.sum(numbers), count


def test_a_sum_of_negative_zeros_is_positive_as_numpys():
    for count in (0, 1, 7, 8, 129):
        ours, theirs = add_up(np.full(count, -0.0)), np.sum(np.full(count, -0.0))
        assert np.signbit(ours) == np.signbit(theirs)
