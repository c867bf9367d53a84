"""Writes plots as SVG without any library."""

import html
import math

COLORS = ["#2a6f97", "#e07a1f", "#5a8f3c", "#a23b72", "#8a6d3b", "#555"]
STYLE = 'font-family="sans-serif" font-size="12" fill="#222"'


def text(x, y, value, anchor="start", extra=""):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" {extra}>'
            f'{html.escape(value)}</text>')


def line(x1, y1, x2, y2, color="#ddd"):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{color}"/>'


def key(x, y, colors):
    """Draws the legend in one row."""
    for index, (name, color) in enumerate(colors.items()):
        yield f'<rect x="{x + index * 110}" y="{y}" width="12" height="12" fill="{color}"/>'
        yield text(x + index * 110 + 17, y + 10, name)


def write(path, width, height, parts):
    path.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
                    f'{STYLE}>\n<rect width="100%" height="100%" fill="white"/>\n'
                    + "\n".join(parts) + "\n</svg>\n")


def bars(path, title, groups):
    """Draws horizontal bars from 0 to 100 %; groups: label and (name, percent) pairs."""
    left, width, bar, gap = 220, 420, 14, 10
    colors = {}
    parts, y = [text(10, 22, title, extra='font-weight="bold"')], 40
    for label, group in groups:
        parts.append(text(left - 8, y + bar * len(group) / 2 + 4, label, "end"))
        for name, percent in group:
            color = colors.setdefault(name, COLORS[len(colors) % len(COLORS)])
            parts.append(f'<rect x="{left}" y="{y}" width="{width * min(percent, 105) / 100:.1f}" '
                         f'height="{bar - 2}" fill="{color}"/>')
            parts.append(text(left + width * min(percent, 105) / 100 + 4, y + bar - 4,
                              f"{percent:.0f}", extra='font-size="10"'))
            y += bar
        y += gap
    grid = [line(left + width * tick / 100, 34, left + width * tick / 100, y)
            for tick in range(0, 101, 20)]
    ticks = [text(left + width * tick / 100, y + 14, f"{tick} %", "middle")
             for tick in range(0, 101, 20)]
    keys = key(left, y + 24, colors)
    write(path, left + max(width, 110 * len(colors)) + 60, y + 50, [*grid, *parts, *ticks, *keys])


def lines(path, title, labels, series):
    """Draws lines over equidistant `labels`; series: (name, values) pairs.

    The values must be above 0; their scale is logarithmic.
    """
    left, top, width, height = 70, 40, 520, 280
    values = [value for _, row in series for value in row]
    low, high = math.log2(min(values)), math.log2(max(values))
    low, high = math.floor(low), math.ceil(high + 0.01)
    at_x = lambda i: left + width * i / max(len(labels) - 1, 1)
    at_y = lambda value: top + height * (high - math.log2(value)) / (high - low)
    parts = [text(10, 22, title, extra='font-weight="bold"')]
    for power in range(low, high + 1):
        y = at_y(2.0**power)
        parts += [line(left, y, left + width, y), text(left - 6, y + 4, f"{2.0**power:g}", "end")]
    for i, label in enumerate(labels):
        parts.append(text(at_x(i), top + height + 18, str(label), "middle"))
    colors = {name: COLORS[index % len(COLORS)] for index, (name, _) in enumerate(series)}
    for name, row in series:
        color = colors[name]
        points = " ".join(f"{at_x(i):.1f},{at_y(value):.1f}" for i, value in enumerate(row))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="2"/>')
        parts += [f'<circle cx="{point.split(",")[0]}" cy="{point.split(",")[1]}" r="3" '
                  f'fill="{color}"/>' for point in points.split()]
    parts += key(left, top + height + 34, colors)
    write(path, left + width + 40, top + height + 60, parts)
