"""The network of histo_demo: a small ViT with a convolutional stem, pooled by the mean and the deviation of its tokens."""

import math

import torch
from torch import Tensor, nn


class Attention(nn.Module):
    """softmax(q k' / sqrt(d)) v for each head, written out: the fused operator is unknown to LibTorch 1.13."""

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.scale = 1.0 / math.sqrt(dim // heads)
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x: Tensor) -> Tensor:
        n, tokens, dim = x.shape
        qkv = self.qkv(x).reshape(n, tokens, 3, self.heads, dim // self.heads).permute(2, 0, 3, 1, 4)
        weights = torch.softmax(torch.matmul(qkv[0] * self.scale, qkv[1].transpose(2, 3)), dim=3)
        return self.proj(torch.matmul(weights, qkv[2]).transpose(1, 2).reshape(n, tokens, dim))


class Block(nn.Module):
    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(dim, eps=1e-6)
        self.attention = Attention(dim, heads)
        self.norm2 = nn.LayerNorm(dim, eps=1e-6)
        self.fc1 = nn.Linear(dim, 4 * dim)
        self.fc2 = nn.Linear(4 * dim, dim)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attention(self.norm1(x))
        return x + self.fc2(nn.functional.gelu(self.fc1(self.norm2(x))))


def convolution(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel_size=3, stride=2, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


def initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Linear):
        nn.init.trunc_normal_(module.weight, std=0.02)
        nn.init.zeros_(module.bias)


class HistoViT(nn.Module):
    """Images n x 3 x side x side to features n x 128; there is one token for each 16 x 16 pixels.

    Four convolutions of stride 2 take the place of the patch embedding (Xiao et al. 2021, "Early convolutions help
    transformers see better"). Positions come from a depthwise convolution over the grid of tokens (Chu et al. 2021,
    "Conditional positional encodings"), so that the side may be any multiple of 16. There is no class token: an image is
    told by the mean and the standard deviation of its tokens, because how much a tissue varies tells it from others. The
    projection from these to the features is not trained but computed, see projection.py.
    """

    def __init__(self, dim: int = 192, depth: int = 4, heads: int = 3, features: int = 128) -> None:
        super().__init__()
        widths = [3, dim // 8, dim // 4, dim // 2, dim]
        self.stem = nn.Sequential(*[convolution(a, b) for a, b in zip(widths, widths[1:])])
        self.embed = nn.Conv2d(dim, dim, kernel_size=1)
        self.position = nn.Conv2d(dim, dim, kernel_size=3, padding=1, groups=dim)
        self.blocks = nn.Sequential(*[Block(dim, heads) for _ in range(depth)])
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.projection = nn.Linear(2 * dim, features)
        self.apply(initialise)

    def statistics(self, x: Tensor) -> Tensor:
        """n x 2 dim: the means and the standard deviations over the tokens."""
        grid = self.embed(self.stem(x))
        grid = grid + self.position(grid)
        tokens = self.norm(self.blocks(grid.flatten(2).transpose(1, 2)))
        return torch.cat([tokens.mean(1), (tokens.var(1, unbiased=False) + 1e-6).sqrt()], dim=1)

    def forward(self, x: Tensor) -> Tensor:
        return self.projection(self.statistics(x))
