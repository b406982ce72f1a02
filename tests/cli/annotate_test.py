"""histoencoder annotate as its users see it. Its figures are computed again here, from its inputs."""

import collections
import csv
import fractions
import json
import math
import random

import harness

SIDE = 256
CENTRES = {"stroma": (0, 0), "tumour": (10, 0), "necrosis": (0, 10)}


def rows_of(file):
    with open(file, newline="", encoding="utf-8") as text:
        return list(csv.DictReader(text))


class Annotate(harness.Case):
    """Three slides of 60 tiles in three groups of features that overlap a little; clustered for 3 and 6."""

    def setUp(self):
        super().setUp()
        generator = random.Random(7)
        self.truth = {}
        (self.folder / "csv").mkdir()
        for slide in ("a", "b", "c"):
            lines = ["x,y,w,h,f0,f1"]
            for i in range(60):
                name = generator.choice(sorted(CENTRES))
                x, y = i % 10 * SIDE, i // 10 * SIDE
                self.truth[slide, x, y] = name
                at = [centre + generator.gauss(0, 2.5) for centre in CENTRES[name]]
                lines.append(f"{x},{y},{SIDE},{SIDE},{at[0]:.6f},{at[1]:.6f}")
            (self.folder / "csv" / (slide + ".csv")).write_text("\n".join(lines) + "\n")
        self.run_here("histoencoder", "convert", "-i", "csv", "--from", "csv", "-o", "tiles", rc=0)
        self.run_here("histoencoder", "cluster", "-i", "tiles", "-n", "3", "6", "--silhouette-sample", "0", rc=0)

    def write_labels(self, keys, name="labels.csv"):
        lines = ["slide,x,y,label,patient"]
        lines += [f"{slide},{x},{y},{self.truth[slide, x, y]},p{slide < 'c'}" for slide, x, y in keys]
        (self.folder / name).write_text("\n".join(lines) + "\n")

    def annotate(self, *words, rc=0):
        return self.run_here("histoencoder", "annotate", "-i", "tiles", *words, rc=rc)

    def clusters(self, k):
        return {(slide, int(row["x"]), int(row["y"])): int(row[f"n_clusters={k}"]) for slide in ("a", "b", "c")
                for row in rows_of(self.folder / "tiles" / slide / "clusters.csv")}

    def result(self, name, folder="out"):
        return rows_of(self.folder / folder / name)

    def summary(self, folder="out"):
        return json.loads((self.folder / folder / "summary.json").read_text())

    def test_gives_all_tiles_the_label_of_their_cluster_and_says_how_pure_it_is(self):
        known = sorted(self.truth)[::3]
        self.write_labels(known)

        result = self.annotate("-n", "6", "--labels", "labels.csv", "--group", "patient", "-o", "out")

        clusters = self.clusters(6)
        counts = collections.defaultdict(collections.Counter)
        for key in known:
            counts[clusters[key]][self.truth[key]] += 1
        best = {c: min((name for name in counts[c] if counts[c][name] == max(counts[c].values()))) for c in counts}
        purity = {c: fractions.Fraction(counts[c][best[c]], sum(counts[c].values())) for c in counts}
        sizes = collections.Counter(clusters.values())
        labels = self.result("labels.csv")
        self.assertEqual(len(labels), sum(sizes[c] for c in best))
        for row in labels:
            key = row["slide"], int(row["x"]), int(row["y"])
            self.assertEqual(row["predicted"], best[clusters[key]])
            self.assertEqual(float(row["confidence"]), float(purity[clusters[key]]))
            self.assertEqual(row["truth"], self.truth[key] if key in known else "")
            self.assertEqual(row["group"], f"p{key[0] < 'c'}")
        right = sum(counts[c][best[c]] for c in best)
        summary = self.summary()
        self.assertEqual(summary["purity"], right / len(known))
        self.assertEqual(summary["coverage"]["share"], sum(sizes[c] for c in best if float(purity[c]) >= 0.9) / 180)
        self.assertAlmostEqual(summary["adjusted_rand"], self.adjusted_rand(counts), 12)
        self.assertEqual(summary["patients"], 2)
        self.assert_one_line(result.err, r"6 clusters: [\d.]+ % of 60 labelled tiles carry their cluster's label")
        self.assert_one_line(result.err, r"warning: 3 slides without a picture, the first: tiles/a/thumbnail.jpeg")
        curve = self.result("purity_curve.csv")
        self.assertEqual([float(row["purity"]) for row in curve], sorted(map(float, purity.values()), reverse=True))
        self.assertEqual(float(curve[-1]["share"]), sum(sizes[c] for c in best) / 180)

    @staticmethod
    def adjusted_rand(counts):
        def pairs(sizes):
            return sum(math.comb(size, 2) for size in sizes)
        by_label = collections.Counter()
        for counter in counts.values():
            by_label.update(counter)
        both = pairs(size for counter in counts.values() for size in counter.values())
        clusters, labels = pairs(sum(c.values()) for c in counts.values()), pairs(by_label.values())
        expected = clusters * labels / math.comb(sum(by_label.values()), 2)
        return (both - expected) / ((clusters + labels) / 2 - expected)

    def test_evaluate_takes_the_labels_of_the_tiles_that_nobody_had_labelled(self):
        known = sorted(self.truth)[::3]
        others = [key for key in sorted(self.truth) if key not in known]
        self.write_labels(known)
        self.write_labels(others, "others.csv")
        self.annotate("-n", "6", "--labels", "labels.csv", "-o", "out")

        self.run_here("histoencoder", "evaluate", "--predictions", "out/labels.csv", "--labels", "others.csv",
                      "-o", "scores", rc=0)

        predicted = {(row["slide"], int(row["x"]), int(row["y"])): row["predicted"]
                     for row in self.result("labels.csv")}
        right = [predicted[key] == self.truth[key] for key in others if key in predicted]
        accuracy = next(row for row in self.result("scores.csv", "scores") if row["figure"] == "accuracy")
        self.assertAlmostEqual(float(accuracy["value"]), sum(right) / len(right), 12)

    def test_names_that_somebody_wrote_into_the_template_win(self):
        self.annotate("-n", "3", "-o", "out")
        template = self.folder / "out" / "names.csv"
        lines = template.read_text().splitlines()
        self.assertEqual([line.split(",")[0] for line in lines], ["cluster", "0", "1", "2"])
        lines[2] = lines[2].replace("1,", "1,Bindegewebe (\u00fcbrig)", 1)
        template.write_text("\n".join(lines) + "\n", encoding="utf-8")

        self.annotate("-n", "3", "--names", template, "-o", "named")

        of_one = [key for key, cluster in self.clusters(3).items() if cluster == 1]
        labels = self.result("labels.csv", "named")
        self.assertEqual([(row["slide"], int(row["x"]), int(row["y"])) for row in labels], sorted(
            of_one, key=lambda key: (key[0], key[2], key[1])))
        self.assertEqual({row["predicted"] for row in labels}, {"Bindegewebe (\u00fcbrig)"})
        self.assertEqual({row["confidence"] for row in labels}, {""})
        outline = json.loads((self.folder / "named" / "a.geojson").read_text())["features"][0]
        self.assertEqual(outline["properties"]["classification"]["name"], "Bindegewebe (\u00fcbrig)")

    def test_regions_of_qupath_label_the_tiles_whose_centre_they_hold(self):
        (self.folder / "regions").mkdir()
        ring = [[0, 0], [SIDE, 0], [SIDE, SIDE], [0, SIDE], [0, 0]]
        feature = {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring]},
                   "properties": {"objectType": "annotation", "classification": {"name": "Tumor"}}}
        (self.folder / "regions" / "b.geojson").write_text(json.dumps({"type": "FeatureCollection",
                                                                       "features": [feature]}))

        result = self.annotate("-n", "3", "--regions", "regions", "-o", "out")

        own = [row for row in self.result("labels.csv") if row["truth"]]
        self.assertEqual([(row["slide"], row["x"], row["y"], row["truth"]) for row in own], [("b", "0", "0", "Tumor")])
        self.assert_one_line(result.err, "all labelled tiles are of one class, 'Tumor', so that purity")
        self.assert_one_line(result.err, "2 clusters of 3 without a labelled tile")

    def test_the_same_files_come_from_any_number_of_threads(self):
        self.write_labels(sorted(self.truth)[::3])
        for threads in ("1", "3"):
            self.annotate("-n", "6", "--labels", "labels.csv", "-j", threads, "-o", "out" + threads)
        one, three = (harness.files_below(self.folder / ("out" + threads)) for threads in ("1", "3"))
        self.assertEqual({name: one[name] for name in one if name != "summary.json"},
                         {name: three[name] for name in three if name != "summary.json"})

    def test_says_what_is_wrong_in_a_sentence(self):
        self.write_labels([("a", 0, 0)])
        for words, sentence in [
                (["-n", "5"], r"tiles/a/clusters\.csv: has no column n_clusters=5, but clusters for 3, 6"),
                (["-n", "3", "--labels", "none.csv"], r"none\.csv"),
                (["-n", "3", "--labels", "labels.csv", "--label", "class"], r"labels\.csv.*class"),
                (["-n", "3", "--regions", "csv"], r"csv: has no file SLIDE\.geojson")]:
            result = self.annotate(*words, "-o", "out", rc=1)
            self.assert_one_line(result.err, r"^histoencoder: .*" + sentence)
            self.assertFalse((self.folder / "out" / "summary.json").exists())
        (self.folder / "bad.csv").write_text("cluster,name\n7,x\n")
        self.assertIn("'7' is none of the clusters 0 to 2",
                      self.annotate("-n", "3", "--names", "bad.csv", "-o", "out", rc=1).err)
        (self.folder / "twice.csv").write_text("cluster,name\n1,x\n1,y\n")
        self.assertIn("cluster 1 stands on line 2 already",
                      self.annotate("-n", "3", "--names", "twice.csv", "-o", "out", rc=1).err)
        self.assertIn("--group needs --labels", self.annotate("-n", "3", "--group", "p", "-o", "out", rc=2).err)
        self.assertIn("--purity must lie in [0, 1], got 2",
                      self.annotate("-n", "3", "--purity", "2", "-o", "out", rc=2).err)


if __name__ == "__main__":
    harness.main()
