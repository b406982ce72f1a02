"""Rows for clustering benches: a mixture whose inertia falls smoothly with k, the same for every run.

    cluster_rows.py FILE [--rows 500000] [--dim 384] [--seed 0]

writes float32 rows one after the other (FILE.bin) or as numpy's .npy. Groups lie in a tree: large groups of smaller
groups of smaller ones, with weights that fall off as those of tissues do, and noise that is strong along a few
directions of each group and weak along the others.
"""

import argparse

import numpy as np

BRANCHES = (2, 10, 12)
SPREADS = (0.5, 0.75, 1.0)
GROUPS_WITH_OWN_NOISE = BRANCHES[0] * BRANCHES[1]
RANK = 24
BLOCK = 20000


def centres(rng, dim):
    """Leaves of the tree: groups x dim."""
    places = np.zeros((1, dim))
    strengths = 0.97 ** np.arange(dim) * 2 + 0.2
    for branches, spread in zip(BRANCHES, SPREADS):
        parents = np.repeat(np.arange(len(places)), branches)
        places = places[parents] + spread * rng.standard_normal((len(parents), dim)) * strengths
    return places


def mixture(rows, dim, seed):
    """Blocks of rows, float32."""
    rng = np.random.default_rng(seed)
    places = centres(rng, dim)
    weights = rng.dirichlet(np.full(len(places), 0.6))
    axes = rng.standard_normal((GROUPS_WITH_OWN_NOISE, RANK, dim)) / np.sqrt(RANK)
    offset = 0.3 * rng.standard_normal(dim)
    for start in range(0, rows, BLOCK):
        count = min(BLOCK, rows - start)
        group = rng.choice(len(places), size=count, p=weights)
        block = places[group] + offset + 0.18 * rng.standard_normal((count, dim))
        strengths = rng.standard_normal((count, RANK)) * 0.3
        branch_of_row = group // BRANCHES[2]
        for branch in range(GROUPS_WITH_OWN_NOISE):
            mine = branch_of_row == branch
            block[mine] += strengths[mine] @ axes[branch]
        yield block.astype(np.float32)


def rows_in_memory(rows, dim, seed):
    return np.concatenate(list(mixture(rows, dim, seed)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--rows", type=int, default=500000)
    parser.add_argument("--dim", type=int, default=384)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if options.file.endswith(".npy"):
        np.save(options.file, rows_in_memory(options.rows, options.dim, options.seed))
        return
    with open(options.file, "wb") as file:
        for block in mixture(options.rows, options.dim, options.seed):
            block.tofile(file)


if __name__ == "__main__":
    main()
