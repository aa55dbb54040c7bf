"""Intervals for numbers that rest on a few seeds and a few hundred tracks.

Every function takes values of one implementation, a row a seed and a column a test track: 1 for a right answer and 0
for a wrong one, or the loss of a track, or a difference of two such arrays.

The model behind them is the crossed one of two random effects: value = mean + seed + track + rest. With n tracks and S
seeds the mean has the variance seed/S + track/n + rest/(nS), and the mean squares of the analysis of variance estimate
its parts without bias ([1]_, section 4.2).

References
----------
.. [1] S. R. Searle, G. Casella, C. E. McCulloch: Variance Components. Wiley, 1992.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from benchmarks.errors import GenrebenchError

LEVEL: Final = 0.95
# Fixed, so that the same runs give the same report.
_RESAMPLING_SEED: Final = 20261123
_DRAWS: Final = 4000
# A variance that is rounding alone.
_NOTHING: Final = 1e-24
_ROUNDING: Final = 1e-9

Values = NDArray[np.float64]


class Interval(NamedTuple):
    """Both ends of an interval; NaN where there is none."""

    low: float
    high: float

    def clipped(self, limits: tuple[float, float]) -> "Interval":
        """Cut the interval to the values that are possible."""
        low, high = np.clip(self, *limits)
        return Interval(float(low), float(high))

    def columns(self, quantity: str) -> dict[str, float]:
        """Return both ends by the names that they have in tables."""
        return {f"{quantity}_low": self.low, f"{quantity}_high": self.high}


NO_INTERVAL: Final = Interval(float("nan"), float("nan"))
FRACTION: Final = (0.0, 1.0)
DIFFERENCE: Final = (-1.0, 1.0)
LOSS: Final = (0.0, float("inf"))


def wilson(right: int, n: int, level: float = LEVEL) -> Interval:
    """Return Wilson's score interval of a fraction: what a single run knows about its accuracy.

    Parameters
    ----------
    right : int
        Number of right answers.
    n : int
        Number of tracks, at least 1.
    level : float
        Confidence level, 0 to 1.

    See Also
    --------
    scipy.stats.binomtest : what computes it.

    References
    ----------
    .. [1] E. B. Wilson: Probable inference, the law of succession, and statistical inference. Journal of the American
       Statistical Association 22, 1927.
    """
    found = stats.binomtest(right, n).proportion_ci(confidence_level=level, method="wilson")
    return Interval(float(found.low), float(found.high))


def accuracy_interval(right: NDArray[np.bool_]) -> Interval:
    """Return the 95% interval of an accuracy: `mean_interval`, or for a single seed `wilson`.

    Parameters
    ----------
    right : ndarray of bool, shape (n_seeds, n_test)
        Whether the answer was right.

    Raises
    ------
    GenrebenchError
        If the array has another shape or holds nothing.
    """
    _check(right)
    if len(right) == 1:
        return wilson(int(right.sum()), right.shape[1])
    return mean_interval(right.astype(np.float64), FRACTION)


def mean_interval(values: Values, limits: tuple[float, float], level: float = LEVEL) -> Interval:
    """Return the interval of the mean over all tracks and all seeds, from a two-level bootstrap.

    Tracks and seeds are resampled, each level on its own: a draw is the mean, plus the mean of n resampled track
    effects, plus the mean of S resampled seed effects. An effect is the mean of a column or row minus the mean of all.

    Resampling rows and columns of the array at once counts the rest three times over and the variance between seeds
    only (S-1)/S times [1]_ [2]_. Therefore the effects are scaled so that the draws have the unbiased variance: track
    effects by sqrt(n/(n-1)), which covers the rest, too; seed effects by sqrt(S/(S-1)) and by the share of their
    variance that the rest does not explain. Percentiles of draws from few values lie too close together, so their
    distances to the mean are expanded from the normal to Student's t distribution [3]_, with the degrees of freedom of
    Satterthwaite [4]_, at least S-1.

    Parameters
    ----------
    values : ndarray of float64, shape (n_seeds, n_test)
        One value a seed and test track.
    limits : tuple of float
        The lowest and highest mean that is possible; the interval is cut there.
    level : float
        Confidence level, 0 to 1.

    Returns
    -------
    Interval
        A single seed says nothing about other seeds: the interval then covers the choice of tracks alone.
        Where neither tracks nor seeds differ, the draws do not vary either, and 0 of n unlike answers still leaves
        room: then each side reaches as far as `wilson` does for 0 of n. `NO_INTERVAL` for one track, or for losses of
        which neither tracks nor seeds differ.

    Raises
    ------
    GenrebenchError
        If the array has another shape or holds nothing.

    References
    ----------
    .. [1] P. McCullagh: Resampling and exchangeable arrays. Bernoulli 6, 2000.
    .. [2] A. B. Owen: The pigeonhole bootstrap. Annals of Applied Statistics 1, 2007.
    .. [3] T. C. Hesterberg: What teachers should know about the bootstrap. The American Statistician 69, 2015.
    .. [4] F. E. Satterthwaite: An approximate distribution of estimates of variance components. Biometrics 2, 1946.
    """
    _check(values)
    n_seeds, n_test = values.shape
    if n_test < 2:
        return NO_INTERVAL
    parts = _Parts.of(values)
    if parts.track + parts.seed < _NOTHING:
        if not np.isfinite(limits).all():
            return NO_INTERVAL
        reach = wilson(0, n_test, level).high
        return Interval(parts.mean - reach, parts.mean + reach).clipped(limits)
    tracks, seeds = _resampling(n_test, n_seeds)
    track_effects = (values.mean(axis=0) - parts.mean) * np.sqrt(n_test / (n_test - 1))
    draws = tracks @ track_effects
    if parts.seed > _NOTHING:
        seed_effects = values.mean(axis=1) - parts.mean
        # seed/between is the share that the rest does not explain; the mean square over S instead of S-1 does the rest
        draws += seeds @ (seed_effects * np.sqrt(parts.seed / seed_effects.var()))
    tail = (1 - level) / 2
    expansion = stats.t.ppf(tail, parts.freedom(1 / n_seeds)) / stats.norm.ppf(tail)
    low, high = parts.mean + expansion * np.quantile(draws, [tail, 1 - tail])
    return Interval(float(low), float(high)).clipped(limits)


def prediction_interval(values: Values, n_new: int, limits: tuple[float, float]) -> Interval:
    """Return where the mean of one further run lies in 95 of 100 cases: another seed, other test tracks.

    Its variance is that of the measured mean, plus the variance between seeds, plus the variance between the values of
    one run divided by `n_new`. Student's t distribution with Satterthwaite's degrees of freedom, as in `mean_interval`.

    Parameters
    ----------
    values : ndarray of float64, shape (n_seeds, n_test)
        One value a seed and test track.
    n_new : int
        Number of test tracks of the further run.
    limits : tuple of float
        The lowest and highest mean that is possible; the interval is cut there.

    Returns
    -------
    Interval
        `NO_INTERVAL` for one seed, which does not show how far seeds differ, or one track.

    Raises
    ------
    GenrebenchError
        If the array has another shape or holds nothing.

    References
    ----------
    .. [1] G. J. Hahn, W. Q. Meeker: Statistical Intervals. Wiley, 1991. Chapter 4.
    """
    _check(values)
    n_seeds, n_test = values.shape
    if n_seeds < 2 or n_test < 2:
        return NO_INTERVAL
    parts = _Parts.of(values)
    one_run = float(values.var(axis=1, ddof=1).mean()) / n_new
    variance = parts.track + parts.seed * (1 + 1 / n_seeds) + one_run
    half = stats.t.ppf(0.5 + LEVEL / 2, parts.freedom(1 + 1 / n_seeds, one_run)) * np.sqrt(variance)
    return Interval(float(parts.mean - half), float(parts.mean + half)).clipped(limits)


def unpaired_difference(first: Values, second: Values, limits: tuple[float, float]) -> Interval:
    """Return the 95% interval of mean(second) - mean(first) where the two were measured on different tracks.

    Both variances are added, and Student's t distribution gets the degrees of freedom of Welch [1]_, from those of
    `mean_interval`. The two are taken as independent.

    Parameters
    ----------
    first, second : ndarray of float64, shape (n_seeds, n_test)
        One value a seed and test track.
    limits : tuple of float
        The lowest and highest difference that is possible; the interval is cut there.

    Returns
    -------
    Interval
        `NO_INTERVAL` where one of the two has one track only, or where neither of them varies.

    Raises
    ------
    GenrebenchError
        If an array has another shape or holds nothing.

    References
    ----------
    .. [1] B. L. Welch: The generalization of "Student's" problem when several different population variances are
       involved. Biometrika 34, 1947.
    """
    _check(first)
    _check(second)
    if min(first.shape[1], second.shape[1]) < 2:
        return NO_INTERVAL
    sides = [_Parts.of(values) for values in (first, second)]
    variances = [it.track + it.seed / it.n_seeds for it in sides]
    if sum(variances) < _NOTHING:
        return NO_INTERVAL
    spread = sum(variance**2 / it.freedom(1 / it.n_seeds) for variance, it in zip(variances, sides, strict=True))
    half = stats.t.ppf(0.5 + LEVEL / 2, sum(variances) ** 2 / spread) * np.sqrt(sum(variances))
    difference = sides[1].mean - sides[0].mean
    return Interval(float(difference - half), float(difference + half)).clipped(limits)


@dataclass(frozen=True)
class _Parts:
    """The parts of the variance of a mean.

    Attributes
    ----------
    mean : float
        Over all tracks and seeds.
    track : float
        What tracks and the rest add to the variance of the mean.
    seed : float
        Variance between seeds beyond what the rest explains, 0 where the rest explains it all.
    between, rest : float
        Mean squares of seeds and of the rest, divided by the tracks, so that seed = between - rest.
    n_seeds, n_test : int
        Sizes of the array.
    """

    mean: float
    track: float
    seed: float
    between: float
    rest: float
    n_seeds: int
    n_test: int

    @classmethod
    def of(cls, values: Values) -> Self:
        n_seeds, n_test = values.shape
        mean = float(values.mean())
        by_seed, by_track = values.mean(axis=1), values.mean(axis=0)
        track = float(by_track.var(ddof=1)) / n_test
        if n_seeds == 1:
            return cls(mean, track, 0.0, 0.0, 0.0, n_seeds, n_test)
        residuals = values - by_seed[:, None] - by_track + mean
        rest = float((residuals**2).sum()) / ((n_test - 1) * (n_seeds - 1)) / n_test
        between = float(by_seed.var(ddof=1))
        # A difference that is rounding alone would change the degrees of freedom.
        seed = between - rest if between - rest > _ROUNDING * between else 0.0
        return cls(mean, track, seed, between, rest, n_seeds, n_test)

    def freedom(self, weight: float, one_run: float = 0.0) -> float:
        """Return the degrees of freedom of the variance track + weight x seed + one_run."""
        total = self.track + weight * self.seed + one_run
        tracks = self.n_test - 1
        spread = (self.track**2 + one_run**2) / tracks
        if self.seed > 0:
            seeds = self.n_seeds - 1
            spread += (weight * self.between) ** 2 / seeds + (weight * self.rest) ** 2 / (seeds * tracks)
        # The difference of two mean squares can leave almost nothing; nothing is known worse than from S-1 values.
        return max(total**2 / spread, self.n_seeds - 1.0) if spread > 0 else float(tracks)


@lru_cache(maxsize=2)
def _resampling(n_test: int, n_seeds: int) -> tuple[Values, Values]:
    """Return the weights of tracks and seeds in every draw, each row summing to 1."""
    streams = np.random.SeedSequence(_RESAMPLING_SEED).spawn(2)
    tracks, seeds = (
        np.random.default_rng(stream).multinomial(n, np.full(n, 1 / n), size=_DRAWS) / n
        for stream, n in zip(streams, (n_test, n_seeds), strict=True)
    )
    return tracks, seeds


def _check(values: NDArray[np.generic]) -> None:
    if values.ndim != 2 or 0 in values.shape:
        raise GenrebenchError(f"values have shape {values.shape}; legal: (seeds, tracks), at least one of each")
