"""Whether `histoencoder survival` finds what is there, and finds nothing where nothing is: cohorts with a known truth.

    python tests/bench/simulated_cohort.py FOLDER --histoencoder build/release/bin/histoencoder --repeats 200

FOLDER is filled and may be deleted afterwards. Python's standard library is all that it needs.

A patient has a share of each of 16 clusters, whose logarithms are normal (standard deviation 0.8) around those of the
cluster's usual share; some 300 to 1500 tiles are drawn from them. Follow-up is exponential, with a hazard of 0.05 a
month times exp(effect), and is cut short at an exponential time of the same mean, so that about half of the patients
have the event. The effect is, by scenario:

    effect  0.6 (clr of cluster 3) - 0.6 (clr of cluster 11), less their usual values, and 0.03 for each year of age
            beyond 60
    none    nothing at all; age is not told to the program
    age     0.03 for each year of age, and nothing of the clusters

`compose` and `survival` are called as users call them. The first cohort of a scenario is also written as a tree of
slides with clusters.csv, and compose's joined.csv must hold the numbers that all other cohorts are given directly.
"""

import argparse
import bisect
import csv
import json
import math
import pathlib
import random
import shutil
import statistics
import subprocess
import sys

CLUSTERS = 16
CAUSES = {3: 0.6, 11: -0.6}
AGE_EFFECT = 0.03
HAZARD = 0.05
FALL = -0.12  # of the logarithm of the usual share, from one cluster to the next
SCENARIOS = ("effect", "none", "age")


def draw_counts(rng, shares):
    """Tiles of each cluster."""
    tiles = rng.randint(300, 1500)
    sums = []
    total = 0.0
    for share in shares:
        total += share
        sums.append(total)
    counts = [0] * CLUSTERS
    for _ in range(tiles):
        counts[min(bisect.bisect_right(sums, rng.random() * total), CLUSTERS - 1)] += 1
    return counts


def clr_of_counts(counts):
    """As compose has it: zeros become 1 / K^2, the other shares make room."""
    tiles = sum(counts)
    delta = 1.0 / CLUSTERS ** 2
    room = 1.0 - delta * counts.count(0)
    logs = [math.log(count / tiles * room) if count else math.log(delta) for count in counts]
    mean = sum(logs) / CLUSTERS
    return [value - mean for value in logs]


def usual_clr(cluster):
    return FALL * (cluster - (CLUSTERS - 1) / 2)


def draw_cohort(seed, scenario, patients):
    rng = random.Random(seed)
    cohort = []
    for number in range(patients):
        logs = [FALL * j + 0.8 * rng.gauss(0.0, 1.0) for j in range(CLUSTERS)]
        mean = sum(logs) / CLUSTERS
        age = round(rng.gauss(60.0, 10.0), 1)
        effect = 0.0
        if scenario == "effect":
            effect += sum(weight * (logs[j] - mean - usual_clr(j)) for j, weight in CAUSES.items())
        if scenario != "none":
            effect += AGE_EFFECT * (age - 60.0)
        until_event = rng.expovariate(HAZARD * math.exp(effect))
        until_end = rng.expovariate(HAZARD)
        counts = draw_counts(rng, [math.exp(value) for value in logs])
        cohort.append({"patient": f"p{number:04}", "age": age, "effect": effect, "counts": counts,
                       "months": min(until_event, until_end), "dead": int(until_event <= until_end)})
    return cohort


def write_table(path, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def write_joined(path, cohort):
    header = ["patient", "tiles", *(f"cluster={j}" for j in range(CLUSTERS)), "age", "months", "dead"]
    write_table(path, [header] + [[p["patient"], sum(p["counts"]), *clr_of_counts(p["counts"]), p["age"], p["months"],
                                   p["dead"]] for p in cohort])


def write_tree(folder, cohort):
    """Two slides a patient, and the tables that compose wants."""
    slides = [["slide", "patient"]]
    for patient in cohort:
        labels = [j for j, count in enumerate(patient["counts"]) for _ in range(count)]
        for part in range(2):
            name = f"{patient['patient']}_{part}"
            slides.append([name, patient["patient"]])
            (folder / "tiles" / name).mkdir(parents=True)
            tiles = [(256 * (i % 40), 256 * (i // 40), 256, 256, "") for i in range(len(labels[part::2]))]
            write_table(folder / "tiles" / name / "metadata.csv", [("x", "y", "w", "h", "path"), *tiles])
            write_table(folder / "tiles" / name / "clusters.csv",
                        [("x", "y", "w", "h", "path", f"n_clusters={CLUSTERS}"),
                         *((*tile, label) for tile, label in zip(tiles, labels[part::2]))])
    write_table(folder / "slides.csv", slides)
    write_table(folder / "clinical.csv", [["patient", "age", "months", "dead"]] +
                [[p["patient"], p["age"], p["months"], p["dead"]] for p in cohort])


def run(program, *words):
    done = subprocess.run([program, *map(str, words)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, words))}: {done.stderr}")


def check_compose(program, folder, joined):
    run(program, "compose", "-i", folder / "tiles", "-n", CLUSTERS, "--labels", folder / "slides.csv", "--group",
        "patient", "--clinical", folder / "clinical.csv", "--key", "patient", "-o", folder / "shares")
    with open(folder / "shares" / "joined.csv", encoding="utf-8") as one, open(joined, encoding="utf-8") as other:
        ours, wanted = list(csv.reader(one)), list(csv.reader(other))
    assert ours[0] == wanted[0], (ours[0], wanted[0])
    assert len(ours) == len(wanted)
    worst = max(abs(float(a) - float(b)) for mine, theirs in zip(ours[1:], wanted[1:])
                for a, b in zip(mine[1:], theirs[1:]))
    assert worst < 1e-9, worst
    print(f"compose's joined.csv: {len(ours) - 1} patients, largest difference from the truth's {worst:.1e}")


def concordance(cohort, risk):
    good = pairs = 0.0
    for a in cohort:
        if not a["dead"]:
            continue
        for b in cohort:
            if a["months"] < b["months"]:
                pairs += 1
                good += 1.0 if risk(a) > risk(b) else 0.5 if risk(a) == risk(b) else 0.0
    return good / pairs


def log_rank_p(rows):
    """Of rows (time, event, group) with groups 0 and 1; NaN where there is nothing to compare."""
    rows = sorted(rows)
    difference = variance = 0.0
    for time in sorted({t for t, event, _ in rows if event}):
        at_risk = [g for t, _, g in rows if t >= time]
        died = [g for t, event, g in rows if t == time and event]
        n, d, high = len(at_risk), len(died), sum(at_risk)
        difference += sum(died) - d * high / n
        if n > 1:
            variance += d * (high / n) * (1 - high / n) * (n - d) / (n - 1)
    return math.erfc(math.sqrt(difference ** 2 / variance / 2)) if variance > 0 else math.nan


def folds_log_rank(file):
    with open(file, encoding="utf-8") as table:
        return log_rank_p([(float(row["time"]), int(row["event"]), int(row["risk_group"] == "high"))
                           for row in csv.DictReader(table) if row["evaluation"] == "folds"])


def is_outside(interval, value):
    return interval["low"] is not None and (interval["low"] > value or interval["high"] < value)


def figures_of(cohort, summary, folder, scenario):
    test = summary["test"]
    kept = {int(name.split("=")[1]) for name in summary["model"]["kept"]}
    log_rank = test["log_rank"]["p"]
    figures = {
        "truth": concordance(cohort, lambda p: p["effect"]) if scenario != "none" else math.nan,
        "test_c": test["concordance"]["value"],
        "test_p": math.nan if log_rank is None else log_rank,
        "slope_p": math.nan if test["slope_p"] is None else test["slope_p"],
        "beyond_p": test["beyond_clinical"]["p"] if test["beyond_clinical"] else math.nan,
        "test_c_outside": int(is_outside(test["concordance"], 0.5)),
        "test_none_kept": int(not test["kept"][0]),
        "both_kept": int(set(CAUSES) <= kept),
        "others_kept": len(kept - set(CAUSES)),
        "events": summary["events"],
    }
    if "folds" in summary:
        figures["folds_c"] = summary["folds"]["concordance"]["value"]
        figures["folds_c_outside"] = int(is_outside(summary["folds"]["concordance"], 0.5))
        figures["folds_p"] = folds_log_rank(folder / "risks.csv")
    return figures


def one_cohort(arguments, scenario, repeat):
    folder = arguments.folder / f"{scenario}_{repeat:03}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    cohort = draw_cohort(1000 * arguments.seed + repeat, scenario, arguments.patients)
    write_joined(folder / "joined.csv", cohort)
    if repeat == 0:
        write_tree(folder, cohort)
        check_compose(arguments.histoencoder, folder, folder / "joined.csv")
    clinical = [] if scenario == "none" else ["--clinical-columns", "age"]
    run(arguments.histoencoder, "survival", "--table", folder / "joined.csv", "--time", "months", "--event", "dead",
        *clinical, "--seed", repeat, "-j", 1, "-o", folder / "survival", *arguments.with_options)
    summary = json.loads((folder / "survival" / "summary.json").read_text(encoding="utf-8"))
    figures = figures_of(cohort, summary, folder / "survival", scenario)
    if repeat > 0:
        shutil.rmtree(folder)
    return figures


def print_figures(scenario, all_figures):
    count = len(all_figures)
    print(f"\n{scenario}: {count} cohorts")
    for name in all_figures[0]:
        values = [figures[name] for figures in all_figures]
        known = [value for value in values if not math.isnan(value)]
        if not known:
            continue
        if name.endswith("_p"):
            found = sum(value < 0.05 for value in known)
            print(f"  {name:16} below 0.05 in {found} of {count} ({100 * found / count:.1f} %), "
                  f"no test in {count - len(known)}")
        else:
            spread = statistics.stdev(known) if len(known) > 1 else math.nan
            print(f"  {name:16} mean {statistics.mean(known):.4f}, standard deviation {spread:.4f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--histoencoder", default="histoencoder")
    parser.add_argument("--repeats", type=int, default=200)
    parser.add_argument("--patients", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scenario", nargs="+", choices=SCENARIOS, default=list(SCENARIOS))
    parser.add_argument("--with-options", nargs=argparse.REMAINDER, default=[],
                        help="all that follows is given to survival")
    arguments = parser.parse_args()
    for scenario in arguments.scenario:
        all_figures = [one_cohort(arguments, scenario, repeat) for repeat in range(arguments.repeats)]
        rows = [list(all_figures[0])] + [list(figures.values()) for figures in all_figures]
        write_table(arguments.folder / f"{scenario}.csv", rows)
        print_figures(scenario, all_figures)


if __name__ == "__main__":
    main()
