"""How far apart the cluster colours are, for people with each kind of colour vision. Run by hand; needs numpy.

    python3 tests/parity/colours.py           measures the list in src/picture/colours.cpp
    python3 tests/parity/colours.py --make    makes it from the first eight

Protanopia, deuteranopia and tritanopia are simulated at full severity with
the matrices of Machado, Oliveira and Fernandes, "A physiologically-based model for simulation of color vision
deficiency", IEEE TVCG 15 (2009) 1291-1298, on linear sRGB. The distance is CIEDE2000 (CIE 142-2001), D65. A distance of
about 2.3 is just noticed side by side; patches that lie apart on a slide need 10 or more.

"full" are the colours themselves, as in a legend and at rims. "tint" are tiles of the overlay: 45 % of a grey of 200, as
of tissue, under 55 % of the colour.
"""

import pathlib
import re
import sys

import numpy as np

VISIONS = {
    "normal": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
XYZ = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]])
D65 = np.array([0.95047, 1.0, 1.08883])


def project_colours():
    source = pathlib.Path(__file__).parents[2] / "src" / "picture" / "colours.cpp"
    found = re.findall(r"0x([0-9a-f]{6})U", source.read_text())
    return np.array([[int(colour[i : i + 2], 16) for i in (0, 2, 4)] for colour in found], dtype=float)


def lab(rgb, vision):
    share = rgb / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    seen = np.clip(linear @ np.transpose(VISIONS[vision]), 0, 1)
    xyz = seen @ XYZ.T / D65
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], -1)


def ciede2000(one, other):
    """Of arrays of L*, a*, b*."""
    mean_chroma = (np.hypot(one[..., 1], one[..., 2]) + np.hypot(other[..., 1], other[..., 2])) / 2
    stretch = 1 + 0.5 * (1 - np.sqrt(mean_chroma**7 / (mean_chroma**7 + 25.0**7)))
    polar = []
    for colour in (one, other):
        a = stretch * colour[..., 1]
        polar.append((colour[..., 0], np.hypot(a, colour[..., 2]), np.degrees(np.arctan2(colour[..., 2], a)) % 360))
    (l1, c1, h1), (l2, c2, h2) = polar
    turn = (h2 - h1 + 180) % 360 - 180
    hue_difference = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2))
    lightness, chroma, hue = (l1 + l2) / 2, (c1 + c2) / 2, h1 + turn / 2
    t = (1 - 0.17 * np.cos(np.radians(hue - 30)) + 0.24 * np.cos(np.radians(2 * hue))
         + 0.32 * np.cos(np.radians(3 * hue + 6)) - 0.20 * np.cos(np.radians(4 * hue - 63)))
    s_l = 1 + 0.015 * (lightness - 50) ** 2 / np.sqrt(20 + (lightness - 50) ** 2)
    s_c = 1 + 0.045 * chroma
    s_h = 1 + 0.015 * chroma * t
    rotation = (-2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7))
                * np.sin(np.radians(60 * np.exp(-((((hue % 360) - 275) / 25) ** 2)))))
    dl, dc, dh = (l2 - l1) / s_l, (c2 - c1) / s_c, hue_difference / s_h
    return np.sqrt(dl**2 + dc**2 + dh**2 + rotation * dc * dh)


def nearest_pair(colours, vision):
    values = lab(colours, vision)
    distances = ciede2000(values[:, None], values[None, :]) + 1e9 * np.eye(len(values))
    a, b = np.unravel_index(np.argmin(distances), distances.shape)
    return distances[a, b], min(a, b), max(a, b)


def shown_as(name, colours):
    return colours if name == "full" else 0.45 * 200 + 0.55 * colours


def seen(colours):
    """Everything that can be seen of a colour: a row for each way of showing it and each vision."""
    return np.stack([lab(shown_as(name, colours), vision) for name in ("full", "tint") for vision in VISIONS], -2)


def make(first):
    """Each next colour is the one of a grid that is farthest from all before it, from white and from eosin's pink.

    What counts is the worst of all ways to see it. A distance weighs less where it cannot be as large: for few people's
    vision, and in a tint, which halves it.
    """
    weights = np.array([1.0, 1.35, 1.35, 1.7])
    weights = np.concatenate([weights, 2 * weights])

    def distance(one, other):
        return (ciede2000(one, other) * weights).min(-1)

    steps = np.arange(0, 256, 15.0)
    grid = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), -1).reshape(-1, 3)
    values = lab(grid, "normal")
    # Neither dark nor light nor grey: those are the tissue's and the background's.
    grid = grid[(values[:, 0] > 34) & (values[:, 0] < 92) & (np.hypot(values[:, 1], values[:, 2]) > 20)]
    candidates = seen(grid)
    chosen = list(first)
    taken = [*chosen, np.array([255.0, 255, 255]), np.array([235.0, 200, 220])]
    nearest = np.min([distance(candidates, seen(colour)[None]) for colour in taken], 0)
    while len(chosen) < 128:
        best = int(nearest.argmax())
        chosen.append(grid[best])
        nearest = np.minimum(nearest, distance(candidates, candidates[best][None]))
    return chosen


def main():
    # From the test data that Sharma, Wu and Dalal published with "The CIEDE2000 color-difference formula" (2005).
    known = ciede2000(np.array([[50, 2.6772, -79.7751], [50, -1, 2], [90.8027, -2.0831, 1.4410]]),
                      np.array([[50, 0, -82.7485], [50, 0, 0], [91.1528, -1.6435, 0.0447]]))
    assert np.allclose(known, [2.0425, 2.3669, 1.4441], atol=1e-4), known
    colours = project_colours()
    if sys.argv[1:] == ["--make"]:
        print(", ".join("0x%02x%02x%02xU" % tuple(int(part) for part in colour) for colour in make(colours[:8])))
        return
    print("smallest distance of two among the first n colours (and which two)")
    print(f"{'':6}{'n':>5}  " + "".join(f"{vision:>22}" for vision in VISIONS))
    for name in ("full", "tint"):
        for n in (7, 8, 10, 12, 16, 24, 32, 64, 128):
            cells = []
            for vision in VISIONS:
                distance, a, b = nearest_pair(shown_as(name, colours[:n]), vision)
                cells.append(f"{distance:.1f} ({a}, {b})")
            print(f"{name:6}{n:5}  " + "".join(f"{cell:>22}" for cell in cells))


if __name__ == "__main__":
    main()
