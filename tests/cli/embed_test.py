"""histoencoder embed as its users and their scripts see it."""

import csv
import json
import math
import struct

import harness

# Two groups of tiles, whose means are the two prototypes that k-means must find.
TILES = {"a": [(0.0, 0.5), (0.5, 0.0), (8.0, 8.5), (0.25, 0.75)],
         "b": [(8.5, 8.0), (8.25, 8.75), (0.75, 0.25)],
         "c": [(0.5, 1.0), (7.75, 8.25)]}
NEAR = [tile for name in TILES for tile in TILES[name] if tile[0] < 4]
FAR = [tile for name in TILES for tile in TILES[name] if tile[0] > 4]


def mean(tiles):
    return [math.fsum(column) / len(tiles) for column in zip(*tiles)]


def stored(values):
    """As float32 keeps them."""
    return list(struct.unpack(f"{len(values)}f", struct.pack(f"{len(values)}f", *values)))


def panther(tiles, prototypes, eps, tau, steps):
    """Shares, means and variances, as the paper's formulas have them."""
    p, d = len(prototypes), len(prototypes[0])
    pi, mu, var = [1 / p] * p, [list(m) for m in prototypes], [[eps] * d for _ in range(p)]
    for _ in range(steps):
        q = []
        for x in tiles:
            densities = [pi[j] * math.prod(math.exp(-(x[i] - mu[j][i]) ** 2 / (2 * var[j][i])) / math.sqrt(var[j][i])
                                           for i in range(d)) for j in range(p)]
            q.append([density / sum(densities) for density in densities])
        w = [sum(row[j] for row in q) + tau for j in range(p)]
        pi = [each / sum(w) for each in w]
        mu = [[(sum(q[n][j] * tiles[n][i] for n in range(len(tiles))) + tau * prototypes[j][i]) / w[j]
               for i in range(d)] for j in range(p)]
        var = [[(sum(q[n][j] * tiles[n][i] ** 2 for n in range(len(tiles)))
                 + tau * (eps + prototypes[j][i] ** 2)) / w[j] - mu[j][i] ** 2 for i in range(d)] for j in range(p)]
    return pi + sum(mu, []) + sum(var, [])


class Embed(harness.Case):
    def setUp(self):
        super().setUp()
        (self.folder / "csv").mkdir()
        for name, tiles in TILES.items():
            self.write_tiles(name, tiles)
        (self.folder / "labels.csv").write_text("slide,patient,part\na,p,train\nb,q,train\nc,q,train\n")
        self.convert()

    def write_tiles(self, name, tiles):
        lines = [f"{i * 64},0,64,64,{x},{y}\n" for i, (x, y) in enumerate(tiles)]
        (self.folder / "csv" / (name + ".csv")).write_text("x,y,w,h,f0,f1\n" + "".join(lines))

    def convert(self):
        self.run_here("histoencoder", "convert", "-i", "csv", "--from", "csv", "-o", "tiles", "-z", rc=0)

    def embed(self, *words, rc=0, out="out", tiles="tiles"):
        return self.run_here("histoencoder", "embed", "-i", tiles, "--csv", "-o", out, *words, rc=rc)

    def vectors(self, out="out"):
        with open(self.folder / out / "embeddings.csv", newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))[1:]
        return {row[0]: [float(value) for value in row[1:]] for row in rows}

    def summary(self, out="out"):
        return json.loads((self.folder / out / "summary.json").read_text())

    def assert_close(self, found, wanted):
        self.assertEqual(len(found), len(wanted))
        for one, other in zip(found, wanted):
            self.assertAlmostEqual(one, other, places=13)


class Success(Embed):
    def test_a_slide_is_the_mean_of_its_tiles(self):
        result = self.embed()

        vectors = self.vectors()
        self.assertEqual(list(vectors), ["a", "b", "c"])
        for name, tiles in TILES.items():
            self.assert_close(vectors[name], mean(tiles))
        self.assertEqual((self.folder / "out" / "rows.csv").read_text(), "name,slides,tiles\na,1,4\nb,1,3\nc,1,2\n")
        self.assert_one_line(result.err, r"^histoencoder embed: 3 slides with 2 numbers each \(mean\)$")
        summary = self.summary()
        self.assertEqual((summary["verb"], summary["method"], summary["rows"], summary["tiles"]),
                         ("embed", "mean", 3, 9))
        self.assertEqual(summary["files"], ["embeddings.h5", "embeddings.csv", "rows.csv", "missing.csv"])

    def test_deviation_and_maximum_are_of_each_feature(self):
        self.embed("--method", "std")
        for name, tiles in TILES.items():
            centre = mean(tiles)
            self.assert_close(self.vectors()[name],
                              [math.sqrt(math.fsum((tile[i] - centre[i]) ** 2 for tile in tiles) / len(tiles))
                               for i in (0, 1)])

        self.embed("--method", "max", "-z")
        self.assertEqual(self.vectors()["b"], [8.5, 8.75])

    def test_prototypes_are_found_and_tiles_counted_by_them(self):
        self.embed("--method", "shares", "-p", "2")

        # The larger cluster comes first.
        first, second = (NEAR, FAR) if len(NEAR) > len(FAR) else (FAR, NEAR)
        for name, tiles in TILES.items():
            shares = [sum(tile in group for tile in tiles) / len(tiles) for group in (first, second)]
            self.assert_close(self.vectors()[name], shares)
        prototypes = self.summary()["prototypes"]
        self.assertEqual((prototypes["count"], prototypes["sizes"], prototypes["origin"]),
                         (2, [len(first), len(second)], "k-means"))

        self.embed("--method", "counts", "-p", "2", "-z")
        for name in TILES:
            self.assertAlmostEqual(math.hypot(*self.vectors()[name]), 1.0, places=14)

    def test_panthers_mixture_is_that_of_its_formulas(self):
        options = ["--eps", "2", "--tau", "0.5", "--steps", "2"]
        self.embed("--method", "panther", "-p", "2", *options)

        larger, smaller = (NEAR, FAR) if len(NEAR) > len(FAR) else (FAR, NEAR)
        prototypes = [stored(mean(larger)), stored(mean(smaller))]
        for name, tiles in TILES.items():
            self.assert_close(self.vectors()[name], panther(tiles, prototypes, 2, 0.5, 2))

    def test_a_patient_is_the_mean_of_slides_or_of_tiles(self):
        words = ["--by", "group", "--labels", "labels.csv", "--group", "patient"]
        self.embed(*words)
        self.assert_close(self.vectors()["q"], mean([mean(TILES["b"]), mean(TILES["c"])]))
        self.assert_close(self.vectors()["p"], mean(TILES["a"]))

        self.embed(*words, "--fusion", "early", "-z")
        self.assert_close(self.vectors()["q"], mean(TILES["b"] + TILES["c"]))

    def test_a_model_is_applied_to_other_slides(self):
        self.embed("--method", "panther", "-p", "2")

        self.embed("--apply", "out/model.h5", out="later", tiles="tiles/b")

        self.assertEqual(self.vectors("later"), {"b": self.vectors()["b"]})
        self.assertEqual(self.summary("later")["method"], "panther")

    def test_the_files_depend_on_the_seed_and_not_on_threads(self):
        words = ["--method", "h2t", "-p", "3", "--prototype-tiles", "2"]
        self.embed(*words, "-j", "1", out="one")
        self.embed(*words, "-j", "3", out="three")
        self.embed(*words, "--seed", "1", out="other")

        model = {name: (self.folder / name / "model.h5").read_bytes() for name in ("one", "three", "other")}
        self.assertEqual(model["one"], model["three"])
        self.assertNotEqual(model["one"], model["other"])
        self.assertEqual(self.vectors("one"), self.vectors("three"))

    def test_only_training_slides_give_prototypes(self):
        (self.folder / "labels.csv").write_text("slide,part\na,train\nb,test\nc,test\n")
        words = ["--method", "shares", "-p", "2", "--labels", "labels.csv", "--split", "part"]
        self.embed(*words, out="one")
        self.write_tiles("b", [(100.0, -100.0), (50.0, 20.0), (0.0, 7.0)])
        self.convert()
        self.embed(*words, out="two")

        self.assertEqual((self.folder / "one" / "model.h5").read_bytes(),
                         (self.folder / "two" / "model.h5").read_bytes())
        self.assertEqual(self.summary("one")["prototypes"]["slides"], 1)


class Refused(Embed):
    def test_slides_without_features_are_named(self):
        (self.folder / "tiles" / "b" / "features.h5").unlink()

        result = self.embed()

        self.assert_one_line(result.err, r"warning: 1 slide without features, and so without a vector: b ")
        self.assertEqual((self.folder / "out" / "missing.csv").read_text(), "what,key\nslide without features,b\n")
        self.assertEqual(list(self.vectors()), ["a", "c"])

    def test_results_are_replaced_only_where_it_is_asked_for(self):
        self.embed()

        self.assert_one_line(self.embed(rc=1).err, r"out/summary\.json: there are results already; --overwrite")

    def test_a_patient_on_both_sides_of_a_split(self):
        (self.folder / "labels.csv").write_text("slide,patient,part\na,p,train\nb,q,train\nc,q,test\n")

        result = self.embed("--method", "shares", "-p", "2", "--labels", "labels.csv", "--group", "patient", "--split",
                            "part", rc=1)

        self.assert_one_line(result.err, r"\bq would be both learnt from and tried on")
        self.assertFalse((self.folder / "out" / "summary.json").exists())

    def test_fewer_tiles_than_prototypes(self):
        self.assert_one_line(self.embed("--method", "shares", rc=1).err,
                             r"9 tiles to make 16 prototypes of are too few; see --num-prototypes")

    def test_options_that_mean_nothing_together(self):
        for words, pattern in [(["-p", "2"], r"--num-prototypes is about prototypes: --method counts, shares"),
                               (["--method", "h2t", "--tau", "2"], r"--tau is about --method panther"),
                               (["--method", "h2t", "--prototypes", "x.h5", "--seed", "1"], r"--seed says how prototypes"),
                               (["--apply", "x.h5", "--eps", "2"], r"--eps says how vectors are made, and --apply"),
                               (["--by", "group"], r"--by group needs --labels and --group"),
                               (["--method", "best"], r"--method: best not in")]:
            with self.subTest(words=words):
                result = self.embed(*words, rc=2)
                self.assert_one_line(result.err, pattern)


if __name__ == "__main__":
    harness.main()
