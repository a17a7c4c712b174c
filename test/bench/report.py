"""What was measured, as a table, as build/bench.json, and held against the committed baseline."""

import json
import statistics


def median(values):
    return statistics.median(values)


class Figure:
    """One number with its target; `at_most` where smaller is better."""

    def __init__(self, path, value, target, at_most, how):
        self.path, self.value, self.target = path, value, target
        self.at_most, self.how = at_most, how

    @property
    def met(self):
        return self.value <= self.target if self.at_most else self.value >= self.target


def short(value):
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"


class Report:
    def __init__(self):
        self.figures, self.facts, self.failures = [], [], []

    def figure(self, path, value, target, how, at_most=False):
        """A value that has a target; `how` says what it is made of."""
        self.figures.append(Figure(path, value, target, at_most, how))
        made = self.figures[-1]
        sign = "<=" if at_most else ">="
        print(f"  {'ok  ' if made.met else 'MISS'} {path}: {short(value)} ({sign} {target}); {how}",
              flush=True)

    def fact(self, path, text):
        """What belongs to the picture and has no target."""
        self.facts.append((path, text))
        print(f"       {path}: {text}", flush=True)

    def failed(self, row, error):
        self.failures.append((row, str(error)))
        print(f"  FAILED {row}: {error}", flush=True)

    def as_json(self):
        made = {}
        for f in self.figures:
            made[f.path] = {"ratio": round(f.value, 4), "target": f.target}
            if f.at_most:
                made[f.path]["at_most"] = True
        return made

    def write(self, path):
        path.write_text(json.dumps(self.as_json(), indent=2, ensure_ascii=False) + "\n")

    def print_table(self):
        wide = max((len(f.path) for f in self.figures), default=0)
        print(f"\n{'':6} {'path':<{wide}} {'value':>9}   {'target':>9}")
        for f in self.figures:
            bound = ("<= " if f.at_most else ">= ") + short(f.target)
            word = "ok" if f.met else "miss"
            print(f"{word:<6} {f.path:<{wide}} {short(f.value):>9}   {bound:>9}")
        met = sum(f.met for f in self.figures)
        print(f"\n{met} of {len(self.figures)} targets met")

    def print_difference(self, path):
        """Against the committed baseline. To read, never to fail by: machines differ."""
        if not path.exists():
            print(f"no baseline at {path}")
            return
        base = json.loads(path.read_text())
        print(f"\nagainst {path.name} (of another run, perhaps of another machine):")
        for f in self.figures:
            before = base.get(f.path, {}).get("ratio")
            if before is None:
                print(f"  new     {f.path}: {short(f.value)}")
                continue
            change = (f.value / before - 1) * 100 if before else 0.0
            better = (change < 0) == f.at_most
            word = "same" if abs(change) < 5 else "better" if better else "worse"
            print(f"  {word:<7} {f.path}: {short(before)} -> {short(f.value)} ({change:+.0f} %)")
        for path_of_old in base.keys() - {f.path for f in self.figures}:
            print(f"  absent  {path_of_old}")
