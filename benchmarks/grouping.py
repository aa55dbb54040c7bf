"""Groups of things that belong together, directly or through others."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components


def group_numbers(count: int, links: Sequence[tuple[int, int]]) -> NDArray[np.int32]:
    """Return the number of the group that each thing falls into when linked ones stay together.

    Parameters
    ----------
    count : int
        How many things there are.
    links : sequence of pairs of int
        Positions, from 0, of two things that belong together.

    Returns
    -------
    ndarray of int32, shape (count,)
        Numbers from 0.
    """
    first, second = np.array(links, dtype=np.int64).reshape(-1, 2).T
    graph = coo_array((np.ones(len(links)), (first, second)), shape=(count, count))
    found: NDArray[np.int32] = connected_components(graph, directed=False)[1]
    return found
