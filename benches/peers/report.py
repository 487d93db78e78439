"""Tables from the curves of efficiency.py.

    python benches/peers/report.py OUT [--datasets NAME...] [--markdown] [--json FILE] [--seeds N]

Per data set and strategy: area under the curve (mean over labels, trapezoid), accuracy, macro-F1 and log-loss at the
end of the budget, and the labels needed to reach what random reaches at the end of the budget, read off the mean curve
over seeds made monotone by isotonic regression, between two rounds by a straight line. Ratio = budget / labels needed.
Where a strategy does not get there, the ratio is the labels random needs for what the strategy reaches, over the budget
(below 1), and labels needed are the budget over that, marked `+`. A peer is compared on the seeds that it, random and
Querist's strategy have in common. Intervals are 95 % of 2,000 paired bootstraps over seeds. Data sets named longtail
are read in macro-F1 too. The best single peer is the one with the greatest geometric mean over data sets, in hindsight;
the best peer of a data set is chosen in hindsight as well. Without --markdown the same numbers are printed as JSON.
"""
import argparse
import csv
import json
import pathlib
import zlib

import numpy as np
from sklearn.isotonic import isotonic_regression

DRAWS, METRICS = 2000, ("accuracy", "macro_f1", "nll", "select_s")


class Curves:
    """Curves of one data set in one metric: strategy -> seed -> values over labels."""

    def __init__(self, folder, seeds):
        self.name, self.protocol = folder.name, json.loads((folder / "protocol.json").read_text())
        self.of, self.failures, self.memory = {}, {}, {}
        for path in sorted(folder.glob("*.csv")):
            with path.open(newline="") as file:
                rows = list(csv.DictReader(file))
            if path.name == "failures.csv":
                self.failures = {row["strategy"]: row["why"] for row in rows}
            elif path.name != "costs.csv":
                self.add(rows, seeds)
        self.failures = {name: why for name, why in self.failures.items() if name not in self.of}

    def add(self, rows, seeds):
        runs = {}
        for row in rows:
            if int(row["seed"]) < seeds:
                runs.setdefault(int(row["seed"]), []).append([float(row["labels"]), *(float(row[m]) for m in METRICS)])
        runs = {seed: np.array(run) for seed, run in runs.items() if run[-1][0] == self.protocol["budget"]}
        if runs:
            self.labels = next(iter(runs.values()))[:, 0]
            self.of[rows[0]["strategy"]] = runs

    def values(self, strategy, metric, seeds):
        at = 1 + METRICS.index(metric)
        return np.stack([self.of[strategy][seed][:, at] for seed in seeds])

    def common(self, *strategies):
        return sorted(set.intersection(*(set(self.of[one]) for one in strategies)))

    def smooth(self, strategy, metric, seeds):
        """Monotone mean curves: the first of all seeds, the others of bootstraps; equal seeds draw alike."""
        key = strategy, metric, tuple(seeds)
        if key not in self.memory:
            values = self.values(strategy, metric, seeds)
            rng = np.random.default_rng(zlib.crc32(repr((self.name, seeds)).encode()))
            draws = rng.integers(len(seeds), size=(DRAWS, len(seeds)))
            means = [values.mean(0), *(values[draw].mean(0) for draw in draws)]
            self.memory[key] = np.array([isotonic_regression(mean) for mean in means])
        return self.memory[key]

    def first(self, curve, goal):
        """Labels at which a monotone curve is at the goal; None if never."""
        at = int(np.searchsorted(curve, goal))
        if at == len(curve):
            return None
        share = (goal - curve[at - 1]) / (curve[at] - curve[at - 1]) if at else 0
        return self.labels[at] if at == 0 else self.labels[at - 1] + share * (self.labels[at] - self.labels[at - 1])

    def needed(self, strategy, metric, seeds):
        """Labels to reach random's end, of all seeds and then of bootstraps; and whether all seeds reach it."""
        budget, answers, reached = self.labels[-1], [], []
        if strategy == "random":
            return np.full(DRAWS + 1, budget), True
        for curve, chance in zip(self.smooth(strategy, metric, seeds), self.smooth("random", metric, seeds)):
            labels = self.first(curve, chance[-1])
            reached.append(labels is not None)
            answers.append(budget**2 / self.first(chance, curve[-1]) if labels is None else labels)
        return np.array(answers), reached[0]

    def area(self, strategy, metric, seeds):
        curves = self.values(strategy, metric, seeds)
        return np.trapezoid(curves, self.labels, axis=1) / (self.labels[-1] - self.labels[0])


def interval(draws):
    return [round(float(x), 3) for x in np.quantile(draws, [0.025, 0.975])]


def estimate(draws):
    return {"ratio": round(float(draws[0]), 3), "interval": interval(draws[1:])}


def one(data, strategy, metric):
    """The numbers of a strategy on a data set, and the draws of its ratio."""
    seeds = data.common(strategy, "random")
    labels, reached = data.needed(strategy, metric, seeds)
    gain = data.area(strategy, metric, seeds) - data.area("random", metric, seeds)
    rng = np.random.default_rng(0)
    ends = {m: round(float(data.values(strategy, m, seeds)[:, -1].mean()), 4) for m in METRICS[:3]}
    numbers = {
        "seeds": len(seeds), "area": round(float(data.area(strategy, metric, seeds).mean()), 4),
        "area_gain": round(float(gain.mean()), 4),
        "area_gain_interval": interval(gain[rng.integers(len(gain), size=(DRAWS, len(gain)))].mean(1)),
        **ends, "labels_needed": round(float(labels[0]), 1), "reached": bool(reached),
        **estimate(data.labels[-1] / labels),
        "seconds_per_query": round(float(data.values(strategy, "select_s", seeds)[:, 1:].mean()), 4),
    }  # fmt: skip
    return numbers, data.labels[-1] / labels


def is_peer(strategy):
    return strategy != "random" and not strategy.startswith("querist")


def against(data, ours, peer, metric):
    """Labels the peer needs / labels ours needs, and the difference in area."""
    seeds = data.common(ours, peer, "random")
    ratio = data.needed(peer, metric, seeds)[0] / data.needed(ours, metric, seeds)[0]
    gain = data.area(ours, metric, seeds) - data.area(peer, metric, seeds)
    draws = np.random.default_rng(0).integers(len(gain), size=(DRAWS, len(gain)))
    return ratio, np.concatenate([[gain.mean()], gain[draws].mean(1)])


def mean_of(ratios):
    return np.exp(np.mean(np.log(ratios), axis=0))


def summary(datas, metric):
    table, draws = {}, {}
    for data in datas:
        for strategy in data.of:
            numbers, ratio = one(data, strategy, metric)
            table.setdefault(data.name, {})[strategy] = numbers
            draws.setdefault(strategy, {})[data.name] = ratio
    whole = {name: mean_of(list(of.values())) for name, of in draws.items() if len(of) == len(datas)}
    result = {"metric": metric, "datasets": table, "overall": {name: estimate(of) for name, of in whole.items()}}
    peers = {name: of[0] for name, of in whole.items() if is_peer(name)}
    result["best_single_peer"] = best = max(peers, key=peers.get) if peers else None
    result["best_peer"] = {}
    for data in datas:
        own = {name: draws[name][data.name][0] for name in data.of if is_peer(name)}
        result["best_peer"][data.name] = max(own, key=own.get) if own else None
    result["ours"] = {}
    for ours in (name for name in draws if name.startswith("querist")):
        mine = [data for data in datas if ours in data.of]
        result["ours"][ours] = {}
        choices = {"best single peer": lambda _: best, "best peer of the set": lambda d: result["best_peer"][d.name]}
        for title, peer_of in choices.items():
            both = {d.name: against(d, ours, peer_of(d), metric) for d in mine if peer_of(d) in d.of}
            if both:
                gains = np.mean([gain for _, gain in both.values()], axis=0)
                result["ours"][ours][title] = {
                    "datasets": {name: {"peer": peer_of(next(d for d in mine if d.name == name)), **estimate(ratio),
                                        "area_gain": round(float(gain[0]), 4), "area_gain_interval": interval(gain[1:])}
                                 for name, (ratio, gain) in both.items()},
                    "overall": {**estimate(mean_of([ratio for ratio, _ in both.values()])), "area_gain":
                                round(float(gains[0]), 4), "area_gain_interval": interval(gains[1:])},
                }  # fmt: skip
    return result


def shown(numbers):
    return f"{numbers['ratio']:.2f} ({numbers['interval'][0]:.2f}–{numbers['interval'][1]:.2f})"


def points(numbers):
    low, high = numbers["area_gain_interval"]
    return f"{100 * numbers['area_gain']:+.1f} ({100 * low:+.1f} to {100 * high:+.1f})"


def print_table(head, rows):
    print("\n| " + " | ".join(head) + " |\n|---" + "|--:" * (len(head) - 1) + "|")
    for row in rows:
        print("| " + " | ".join(row) + " |")


def markdown(result, datas):
    metric = {"accuracy": "accuracy", "macro_f1": "macro-F1"}[result["metric"]]
    for data in datas:
        p, rows = data.protocol, []
        print(f"\n### {data.name}, by {metric}\n\nPool {p['pool']}, test {p['test']}, {p['classes']} classes, "
              f"{p['dimensions']} dimensions; {p['initial']} random labels, then {p['batch']} a round, {p['budget']} "
              f"in all. Candidates of {', '.join(p['capped'])}: at most {p['candidate_cap']}, at random.")  # fmt: skip
        for name, of in sorted(result["datasets"][data.name].items(), key=lambda item: -item[1]["ratio"]):
            rows.append([
                name, str(of["seeds"]), f"{100 * of['area']:.2f}", points(of), f"{of['accuracy']:.3f}",
                f"{of['macro_f1']:.3f}", f"{of['nll']:.3f}", f"{of['labels_needed']:.0f}{'' if of['reached'] else '+'}",
                shown(of), f"{of['seconds_per_query']:.3f}",
            ])  # fmt: skip
        print_table(["Strategy", "Seeds", "Area", "Area over random", "Accuracy", "Macro-F1", "Log-loss",
                     "Labels needed", "Random's labels / these", "Seconds a query"], rows)  # fmt: skip
        for name, why in data.failures.items():
            print(f"\n{name}: n/a ({why})")
    overall, tables = result["overall"], result["datasets"]
    everyone = {name for table in tables.values() for name in table}
    print(f"\n### All data sets, by {metric}: random's labels / labels needed")
    rows = []
    for name in sorted(everyone, key=lambda name: -overall.get(name, {"ratio": 0})["ratio"]):
        cells = [shown(tables[data.name][name]) if name in tables[data.name] else "n/a" for data in datas]
        rows.append([name, *cells, shown(overall[name]) if name in overall else "n/a"])
    print_table(["Strategy", *(data.name for data in datas), "Geometric mean"], rows)
    equal = ", ".join(f"{a} = {b}" for a, b in datas[0].protocol["equal"].items())
    print(f"\nBest single peer in hindsight: {result['best_single_peer']}. Equal in every pick, run once: {equal}.")
    for ours, blocks in result["ours"].items():
        for title, block in blocks.items():
            print(f"\n### {ours} against the {title}, by {metric}: labels the peer needs / labels {ours} needs")
            rows = [[name, of["peer"], shown(of), points(of)] for name, of in block["datasets"].items()]
            rows.append(["geometric mean", "", shown(block["overall"]), points(block["overall"])])
            print_table(["Data set", "Peer", "Ratio", "Area over the peer"], rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--datasets", nargs="+", help="all in OUT unless given")
    parser.add_argument("--seeds", type=int, default=1000, help="only seeds below")
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--json", type=pathlib.Path)
    args = parser.parse_args()
    folders = sorted(path.parent for path in args.out.glob("*/protocol.json"))
    if args.datasets:
        folders = [args.out / name for name in args.datasets]
    datas = [data for data in (Curves(folder, args.seeds) for folder in folders) if "random" in data.of]
    if not datas:
        raise SystemExit(f"no finished curves of random in {args.out}; run efficiency.py first")
    tailed = [data for data in datas if "longtail" in data.name]
    results = [(summary(some, metric), some) for some, metric in ((datas, "accuracy"), (tailed, "macro_f1")) if some]
    whole = json.dumps([result for result, _ in results], indent=1)
    if args.json:
        args.json.write_text(whole + "\n")
    if args.markdown:
        for result, some in results:
            markdown(result, some)
    elif not args.json:
        print(whole)


if __name__ == "__main__":
    main()
