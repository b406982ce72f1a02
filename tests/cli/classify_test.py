"""histoencoder knn, fewshot and probe on made-up features, checked against figures that are computed here."""

import csv
import json
import math
import random
import shutil

import harness

CLASSES = ["normal", "stroma", "tumour"]
TILES = 6


def features_of(seed, letter, tiles=TILES):
    """Rows of four numbers around the corner of a class."""
    chance = random.Random(seed)
    corner = CLASSES.index(letter)
    return [[(1.0 if j == corner else 0.0) + chance.gauss(0, 0.45) for j in range(4)] for _ in range(tiles)]


def cosine(a, b):
    return sum(x * y for x, y in zip(a, b)) / math.sqrt(sum(x * x for x in a) * sum(y * y for y in b))


def neighbours_vote(references, row, k=20, temperature=0.07):
    """DINO's vote, where references are (features, class)."""
    nearest = sorted(references, key=lambda one: -cosine(one[0], row))[:k]
    votes = {name: sum(math.exp(cosine(features, row) / temperature) for features, c in nearest if c == name)
             for name in CLASSES}
    return {name: vote / sum(votes.values()) for name, vote in votes.items()}


def prototypes_of(references):
    """SimpleShot: the mean of all, and of each class the mean of the directions from it."""
    mean = [sum(features[j] for features, _ in references) / len(references) for j in range(4)]
    centres = {}
    for name in CLASSES:
        directions = [direction(features, mean) for features, c in references if c == name]
        centres[name] = [sum(z[j] for z in directions) / len(directions) for j in range(4)]
    return mean, centres


def softmax_of(weights, row):
    logits = [sum(w * x for w, x in zip(one, row + [1.0])) for one in weights]
    exponentials = [math.exp(logit - max(logits)) for logit in logits]
    return [value / sum(exponentials) for value in exponentials]


def least_of_probe(references, cost):
    """Gradient descent on C times the sum of the losses plus half the squares; the last weight has no penalty."""
    weights = [[0.0] * 5 for _ in CLASSES]
    for _ in range(1500):
        gradient = [one[:4] + [0.0] for one in weights]
        for row, name in references:
            for c, p in enumerate(softmax_of(weights, row)):
                miss = cost * (p - (CLASSES[c] == name))
                for j, x in enumerate(row + [1.0]):
                    gradient[c][j] += miss * x
        weights = [[w - 0.04 * g for w, g in zip(one, down)] for one, down in zip(weights, gradient)]
    return weights


def direction(row, mean):
    apart = [x - m for x, m in zip(row, mean)]
    length = math.sqrt(sum(x * x for x in apart))
    return [x / length for x in apart]


class Classify(harness.Case):
    def setUp(self):
        super().setUp()
        self.features = {}
        lines = ["slide,label,patient,split,score"]
        for patient in range(6):
            split = "train" if patient < 4 else "test"
            for number, name in enumerate(CLASSES):
                slide = f"p{patient}{name[0]}"
                self.add("made", slide, features_of(10 * patient + number, name))
                lines.append(f"{slide},{name},p{patient},{split},{number}")
        (self.folder / "labels.csv").write_text("\n".join(lines) + "\n")
        self.convert("made", "tiles")

    def add(self, folder, slide, rows):
        (self.folder / folder).mkdir(exist_ok=True)
        text = "x,y,w,h," + ",".join(f"f{j}" for j in range(len(rows[0]))) + "\n"
        for i, row in enumerate(rows):
            text += f"{256 * i},0,256,256," + ",".join(map(repr, row)) + "\n"
        (self.folder / folder / f"{slide}.csv").write_text(text)
        self.features[slide] = rows

    def convert(self, folder, to):
        self.run_here("histoencoder", "convert", "-i", folder, "--from", "csv", "-o", to, rc=0)

    def learn(self, verb, *words, out="out", rc=0):
        return self.run_here("histoencoder", verb, "-i", "tiles", "--labels", "labels.csv", "--group", "patient",
                             "--bootstrap", "50", "-o", out, *words, rc=rc)

    def refused(self, verb, part, *words, rc=1):
        result = self.learn(verb, *words, rc=rc)
        self.assertIn(part, result.err)

    def table(self, name, out="out"):
        with open(self.folder / out / name, newline="") as file:
            return list(csv.DictReader(file))

    def summary(self, out="out"):
        return json.loads((self.folder / out / "summary.json").read_text())

    def references(self, is_known):
        """Of the slides that are learnt from: features and class of every tile."""
        names = {name[0]: name for name in CLASSES}
        return [(row, names[slide[-1]]) for slide, rows in sorted(self.features.items()) if is_known(slide)
                for row in rows]

    def files(self, out):
        return {name: bytes_ for name, bytes_ in harness.files_below(self.folder / out).items()
                if name != "summary.json"}

    def figures(self, out="out"):
        """All of the summary but the words of the call."""
        return {name: value for name, value in self.summary(out).items() if name not in ("command_line", "options")}


class Learning(Classify):
    def test_knn_votes_as_the_formula_says_by_patients_of_other_folds(self):
        self.learn("knn", "--folds", "3")

        rows = self.table("predictions.csv")
        self.assertEqual(len(rows), 18 * TILES)
        for row in rows:
            fold_of = {other["group"]: other["fold"] for other in rows}
            known = self.references(lambda slide, fold=row["fold"]: fold_of[slide[:2]] != fold)
            votes = neighbours_vote(known, self.features[row["slide"]][int(row["x"]) // 256])
            for name in CLASSES:
                self.assertAlmostEqual(float(row["p=" + name]), votes[name], 4)
        right = sum(row["truth"] == row["predicted"] for row in rows)
        self.assertAlmostEqual(self.summary()["tiles"]["figures"]["accuracy"]["value"], right / len(rows))

    def test_fewshot_measures_as_the_formula_says_and_tells_how_many_labels_it_takes(self):
        result = self.learn("fewshot", "--split", "split", "--shots", "1", "8", "--episodes", "20", "--save-episodes")

        self.assertIn("episodes with 8 tiles of each class", result.err)
        mean, centres = prototypes_of(self.references(lambda slide: slide < "p4"))
        rows = self.table("predictions.csv")
        self.assertEqual({row["slide"][:2] for row in rows}, {"p4", "p5"})
        for row in rows:
            z = direction(self.features[row["slide"]][int(row["x"]) // 256], mean)
            near = {name: math.exp(-sum((a - b) ** 2 for a, b in zip(z, centres[name]))) for name in CLASSES}
            self.assertEqual(row["predicted"], max(near, key=near.get))
            for name in CLASSES:
                self.assertAlmostEqual(float(row["p=" + name]), near[name] / sum(near.values()), 5)
        shots = self.table("shots.csv")
        self.assertEqual([(row["shots"], row["episodes"]) for row in shots], [("1", "20"), ("8", "20")])
        scores = [float(row["accuracy"]) for row in self.table("episodes.csv") if row["shots"] == "8"]
        self.assertAlmostEqual(float(shots[1]["accuracy"]), sum(scores) / 20)
        self.assertEqual(len(self.table("episode_tiles.csv")), 20 * 3 * (1 + 8))

    def test_the_probe_is_at_the_least_of_its_objective(self):
        self.learn("probe", "--split", "split", "--cost", "0.5", "--ladder", "12", "36")

        trial = self.summary()["trials"][0]
        self.assertTrue(trial["converged"])
        self.assertEqual(trial["cost"], 0.5)
        weights = least_of_probe(self.references(lambda slide: slide < "p4"), 0.5)
        for row in self.table("predictions.csv"):
            wanted = softmax_of(weights, self.features[row["slide"]][int(row["x"]) // 256])
            for name, p in zip(CLASSES, wanted):
                self.assertAlmostEqual(float(row["p=" + name]), p, 4)
        ladder = self.table("ladder.csv")
        self.assertEqual(sorted({int(row["tiles"]) for row in ladder}), [12, 36])
        self.assertEqual(len(ladder), 14)
        self.assertTrue((self.folder / "out/ladder.png").read_bytes().startswith(b"\x89PNG"))

    def test_slides_get_the_mean_of_their_tiles(self):
        self.learn("probe", "--folds", "3")

        rows = self.table("predictions.csv")
        for slide in self.table("slides.csv"):
            own = [float(row["p=tumour"]) for row in rows if row["slide"] == slide["slide"]]
            self.assertAlmostEqual(float(slide["p=tumour"]), sum(own) / len(own))
        self.assertEqual(self.summary()["slides"]["rows"], 18)

    def test_numbers_are_predicted_with_their_r2(self):
        result = self.learn("probe", "--regress", "score", "--folds", "3")

        self.assertIn("score of 108 tiles: r2", result.err)
        rows = [(float(row["truth=score"]), float(row["predicted=score"])) for row in self.table("regression.csv")]
        mean = sum(truth for truth, _ in rows) / len(rows)
        missed = sum((truth - found) ** 2 for truth, found in rows)
        r2 = 1 - missed / sum((truth - mean) ** 2 for truth, _ in rows)
        self.assertAlmostEqual(self.summary()["tiles"]["targets"]["score"]["r2"]["value"], r2)

    def test_no_file_depends_on_the_threads_and_the_folds_follow_the_seed(self):
        for verb in ("knn", "fewshot", "probe"):
            with self.subTest(verb=verb):
                words = {"fewshot": ["--shots", "2", "--episodes", "10"], "probe": ["--ladder", "12"]}.get(verb, [])
                self.learn(verb, "-j", "1", *words, out=verb)
                self.learn(verb, "-j", "3", *words, out=verb + "3")
                self.learn(verb, "--seed", "1", *words, out=verb + "1")

                self.assertEqual(self.files(verb), self.files(verb + "3"))
                self.assertEqual(self.figures(verb), self.figures(verb + "3"))
                self.assertNotEqual(self.files(verb), self.files(verb + "1"))


class Applying(Classify):
    def apply(self, verb, *words, out="applied", rc=0):
        return self.run_here("histoencoder", verb, "-i", "new", "--apply", "out/model.h5", "-o", out, *words, rc=rc)

    def add_new(self):
        for number, name in enumerate(CLASSES):
            self.add("made_new", f"n0{name[0]}", features_of(900 + number, name, 3))
        self.convert("made_new", "new")

    def test_names_the_tiles_of_other_slides_and_judges_them_where_labels_are_given(self):
        self.add_new()
        (self.folder / "new.csv").write_text("slide,label,patient\nn0n,normal,n0\nn0t,tumour,n0\n")
        for verb in ("knn", "fewshot", "probe"):
            with self.subTest(verb=verb):
                words = ["--shots", "0"] if verb == "fewshot" else []
                shutil.rmtree(self.folder / "out", ignore_errors=True)
                self.learn(verb, *words)
                self.apply(verb, out=verb)
                result = self.apply(verb, "--labels", "new.csv", "--group", "patient", out=verb + "_judged")

                rows = self.table("predictions.csv", verb)
                self.assertEqual([row["slide"] for row in rows], ["n0n"] * 3 + ["n0s"] * 3 + ["n0t"] * 3)
                self.assertNotIn("truth", rows[0])
                judged = self.table("predictions.csv", verb + "_judged")
                self.assertEqual([row["p=tumour"] for row in rows], [row["p=tumour"] for row in judged])
                self.assertEqual([row["truth"] for row in judged], ["normal"] * 3 + [""] * 3 + ["tumour"] * 3)
                self.assertIn("1 slide of the inputs not in the labels: n0s", result.err)
                self.assertEqual(self.summary(verb + "_judged")["tiles"]["rows"], 6)

    def test_refuses_to_judge_on_slides_and_patients_that_were_learnt_from(self):
        self.add_new()
        self.learn("knn")
        result = self.run_here("histoencoder", "knn", "-i", "tiles", "--apply", "out/model.h5", "--labels",
                               "labels.csv", "-o", "again", rc=1)
        self.assertIn("the slide p0n is one that out/model.h5 was fitted on", result.err)

        (self.folder / "new.csv").write_text("slide,label,patient\nn0n,normal,p3\n")
        result = self.apply("knn", "--labels", "new.csv", "--group", "patient", rc=1)
        self.assertIn("the group (patient) p3 is one that out/model.h5 was fitted on", result.err)

    def test_numbers_of_other_slides_too(self):
        self.add_new()
        self.learn("probe", "--regress", "score")

        self.apply("probe")

        self.assertEqual(len(self.table("regression.csv", "applied")), 9)
        self.assertEqual(len(self.table("regression_slides.csv", "applied")), 3)


class Refusing(Classify):
    def test_says_what_is_wrong_and_what_helps(self):
        self.refused("knn", "6 groups (patients), too few for 9 folds; --folds 6 takes as many", "--folds", "9")
        (self.folder / "labels.csv").write_text("slide,label,patient,split\np0n,a,p0,train\np0t,b,p0,test\n")
        self.refused("knn", "the group (patient) p0 would be both learnt from and tried on", "--split", "split")
        (self.folder / "labels.csv").write_text("slide,label,patient\np0n,a,p0\np1n,a,p1\n")
        self.refused("probe", "all tiles with a label have the class 'a'", "--folds", "2")
        (self.folder / "labels.csv").write_text("slide,label,patient\np0n,a,p0\np0n,b,p0\n")
        self.refused("fewshot", "line 3: slide 'p0n' stands there twice")
        (self.folder / "labels.csv").write_text("slide,label,patient\np0n,a,p0\n")
        self.refused("fewshot", "of 1 group (patients), so that none can be held out")
        self.assertFalse((self.folder / "out/summary.json").exists())

    def test_options_that_have_no_meaning_together(self):
        for verb, part, words in [
                ("knn", "--folds has no meaning with --split", ["--split", "split", "--folds", "3"]),
                ("knn", "-k has no meaning with --apply", ["--apply", "m.h5", "-k", "3"]),
                ("knn", "--temperature has no meaning with uniform", ["--preset", "uni", "--temperature", "1"]),
                ("fewshot", "--shots has no meaning with --apply", ["--apply", "m.h5", "--shots", "3"]),
                ("probe", "--cost must be a number above 0, or 'grid', got 'much'", ["--cost", "much"]),
                ("probe", "the cost C of a probe must be above 0, got -1", ["--cost=-1"]),
                ("probe", "--ladder is of classes, and --regress", ["--regress", "score", "--ladder", "8"]),
                ("probe", "--penalty is of --regress", ["--penalty", "2"]),
                ("probe", "--split has no meaning with --apply", ["--apply", "m.h5", "--split", "split"])]:
            with self.subTest(words=words):
                self.refused(verb, part, *words, rc=2)
        result = self.run_here("histoencoder", "knn", "-i", "tiles", "-o", "out", rc=2)
        self.assertIn("--labels names the table to learn from, or --apply", result.err)
        result = self.run_here("histoencoder", "knn", "-i", "tiles", "-o", "out", "--apply", "m.h5", "--group", "patient",
                               rc=2)
        self.assertIn("--group names what is in --labels, which is not given", result.err)

    def test_does_not_replace_results_without_being_asked(self):
        self.learn("knn")
        self.refused("knn", "--overwrite replaces them")
        self.learn("knn", "-z")


if __name__ == "__main__":
    harness.main()
