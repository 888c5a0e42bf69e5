# SPDX-License-Identifier: Apache-2.0
"""The results as tables for a person."""

import workloads

BEGIN = "<!-- tables: written by make bench -->"
END = "<!-- end of tables -->"
DISTURBED = 0.10  # a process that waited for its core for so much of its time was not alone


def number(value, digits=None):
    if value is None:
        return "–"
    if digits is None:
        digits = 2 if abs(value) < 1 else 1 if abs(value) < 100 else 0
    return f"{value:,.{digits}f}"


def table(head, rows):
    """A Markdown table that reads as plain text as well."""
    lines = [head, *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]

    def draw(cells):
        first = cells[0].ljust(widths[0])
        rest = (cell.rjust(width) for cell, width in zip(cells[1:], widths[1:]))
        return "| " + " | ".join([first, *rest]) + " |"

    rule = "|" + "-" * (widths[0] + 2) + "|" + "|".join("-" * (w + 1) + ":" for w in widths[1:]) + "|"
    return "\n".join([draw(head), rule, *(draw(row) for row in rows)])


def value(row, target, key):
    found = row["targets"].get(target)
    return found[key] if found else None


def ours(row):
    """sockwarden's figure: with the CI policy, or where that does not permit the workload, with the
    one that permits all. A denial is only a denial with the CI policy."""
    judged, free = ("sockwarden-tls", "sockwarden-all-tls") if row["family"] == "tls" \
        else ("sockwarden", "sockwarden-all")
    if row["targets"].get(judged) or judged in row["denied_by"]:
        return judged
    return free


def ratio(row, peer):
    mine, theirs = value(row, ours(row), "cpu_us"), value(row, peer, "cpu_us")
    return mine / theirs if mine and theirs else None


def ratio_cell(row, peer, goal):
    found = ratio(row, peer)
    if found is None:
        return f"– (goal {goal:g})" if goal else "–"
    if not goal:
        return f"{found:.2f}"
    return f"{found:.2f} ({'goal' if found <= goal else 'MISSED'} {goal:g})"


class Part:
    """What one set of tables is about: a family of targets."""

    def __init__(self, data, family):
        self.family = family
        self.titles = data["targets"][self.family]
        self.proxies = [name for name in self.titles if name != "direct"]
        self.workloads = [row for row in data["workloads"] if row["family"] == family]
        self.idle = [row for row in data["idle"] if row["family"] == family]

    def heads(self, names):
        return [self.titles[name] for name in names]

    def tables(self):
        if not self.titles:
            return []
        found = [cost_table(self), latency_table(self), rate_table(self)] if self.workloads else []
        return found + ([idle_table(self)] if self.idle else [])


def workers_table(data):
    """Throughput and cost, side by side for each number of workers."""
    rows, titles = [], []
    for row in data["workloads"]:
        if not row["family"].startswith("workers"):
            continue
        titles = list(data["targets"][row["family"]].values())
        found = [row["targets"][name] for name in data["targets"][row["family"]]]
        cells = [row["title"]]
        for key in ("per_second", "cpu_us"):
            cells += [number(numbers and numbers[key]) for numbers in found]
        rows.append(cells)
    head = ["sockwarden, CI", *(f"a second, {title}" for title in titles),
            *(f"CPU in µs, {title}" for title in titles)]
    return [table(head, rows)] if rows and titles else []


def peers_of(part):
    if part.family == "tls":
        return [("to HAProxy, 1 rule", "haproxy-tls", "goal_haproxy")]
    return [("to relay", "relay", "goal_relay"), ("to HAProxy, 1 rule", "haproxy-one", "goal_haproxy")]


def cost_table(part):
    peers = peers_of(part)
    head = ["CPU in µs", "per", *part.heads(part.proxies), *(title for title, _, _ in peers)]
    rows = []
    for row in part.workloads:
        cells = [row["title"], row["unit"]]
        cells += [number(value(row, name, "cpu_us")) for name in part.proxies]
        cells += [ratio_cell(row, peer, row[goal]) for _, peer, goal in peers]
        rows.append(cells)
    return table(head, rows)


def pair(row, target):
    if not row["targets"].get(target):
        return "–"
    return f"{number(value(row, target, 'p50_us'), 0)} / {number(value(row, target, 'p99_us'), 0)}"


def latency_table(part):
    head = ["time of an exchange in µs, p50 / p99", *part.titles.values()]
    rows = [[row["title"], *(pair(row, name) for name in part.titles)] for row in part.workloads]
    return table(head, rows)


def rate_table(part):
    head = ["units a second", "unit", *part.titles.values()]
    rows = [[row["title"], row["unit"],
             *(number(value(row, name, "per_second"), 0) for name in part.titles)]
            for row in part.workloads]
    return table(head, rows)


def idle_table(part):
    names = part.proxies
    rows = []
    for row in part.idle:
        streams = f"{row['streams']:,} streams"
        if not rows:
            rows.append(["at start", *(number(value(row, name, "start_kib"), 0) for name in names)])
        rows.append([f"more for each of {streams}",
                     *(number(value(row, name, "stream_kib"), 2) for name in names)])
        rows.append([f"after {streams} closed",
                     *(number(value(row, name, "after_kib"), 0) for name in names)])
        rows.append([f"descriptors kept for {streams} closed",
                     *(number(value(row, name, "kept_files"), 0) for name in names)])
    return table(["PSS in KiB", *part.heads(names)], rows)


def pinned(data):
    """Where the process under test should have had a core of its own."""
    return [row for row in data["workloads"] if not row["family"].startswith("workers")]


def disturbed(data):
    """Where the process under test was not alone on its core."""
    rows = []
    for row in pinned(data):
        for name in row["targets"]:
            share = value(row, name, "wait_share")
            if share and share > DISTURBED:
                rows.append(f"{row['name']} of {name} {share:.0%}")
    if not rows:
        return []
    return ["- disturbed, with the time spent waiting for the core relative to the time on it: "
            + ", ".join(rows)]


def notes(data):
    """What a reader has to know before believing the figures."""
    lines = []
    for row in data["missing"]:
        where = f", {row['workload']}" if row["workload"] else ""
        times = f" ({row['times']} times)" if row["workload"] else ""
        lines.append(f"- not measured{times}: {row['target']}{where}: {row['why']}")
    return "\n".join(lines + disturbed(data))


def warning(data):
    """A word before the tables when the machine was too busy for them."""
    cells = [value(row, name, "wait_share") for row in pinned(data) for name in row["targets"]]
    shares = [share for share in cells if share is not None]
    if sum(share > DISTURBED for share in shares) * 2 <= len(shares):
        return ""
    return ("**Most of these measurements were disturbed by other work on this machine. Ratios of 20 % "
            "and less mean nothing here, and the times of an exchange say nothing at all.**")


def machine(data):
    of = data["machine"]
    return (f"{of['processor']}, {of['cores']} cores, Linux {of['kernel']}, {of['haproxy']}; "
            f"{data['rounds']} rounds of {data['seconds']:g} s, medians of the calmer half.")


def tables(data):
    plain, tls, workers = Part(data, "plain").tables(), Part(data, "tls").tables(), workers_table(data)
    parts = [machine(data), warning(data), *plain]
    if tls:
        parts += ["By TLS 1.3, with certificates on both sides:", *tls]
    if workers:
        parts += ["Several workers, on both cores, of which the load generator and the daemon have one as "
                  "well:", *workers]
    if any(row["streams"] != workloads.IDLE[row["name"]] for row in data["idle"]):
        parts.append("Fewer streams than asked for: the limit of descriptors of this machine.")
    parts.append(notes(data))
    return "\n\n".join(part for part in parts if part)


def replace_tables(path, data):
    text = path.read_text()
    before, _, rest = text.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise SystemExit(f"{path}: no place for the tables between {BEGIN} and {END}")
    path.write_text(f"{before}{BEGIN}\n\n{tables(data)}\n\n{END}{after}")
