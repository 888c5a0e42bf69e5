# SPDX-License-Identifier: Apache-2.0
"""The results as a chart: horizontal bars, a panel for each unit, written as SVG by hand."""

from xml.sax.saxutils import escape

WIDTH = 960
LEFT = 300  # of the bars
RIGHT = 70  # for the figure behind the longest bar
MARGIN = 24
BAR = 13
GAP = 12  # between two groups of bars
TITLE = 34
LEGEND = 64
COLOURS = {
    "relay": "#a3a9b1",
    "haproxy-one": "#f0b469",
    "haproxy": "#cf7a1c",
    "sockwarden": "#1c66b0",
    "sockwarden-all": "#79b3e2",
}
AS_PLAIN = {"haproxy-tls": "haproxy-one", "sockwarden-tls": "sockwarden",
            "sockwarden-all-tls": "sockwarden-all"}
STYLE = ("text{font:12px system-ui,'DejaVu Sans',Helvetica,sans-serif;fill:#24292f}"
         ".head{font-size:17px;font-weight:600}.panel{font-size:14px;font-weight:600}"
         ".figure{font-size:11px;fill:#57606a}")


def figure(value):
    return f"{value:.2f}" if value < 1 else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def text(x, y, words, style="", anchor="start"):
    kind = f' class="{style}"' if style else ""
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}"{kind}>{escape(words)}</text>'


def rectangle(x, y, width, height, colour):
    return (f'<rect x="{x:g}" y="{y:g}" width="{width:.1f}" height="{height:g}" rx="2" '
            f'fill="{colour}"/>')


def bars_of(row, key, names):
    found = [(AS_PLAIN.get(name, name), row["targets"].get(name)) for name in names]
    return [(name, numbers[key]) for name, numbers in found if numbers]


def draw_group(title, bars, y, scale):
    parts = [text(LEFT - 10, y + len(bars) * BAR / 2 + 4, title, anchor="end")]
    for name, value in bars:
        width = max(value, 0) * scale
        parts.append(rectangle(LEFT, y, max(width, 1), BAR - 2, COLOURS[name]))
        parts.append(text(LEFT + width + 5, y + BAR - 3, figure(value), "figure"))
        y += BAR
    return parts, y + GAP


def draw_panel(title, groups, y):
    """|groups|: pairs of a title and its bars."""
    groups = [(name, bars) for name, bars in groups if bars]
    if not groups:
        return [], y
    most = max(value for _, bars in groups for _, value in bars)
    scale = (WIDTH - LEFT - RIGHT) / most if most > 0 else 0
    parts = [text(MARGIN, y + 18, title, "panel")]
    y += TITLE
    for name, bars in groups:
        drawn, y = draw_group(name, bars, y, scale)
        parts += drawn
    return parts, y + GAP


def draw_legend(data, names, y):
    parts, x = [], MARGIN
    for name in names:
        parts.append(rectangle(x, y - 10, 12, 12, COLOURS[name]))
        parts.append(text(x + 18, y, data["targets"]["plain"][name]))
        x += 44 + 6.5 * len(data["targets"]["plain"][name])
    return parts


def panels_of(data, names, family):
    kind = ", by TLS" if family == "tls" else ""

    def groups(wanted):
        return [(row["title"], bars_of(row, "cpu_us", names))
                for row in data["workloads"] if row["family"] == family and wanted(row)]

    small = [row for row in data["workloads"] if row["unit"] != "MiB"]
    yield (f"Processor time per request{kind}, µs (8 connections)",
           groups(lambda row: row in small and "8 connections" in row["title"]))
    yield (f"Processor time per exchange{kind}, µs (1 connection, or a new one each)",
           groups(lambda row: row in small and "8 connections" not in row["title"]))
    yield f"Processor time per MiB{kind}, µs", groups(lambda row: row["unit"] == "MiB")
    yield (f"Memory per idle stream{kind}, KiB (PSS)",
           [(f"{row['streams']:,} streams", bars_of(row, "stream_kib", names))
            for row in data["idle"] if row["family"] == family])


def panels(data, names):
    yield from panels_of(data, names, "plain")
    yield from panels_of(data, list(AS_PLAIN), "tls")


def draw(data):
    names = [name for name in data["targets"]["plain"] if name in COLOURS
             and any(row["targets"].get(name) for row in data["workloads"] + data["idle"])]
    parts = [text(MARGIN, MARGIN + 8, "What a proxy in front of dockerd costs (less is better)",
                  "head")]
    parts += draw_legend(data, names, LEGEND - 6)
    y = LEGEND + GAP
    for title, groups in panels(data, names):
        drawn, y = draw_panel(title, groups, y)
        parts += drawn
    height = y + MARGIN / 2
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height:g}" '
            f'viewBox="0 0 {WIDTH} {height:g}">\n<style>{STYLE}</style>\n'
            f'<rect width="{WIDTH}" height="{height:g}" fill="#ffffff"/>\n'
            + "\n".join(parts) + "\n</svg>\n")
