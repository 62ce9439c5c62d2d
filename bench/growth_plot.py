"""Log-log curves as one SVG."""

from __future__ import annotations

import math
from html import escape

Curve = tuple[str, float, list[tuple[int, float]]]
#: Okabe and Ito's colours, which colour-blind eyes tell apart.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
WIDTH, HEIGHT, LEFT, TOP = 860, 460, 70, 20
PLOT_WIDTH, PLOT_HEIGHT = 480, 390


def svg(curves: list[Curve]) -> str:
    """Seconds against size, each divided by its first value, so that slopes can be compared."""
    relative = [(name, exponent, [(x / points[0][0], y / points[0][1]) for x, y in points]) for name, exponent, points in curves]
    most_x = max(x for _, _, points in relative for x, _ in points)
    most_y = max(y for _, _, points in relative for _, y in points)
    least_y = min(y for _, _, points in relative for _, y in points)
    span = math.log(most_y / least_y)

    def place(x: float, y: float) -> tuple[float, float]:
        across = LEFT + PLOT_WIDTH * math.log(x) / math.log(most_x)
        return across, TOP + PLOT_HEIGHT * math.log(most_y / y) / span

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
    ]
    parts += _grid(place, most_x, most_y)
    for (name, exponent, points), colour in zip(relative, COLOURS):
        corners = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*point) for point in points))
        parts.append(f'<polyline points="{corners}" fill="none" stroke="{colour}" stroke-width="2"/>')
    for index, ((name, exponent, _), colour) in enumerate(zip(relative, COLOURS)):
        y = TOP + 20 + 24 * index
        parts.append(f'<line x1="575" y1="{y - 4}" x2="600" y2="{y - 4}" stroke="{colour}" stroke-width="3"/>')
        parts.append(f'<text x="608" y="{y}">{escape(name)}: {exponent:.2f}</text>')
    parts.append("</svg>")
    return "\n".join(parts) + "\n"


def _grid(place, most_x: float, most_y: float) -> list[str]:
    """Powers of two across, powers of four up, and what the axes are."""
    parts = []
    size = 1.0
    while size <= most_x:
        x, bottom = place(size, 1)[0], TOP + PLOT_HEIGHT
        parts.append(f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{bottom}" stroke="#ddd"/>')
        parts.append(f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{size:g}×</text>')
        size *= 2
    seconds = 1.0
    while seconds <= most_y:
        y = place(1, seconds)[1]
        parts.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{LEFT + PLOT_WIDTH}" y2="{y:.1f}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{seconds:g}×</text>')
        seconds *= 4
    middle = LEFT + PLOT_WIDTH / 2
    parts.append(f'<text x="{middle}" y="{HEIGHT - 12}" text-anchor="middle">size, of the smallest</text>')
    parts.append(f'<text x="18" y="{TOP + PLOT_HEIGHT / 2}" text-anchor="middle" transform="rotate(-90 18 {TOP + PLOT_HEIGHT / 2})">time, of the smallest</text>')
    return parts
