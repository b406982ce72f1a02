"""Linear maps that make the statistics of tokens better neighbours. Labels play no part."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

# Added to variances, as a share of the largest.
FLOOR = 1e-3
# Exponent of the variances between images that the kept axes are divided by: 0 leaves them, 0.5 would make them equal.
EVENNESS = 0.125


@dataclass
class Sample:
    """Rows of one set of images, n x inputs, and the number of the image that each comes from."""

    rows: Tensor
    owners: Tensor


def scatter(rows: Tensor) -> Tensor:
    return rows.T @ rows / len(rows)


def within_images(sample: Sample) -> Tensor:
    """Covariance of the rows around the means of their images."""
    images, indices, counts = sample.owners.unique(return_inverse=True, return_counts=True)
    sums = torch.zeros(len(images), sample.rows.shape[1], dtype=sample.rows.dtype).index_add_(0, indices, sample.rows)
    centred = sample.rows - (sums / counts[:, None])[indices]
    return scatter(centred) * len(sample.rows) / (len(sample.rows) - len(images))


def total(samples: list[Sample]) -> tuple[Tensor, Tensor]:
    """Mean and covariance, each of the sets counting the same."""
    mean = torch.stack([sample.rows.mean(0) for sample in samples]).mean(0)
    return mean, torch.stack([scatter(sample.rows - mean) for sample in samples]).mean(0)


def whitened(samples: list[Sample]) -> list[Tensor]:
    """The rows with all variances made equal, up to the floor."""
    double = [Sample(sample.rows.double(), sample.owners) for sample in samples]
    mean, covariance = total(double)
    variances, axes = torch.linalg.eigh(covariance)
    matrix = axes / (variances.clamp(min=0.0) + FLOOR * variances.max()).sqrt()
    return [((sample.rows - mean) @ matrix).float() for sample in double]


def fit_projection(layer: nn.Linear, samples: list[Sample]) -> None:
    """Linear discriminant analysis with each image as a class of its own, its crops being the examples.

    Axes along which crops of one image differ are made short, then those are kept along which images differ most.
    """
    double = [Sample(sample.rows.double(), sample.owners) for sample in samples]
    mean, covariance = total(double)
    floor = FLOOR * torch.linalg.eigvalsh(covariance).max()
    within = torch.stack([within_images(sample) for sample in double]).mean(0)
    variances, axes = torch.linalg.eigh(within + floor * torch.eye(len(within)))
    shrink = axes / variances.sqrt()
    ratios, turned = torch.linalg.eigh(shrink.T @ covariance @ shrink)
    kept = ratios.argsort(descending=True)[: layer.out_features]
    matrix = (shrink @ turned[:, kept] / ratios[kept] ** EVENNESS).T
    with torch.no_grad():
        layer.weight.copy_(matrix)
        layer.bias.copy_(-matrix @ mean)
