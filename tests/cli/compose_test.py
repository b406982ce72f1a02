"""histoencoder compose as its users see it, beside the shares' formulas written out in Python."""

import csv
import json
import math

import harness

K = 4
# Clusters of the tiles of each slide, row by row in a grid five tiles wide.
SLIDES = {"a1": [0, 0, 1, 2, 0, 0, 1, 1, 0, 0], "a2": [0, 1, 1, 1, 0, 0, 0, 2, 2, 2], "b1": [3, 3, 3, 1, 1],
          "c1": [0, 2, 0, 2, 2, 2, 2]}
PATIENTS = {"a1": "ann", "a2": "ann", "b1": "bob", "c1": "cora"}
COUNTS = {"ann": [10, 6, 4, 0], "bob": [0, 2, 0, 3], "cora": [2, 0, 5, 0]}


def shares(counts):
    return [count / sum(counts) for count in counts]


def replaced(counts):
    delta = 1 / K ** 2
    return [delta if share == 0 else share * (1 - delta * counts.count(0)) for share in shares(counts)]


def clr(counts):
    logs = [math.log(share) for share in replaced(counts)]
    return [value - sum(logs) / K for value in logs]


def alr(counts):
    logs = [math.log(share) for share in replaced(counts)]
    return [value - logs[-1] for value in logs[:-1]]


def ilr(counts):
    logs = [math.log(share) for share in replaced(counts)]
    return [math.sqrt(j / (j + 1)) * (sum(logs[:j]) / j - logs[j]) for j in range(1, K)]


TRANSFORMS = {"share": (shares, "cluster=0"), "percent": (lambda c: [100 * s for s in shares(c)], "cluster=0"),
              "clr": (clr, "cluster=0"), "alr": (alr, "alr=0"), "ilr": (ilr, "ilr=1")}


def pairs(width=5):
    """Touching tiles of each patient, by the clusters of both."""
    found = {}
    for slide, labels in SLIDES.items():
        places = {(i % width, i // width): label for i, label in enumerate(labels)}
        for (x, y), label in places.items():
            for dx, dy in ((1, 0), (0, 1), (1, 1), (-1, 1)):
                other = places.get((x + dx, y + dy))
                if other is not None:
                    key = (PATIENTS[slide], *sorted((label, other)))
                    found[key] = found.get(key, 0) + 1
    return found


class Compose(harness.Case):
    def setUp(self):
        super().setUp()
        for slide, labels in SLIDES.items():
            self.write_slide(slide, labels)
        self.write("slides.csv", [("slide", "patient"), *PATIENTS.items()])

    def write(self, name, rows):
        with open(self.folder / name, "w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)

    def write_slide(self, slide, labels, step=256):
        folder = self.folder / "tiles" / slide
        folder.mkdir(parents=True, exist_ok=True)
        tiles = [(1024 + step * (i % 5), 512 + step * (i // 5), 256, 256, "") for i in range(len(labels))]
        self.write(folder / "metadata.csv", [("x", "y", "w", "h", "path"), *tiles])
        self.write(folder / "clusters.csv", [("x", "y", "w", "h", "path", "n_clusters=2", f"n_clusters={K}"),
                                             *((*tile, 0, label) for tile, label in zip(tiles, labels))])

    def compose(self, *words, rc=0, output="out", clusters=K):
        return self.run_here("histoencoder", "compose", "-i", "tiles", "-n", str(clusters), "-o", output, *words, rc=rc)

    def by_patient(self, *words, rc=0, **places):
        return self.compose("--labels", "slides.csv", "--group", "patient", "--min-tiles", "1", *words, rc=rc, **places)

    def table(self, name, output="out"):
        with open(self.folder / output / name, encoding="utf-8") as file:
            return list(csv.reader(file))

    def missing(self, output="out"):
        return [tuple(row) for row in self.table("missing.csv", output)[1:]]

    def summary(self, output="out"):
        return json.loads((self.folder / output / "summary.json").read_text())

    def test_has_the_values_of_the_formulas_for_each_patient(self):
        for name, (formula, first) in TRANSFORMS.items():
            with self.subTest(transform=name):
                self.by_patient("--transform", name, output=name)

                rows = self.table("composition.csv", name)
                self.assertEqual(rows[0][:3], ["patient", "tiles", first])
                self.assertEqual([row[0] for row in rows[1:]], ["ann", "bob", "cora"])
                for row in rows[1:]:
                    self.assertEqual(int(row[1]), sum(COUNTS[row[0]]))
                    wanted = formula(COUNTS[row[0]])
                    self.assertEqual(len(row) - 2, len(wanted))
                    for found, value in zip(row[2:], wanted):
                        self.assertAlmostEqual(float(found), value, places=12)
        self.assertEqual(self.table("composition.csv", "clr")[1][2:],
                         ["0.8605048440456025", "0.34967922027961174", "-0.05578588782855265", "-1.1543981764966622"])

    def test_counts_the_tiles_of_all_and_says_who_has_too_few(self):
        result = self.compose("--labels", "slides.csv", "--group", "patient", "--min-tiles", "6")

        self.assertEqual(self.table("counts.csv"), [["patient", "tiles", *(f"cluster={j}" for j in range(K))]] + [
            [name, str(sum(counts)), *map(str, counts)] for name, counts in COUNTS.items()])
        self.assertEqual([row[0] for row in self.table("composition.csv")[1:]], ["ann", "cora"])
        self.assertEqual(self.missing(), [("fewer than 6 tiles", "bob")])
        self.assertIn("1 patient with fewer than 6 tiles left out of composition.csv: bob", result.err)
        self.assertIn("clusters without a tile in any of these patients: 3", result.err)
        self.assertEqual(self.summary()["kept"], 2)
        self.assertRegex(self.compose(rc=1, output="b").err, "each slide has fewer than 100 tiles, the first one, a1, 10")

    def test_each_slide_is_by_itself_without_a_table(self):
        self.compose("--min-tiles", "1")

        rows = self.table("composition.csv")
        self.assertEqual(rows[0][0], "slide")
        self.assertEqual([row[0] for row in rows[1:]], list(SLIDES))
        self.assertRegex(" ".join(self.summary()["messages"]), "each slide is taken for a patient of its own")

    def test_counts_tiles_that_touch(self):
        self.by_patient("--neighbours")

        found = {(name, int(a), int(b)): int(count) for name, a, b, count in self.table("neighbours.csv")[1:]}
        self.assertEqual(len(found), 3 * K * (K + 1) // 2)
        self.assertEqual({key: count for key, count in found.items() if count}, pairs())

    def test_says_where_tiles_are_no_grid(self):
        self.write_slide("b1", SLIDES["b1"], step=128)

        result = self.by_patient("--neighbours")

        self.assertIn("the tiles of 1 slide overlap or are no grid", result.err)
        self.assertIn(("slide whose tiles are no grid: no neighbours", "b1"), self.missing())

    def test_joins_with_clinical_data_and_names_every_key_without_its_other_side(self):
        self.write("clinical.csv", [("age", "id", "note"), ("61", "cora", "a, b"), ("50", "dan", ""), ("", "ann", "x")])

        result = self.by_patient("--clinical", "clinical.csv", "--key", "id")

        rows = self.table("joined.csv")
        self.assertEqual(rows[0], ["id", "tiles", *(f"cluster={j}" for j in range(K)), "age", "note"])
        self.assertEqual([(row[0], *row[-2:]) for row in rows[1:]], [("ann", "", "x"), ("cora", "61", "a, b")])
        self.assertEqual(rows[1][:-2], self.table("composition.csv")[1])
        self.assertEqual(self.missing(), [("no line in the clinical table", "bob"),
                                          ("no composition for a line of the clinical table", "dan")])
        self.assertIn("clinical.csv has no line for 1 patient with a composition: bob", result.err)
        self.assertIn("clinical.csv has 1 line whose id has no composition: dan", result.err)
        self.write("clinical.csv", [("id", "age"), ("zoe", "1")])
        result = self.by_patient("--clinical", "clinical.csv", "--key", "id", output="none")
        self.assertIn("joined.csv has no line", result.err)

    def test_joins_by_the_patients_column_unless_another_is_named(self):
        self.write("clinical.csv", [("patient", "age"), ("bob", "50"), ("ann", "61"), ("cora", "70")])

        self.by_patient("--clinical", "clinical.csv")

        self.assertEqual([(row[0], row[-1]) for row in self.table("joined.csv")],
                         [("patient", "age"), ("ann", "61"), ("bob", "50"), ("cora", "70")])
        self.assertEqual(self.missing(), [])

    def test_names_slides_that_only_one_side_knows(self):
        self.write("slides.csv", [("slide", "patient"), ("a1", "ann"), ("b1", ""), ("c1", "cora"), ("c1", "cora"), ("x", "xi")])

        result = self.by_patient()

        self.assertEqual(self.missing(), [("slide without a patient", "a2"), ("slide without a patient", "b1"),
                                          ("slide of the table without a folder", "x")])
        self.assertIn("has no patient for 2 slides, which count nowhere: a2, b1", result.err)
        self.assertIn("has 1 slide without a folder in the inputs: x", result.err)

    def test_tables_that_do_not_fit_are_refused(self):
        self.assertRegex(self.compose(rc=1, clusters=8).err,
                         r"tiles/a1/clusters.csv: has no column n_clusters=8, but clusters for 2, 4")
        self.write("slides.csv", [("slide", "patient"), ("a1", "ann"), ("a1", "bob")])
        self.assertRegex(self.by_patient(rc=1).err,
                         "slides.csv: line 3: the slide a1 has the patient 'bob', and 'ann' further up")
        self.write("slides.csv", [("slide", "patient"), ("q", "ann")])
        self.assertRegex(self.by_patient(rc=1).err, "slides.csv: names no slide of the inputs; the first is a1")
        self.write("slides.csv", [("slide", "who"), ("a1", "ann")])
        self.assertRegex(self.by_patient(rc=1).err, "patient")
        self.write("slides.csv", [("slide", "patient"), *PATIENTS.items()])
        for rows, pattern in (([("id", "age"), ("ann", "1"), ("ann", "2")], "line 3, column id: 'ann' stands in line 2"),
                              ([("id", "age"), ("", "2")], "line 2, column id: is empty"),
                              ([("id", "age")], "has a header and no line"),
                              ([("id", "tiles"), ("ann", "1")], "has a column tiles, as composition.csv has")):
            self.write("clinical.csv", rows)
            self.assertRegex(self.by_patient("--clinical", "clinical.csv", "--key", "id", "-z", rc=1).err, pattern)

    def test_slides_without_clusters_are_named_and_left_out_unless_all_are(self):
        (self.folder / "tiles" / "b1" / "clusters.csv").unlink()
        self.assertIn("1 slide without clusters.csv, which count nowhere: b1", self.compose("--min-tiles", "1").err)
        self.assertIn("slide without clusters.csv,b1", (self.folder / "out" / "missing.csv").read_text())

        for table in (self.folder / "tiles").glob("*/clusters.csv"):
            table.unlink()
        self.assertIn("has no clusters.csv, and no other slide has one", self.compose("-z", rc=1).err)

    def test_options_that_do_not_fit_are_refused(self):
        self.assertRegex(self.compose(rc=2, clusters=1).err, "-n must be at least 2 clusters, got 1")
        self.assertRegex(self.compose("--group", "patient", rc=2).err, "--labels names the table and --group its column")
        self.assertRegex(self.compose("--key", "id", rc=2).err, "--key names a column of the table that --clinical gives")
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["slides.csv", "tiles"])

    def test_results_that_are_there_stay_unless_asked_for(self):
        self.by_patient()
        before = harness.files_below(self.folder / "out")

        self.assertIn("--overwrite", self.by_patient(rc=1).err)
        self.assertEqual(harness.files_below(self.folder / "out"), before)
        self.by_patient("--overwrite")


if __name__ == "__main__":
    harness.main()
