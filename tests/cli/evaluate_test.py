"""histoencoder evaluate on tables of predictions, checked against figures that are computed here."""

import csv
import json
import math
import random
import struct

import harness

CLASSES = ["normal", "tumour", "stroma"]


def synthetic(seed, skill):
    """Rows of 12 slides of 6 patients; the more skill, the more probability has the truth."""
    places, chance = random.Random(1), random.Random(seed)
    rows = []
    for slide in range(12):
        for tile in range(5):
            truth = places.randrange(3)
            weights = [chance.random() + (skill if c == truth else 0.0) for c in range(3)]
            shares = [weight / sum(weights) for weight in weights]
            rows.append({"slide": f"s{slide:02}", "x": 256 * tile, "y": 0, "w": 256, "h": 256,
                         "group": f"P{slide // 2}", "truth": CLASSES[truth],
                         "predicted": CLASSES[shares.index(max(shares))],
                         **{"p=" + name: repr(share) for name, share in zip(CLASSES, shares)}})
    return rows


def write(file, rows, without=()):
    names = [name for name in rows[0] if name not in without]
    with open(file, "w", newline="") as out:
        table = csv.DictWriter(out, names, extrasaction="ignore", lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


def accuracy(rows):
    return sum(row["truth"] == row["predicted"] for row in rows) / len(rows)


def balanced_accuracy(rows):
    recalls = [accuracy([row for row in rows if row["truth"] == name]) for name in CLASSES]
    return sum(recalls) / len(recalls)


def log_loss(rows):
    return -sum(math.log(float(row["p=" + row["truth"]])) for row in rows) / len(rows)


def auroc(rows, of, against):
    """By all pairs."""
    wins = [(float(a["p=" + of]) > float(b["p=" + of])) + 0.5 * (float(a["p=" + of]) == float(b["p=" + of]))
            for a in rows if a["truth"] == of for b in rows if b["truth"] in against]
    return sum(wins) / len(wins)


def auroc_ovr(rows):
    return sum(auroc(rows, name, [c for c in CLASSES if c != name]) for name in CLASSES) / len(CLASSES)


def auroc_ovo(rows):
    pairs = [(a, b) for a in CLASSES for b in CLASSES if a != b]
    return sum(auroc(rows, a, [b]) for a, b in pairs) / len(pairs)


FIGURES = {"accuracy": accuracy, "balanced_accuracy": balanced_accuracy, "log_loss": log_loss,
           "auroc_ovo": auroc_ovo, "auroc_ovr": auroc_ovr}


class Evaluate(harness.Case):
    def setUp(self):
        super().setUp()
        self.good, self.poor = synthetic(2, 0.6), synthetic(3, 0.3)
        write(self.folder / "good.csv", self.good)
        write(self.folder / "poor.csv", list(reversed(self.poor)), without=("truth", "group"))

    def evaluate(self, *words, rc=0, out="out"):
        return self.run_here("histoencoder", "evaluate", *words, "-o", out, "--bootstrap", "200", rc=rc)

    def scores(self, out="out"):
        with open(self.folder / out / "scores.csv", newline="") as file:
            return {(row["file"], row["against"], row["figure"]): row for row in csv.DictReader(file)}

    def summary(self, out="out"):
        return json.loads((self.folder / out / "summary.json").read_text())

    def test_the_figures_are_those_of_their_definitions(self):
        self.evaluate("--predictions", "good.csv", "poor.csv")

        found = self.scores()
        for name, figure in FIGURES.items():
            with self.subTest(figure=name):
                good, poor = figure(self.good), figure(self.poor)
                self.assertAlmostEqual(float(found["good.csv", "", name]["value"]), good, places=12)
                self.assertAlmostEqual(float(found["poor.csv", "", name]["value"]), poor, places=12)
                self.assertAlmostEqual(float(found["poor.csv", "good.csv", name]["value"]), poor - good, places=12)
                self.assertLess(float(found["good.csv", "", name]["low"]), good)
                self.assertGreater(float(found["good.csv", "", name]["high"]), good)

    def test_a_paired_difference_is_known_better_than_two_files_by_themselves(self):
        self.evaluate("--predictions", "good.csv", "poor.csv")

        found = self.scores()
        error = {key: float(found[key]["standard_error"])
                 for key in (("good.csv", "", "accuracy"), ("poor.csv", "", "accuracy"),
                             ("poor.csv", "good.csv", "accuracy"))}
        alone = math.hypot(error["good.csv", "", "accuracy"], error["poor.csv", "", "accuracy"])
        self.assertNotEqual(error["poor.csv", "good.csv", "accuracy"], alone)
        self.assertLess(float(found["poor.csv", "good.csv", "auroc_ovr"]["high"]), 0.0)
        self.assertEqual(self.summary()["differences"][0]["against"], "good.csv")

    def test_slides_are_scored_by_the_mean_of_their_tiles(self):
        for row in self.good:
            row["truth"] = CLASSES[int(row["slide"][1:]) % 3]
        write(self.folder / "slides.csv", self.good)

        self.evaluate("--predictions", "slides.csv", "--level", "slide")

        slides = {}
        for row in self.good:
            slides.setdefault(row["slide"], []).append(row)
        means = [[sum(float(row["p=" + name]) for row in rows) / len(rows) for name in CLASSES]
                 for rows in slides.values()]
        right = sum(CLASSES[mean.index(max(mean))] == rows[0]["truth"] for mean, rows in zip(means, slides.values()))
        self.assertAlmostEqual(float(self.scores()["slides.csv", "", "accuracy"]["value"]), right / 12, places=12)
        self.assertEqual(self.summary()["predictions"][0]["groups"], 6)

    def test_truth_and_patients_come_by_key_from_labels(self):
        with open(self.folder / "labels.csv", "w") as file:
            file.write("slide,x,y,kind,patient\n")
            for row in self.good:
                file.write(f"{row['slide']},{row['x']},0,{row['truth']},{row['group']}\n")

        self.evaluate("--predictions", "poor.csv", "--labels", "labels.csv", "--label", "kind", "--group", "patient")
        self.evaluate("--predictions", "good.csv", "poor.csv", out="other")

        for name in FIGURES:
            for column in ("value", "low", "high", "standard_error"):
                self.assertAlmostEqual(float(self.scores()["poor.csv", "", name][column]),
                                       float(self.scores("other")["poor.csv", "", name][column]), places=12)

    def test_without_groups_it_is_said_that_slides_are_drawn(self):
        write(self.folder / "bare.csv", self.good, without=("group",))

        result = self.evaluate("--predictions", "bare.csv", "-v")

        self.assertIn("each slide is taken for a patient of its own", result.err)
        self.assertEqual(self.summary()["groups_are"], "slides")
        self.assertEqual(self.summary()["predictions"][0]["groups"], 12)

    def test_neither_threads_nor_a_second_run_change_a_byte(self):
        self.evaluate("--predictions", "good.csv", "poor.csv", "-j", "1")
        before = harness.files_below(self.folder / "out")
        before.pop("summary.json")  # it has the command line

        self.evaluate("--predictions", "good.csv", "poor.csv", "-j", "3", "--overwrite")
        again = harness.files_below(self.folder / "out")
        self.evaluate("--predictions", "good.csv", "poor.csv", "--seed", "7", out="seven")

        again.pop("summary.json")
        self.assertEqual(again, before)
        self.assertEqual(sorted(before), ["classes.csv", "confusion.csv", "missing.csv", "roc.csv", "roc.png",
                                          "scores.csv"])
        self.assertNotEqual(self.scores("seven")["good.csv", "", "accuracy"]["low"] +
                            self.scores("seven")["good.csv", "", "log_loss"]["low"],
                            self.scores()["good.csv", "", "accuracy"]["low"] +
                            self.scores()["good.csv", "", "log_loss"]["low"])

    def test_roc_csv_goes_from_corner_to_corner_and_its_area_is_the_auroc(self):
        self.evaluate("--predictions", "good.csv")

        with open(self.folder / "out" / "roc.csv", newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["class"] == "tumour"]
        points = [(float(row["false_positive_rate"]), float(row["true_positive_rate"])) for row in rows]
        area = sum((b[0] - a[0]) * (a[1] + b[1]) / 2 for a, b in zip(points, points[1:]))
        self.assertEqual((points[0], points[-1], rows[0]["threshold"]), ((0.0, 0.0), (1.0, 1.0), ""))
        self.assertAlmostEqual(area, auroc(self.good, "tumour", ["normal", "stroma"]), places=12)
        picture = (self.folder / "out" / "roc.png").read_bytes()
        self.assertEqual(struct.unpack(">II", picture[16:24]), (3 * 480, 360))

    def test_results_are_not_replaced_unless_it_is_asked_for(self):
        self.evaluate("--predictions", "good.csv")

        result = self.evaluate("--predictions", "poor.csv", "good.csv", rc=1)

        self.assert_one_line(result.err, r"histoencoder: out/summary\.json: there are results already; --overwrite")

    def test_rows_that_one_file_lacks_are_listed(self):
        write(self.folder / "less.csv", self.poor[1:])

        result = self.evaluate("--predictions", "good.csv", "less.csv")

        self.assertIn("1 tile that not all files have, left out, such as s00 0 0, which less.csv lacks", result.err)
        self.assertEqual((self.folder / "out" / "missing.csv").read_text(),
                         "what,key\ntile not in less.csv,s00 0 0\n")

    def test_what_cannot_be_meant_is_answered_with_a_sentence(self):
        (self.folder / "bad.csv").write_text("slide,truth,predicted,p=a\ns0,a,a,1.5\n")
        for words, rc, sentence in [
                (["--predictions", "poor.csv"], 1, "no row has a truth to be compared with; --labels takes one"),
                (["--predictions", "bad.csv"], 1, r"bad\.csv: line 2: column p=a: '1\.5' is not a number from 0 to 1"),
                (["--predictions", "good.csv", "good.csv"], 2, "--predictions names good.csv twice"),
                (["--predictions", "good.csv", "--group", "patient"], 2, "--group names a column of --labels"),
                (["--predictions", "good.csv", "--confidence", "1"], 2, r"--confidence must lie in \(0, 1\), got 1"),
                (["--predictions", "good.csv", "--level", "slide"], 1, "the slide s00 has tiles of the classes")]:
            with self.subTest(words=words):
                self.assert_one_line(self.evaluate(*words, rc=rc).err, sentence)


if __name__ == "__main__":
    harness.main()
