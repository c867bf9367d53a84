"""Prints tables in Markdown."""

import statistics


def number(value, digits=3):
    """Formats `digits` significant digits, or "absent" for None."""
    if value is None:
        return "absent"
    if isinstance(value, str):
        return value
    places = 0
    while places < digits and abs(value) * 10**places < 10 ** (digits - 1):
        places += 1
    return f"{value:.{places}f}"


def show(title, head, rows):
    print(f"\n### {title}\n")
    print("| " + " | ".join(head) + " |")
    print("|---|" + "---:|" * (len(head) - 1))
    for row in rows:
        print("| " + " | ".join(map(number, row)) + " |", flush=True)


def note(text):
    print(f"\n{text}", flush=True)


class Samples:
    """Lists of values by key, one value per turn, and their medians."""

    def __init__(self):
        self.values = {}

    def add(self, key, value):
        self.values.setdefault(key, []).append(value)

    def __contains__(self, key):
        return key in self.values

    def median(self, key):
        return statistics.median(self.values[key]) if key in self.values else None

    def ratio(self, above, below):
        """Returns the median of the ratios, which are computed turn by turn."""
        if above not in self.values or below not in self.values:
            return None
        return statistics.median(a / b for a, b in zip(self.values[above], self.values[below]))
