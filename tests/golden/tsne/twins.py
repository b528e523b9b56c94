"""Affinities of points that fall on each other: writes twins_affinities.safetensors beside itself, by plain loops in double.

python twins.py   (numpy, safetensors)
"""
import pathlib

import numpy as np
from safetensors.numpy import save_file

rng = np.random.default_rng(4)
N, FEATURES, PERPLEXITY, NEIGHBOURS, ROWS = 40, 3, 4, 13, 8
x = rng.normal(size=(N, FEATURES)).astype(np.float32)
x[:4] = x[4:8]
wide = x.astype(float)
squared = ((wide[:, None] - wide[None]) ** 2).sum(2)


def affinities(d):
    """Bisection on beta until it does not move; the affinities and their entropy in nats."""
    low, high, beta = 0.0, np.inf, 1.0
    for _ in range(300):
        weight = np.exp(-beta * d)
        entropy = np.log(weight.sum()) + beta * (d * weight).sum() / weight.sum()
        low, high = (beta, high) if entropy > np.log(PERPLEXITY) else (low, beta)
        beta = 2 * low if high == np.inf else (low + high) / 2
    return beta, weight / weight.sum(), entropy


p, beta, entropy = np.zeros((N, N)), np.zeros(N), np.zeros(N)
index, near, near_beta = np.zeros((N, NEIGHBOURS), np.int32), np.zeros((N, NEIGHBOURS)), np.zeros(N)
for i in range(N):
    others = np.delete(np.arange(N), i)
    beta[i], p[i, others], entropy[i] = affinities(squared[i, others])
    index[i] = others[np.argsort(squared[i, others], kind="stable")[:NEIGHBOURS]]
    near_beta[i], near[i], _ = affinities(squared[i, index[i]])
centred = wide - wide.mean(0)
u, s, _ = np.linalg.svd(centred, full_matrices=False)
start = (u * s)[:, :2] / (u * s)[:, 0].std() * 1e-4
out = dict(x=x, label=np.zeros(N, np.int32), cond_beta=beta, cond_sigma=1 / np.sqrt(2 * beta), cond_row_entropy_nats=entropy,
           P_cond_rows=p[:ROWS], P_joint_rows=((p + p.T) / (2 * N))[:ROWS], knn_idx=index,
           knn_dist=np.sqrt(np.take_along_axis(squared, index, 1)).astype(np.float32), nn_beta=near_beta,
           nn_P_cond_rows=near[:ROWS], init_pca=start, y_test=rng.normal(size=(N, 2)))
save_file({k: np.ascontiguousarray(v) for k, v in out.items()}, pathlib.Path(__file__).with_name("twins_affinities.safetensors"),
          {"perplexity": str(PERPLEXITY), "neighbours": str(NEIGHBOURS)})
