"""histoencoder models, and how extract finds and refuses models, as their users see it."""

import json
import re
import unittest

import harness
from encoder_case import MODEL, EncoderCase

PUBLISHED = sorted(path.stem for path in (harness.SOURCE / "models" / "published").glob("*.json"))


class Models(harness.Case):
    def setUp(self):
        super().setUp()
        self.models = harness.model_folder(self.folder / "models", "mine")
        self.card = self.models / "mine.json"

    def models_run(self, *words, rc, **env):
        result = harness.run("histoencoder", "models", *words, cwd=self.folder, env=harness.environment(**env))
        self.assertEqual(result.rc, rc, result)
        return result

    def listed(self, *words, rc=0, **env):
        lines = self.models_run(*words, rc=rc, **env).out.splitlines()
        self.assertEqual(lines[0].split("\t"), ["model", "features", "input", "tiles", "checksum", "card"])
        return {line.split("\t")[0]: line.split("\t")[1:] for line in lines[1:]}

    def change(self, **changes):
        card = json.loads(self.card.read_text())
        card.update(changes)
        self.card.write_text(json.dumps(card))


class Listing(Models):
    def test_has_each_model_with_what_it_wants(self):
        self.change(tile={"mpp": 0.5, "size_px": 256})
        rows = self.listed("--models-dir", "models")
        self.assertEqual(rows["mine"], ["192", "224 x 224", "256 x 256 at 0.5 um/px", "ok", "models/mine.json"])
        self.assertEqual(rows["random_vit_tiny"][:4], ["192", "224 x 224", "any", "ok"])  # comes with the program

    def test_has_the_default_model(self):
        self.assertEqual(self.listed()["histo_demo"][3], "ok")

    def test_finds_models_in_all_places_and_the_first_of_one_name(self):
        user = harness.model_folder(self.folder / "data" / "histo" / "models", "users")
        harness.model_folder(user, "mine")
        home = harness.model_folder(self.folder / "home" / ".local" / "share" / "histo" / "models", "at_home")

        rows = self.listed(HISTOENCODER_MODELS="models", XDG_DATA_HOME="data")
        self.assertEqual(rows["mine"][4], "models/mine.json")
        self.assertEqual(rows["users"][4], "data/histo/models/users.json")
        self.assertIn("at_home", self.listed(HOME=str(home.parents[3])))

    def test_says_which_checksum_does_not_hold_and_goes_on(self):
        (self.models / "mine.pt").write_bytes(b"another file")
        harness.model_folder(self.models, "other")

        rows = self.listed("--models-dir", "models", rc=1)

        self.assertEqual((rows["mine"][3], rows["other"][3]), ("wrong", "ok"))
        result = self.models_run("--models-dir", "models", rc=1)
        line = self.assert_one_line(result.err, r"models/mine\.pt: its SHA-256 is ")
        self.assertTrue(line.startswith("histoencoder models: "))

    def test_says_which_card_cannot_be_read_and_goes_on(self):
        self.card.write_text("{}")
        rows = self.listed("--models-dir", "models", rc=1)
        self.assertEqual(rows["mine"], ["-", "-", "-", "unusable", "models/mine.json"])
        self.assertIn("random_vit_tiny", rows)

    @unittest.skipUnless(PUBLISHED, "models/published is empty")
    def test_tells_the_names_of_published_models_apart_from_what_is_there(self):
        result = self.models_run(rc=0)
        self.assertIn(" ".join(PUBLISHED), result.err)
        for name in PUBLISHED:
            self.assertNotIn(f"\n{name}\t", result.out)


class OneModel(Models):
    def test_is_shown_in_words_and_tested(self):
        result = self.models_run("mine", "--models-dir", "models", "--use-cpu", rc=0)

        self.assertEqual(result.err, "")
        for line in (r"^model +mine$", r"^tiles +any$", r"^resize +the shorter side to 224 pixels, bilinear, antialiased$",
                     r"^mean +0\.75, 0\.6, 0\.75$", r"^feature +192 values$", r"^checksum +holds$",
                     r"^self-test +passed on cpu at batch 1 and 3: "):
            self.assert_one_line(result.out, line)
        self.assertEqual([line for line in result.out.splitlines() if len(line) > 80], [])

    def test_may_be_a_file(self):
        for name in ("models/mine.pt", "models/mine.json"):
            with self.subTest(name=name):
                self.models_run(name, "-c", rc=0)

    def test_fails_where_the_self_test_does(self):
        test = json.loads(self.card.read_text())["self_test"]
        test["values"][0] += 0.5
        self.change(self_test=test)

        result = self.models_run("mine", "--models-dir", "models", "-c", rc=1)

        self.assert_one_line(result.err, r"^histoencoder(?: models)?: model mine: self-test at batch 1: value 0 .* is ")
        self.assertNotIn("passed", result.out)

    def test_that_is_not_there_is_answered_with_the_folders(self):
        result = self.models_run("no_such_model", "--models-dir", "models", rc=1)
        self.assertIn("no no_such_model.json in models", result.err)
        self.assertEqual(result.out, "")

    @unittest.skipUnless(PUBLISHED, "models/published is empty")
    def test_of_other_people_is_answered_with_where_its_weights_are(self):
        for name in PUBLISHED:
            with self.subTest(name=name):
                known = json.loads((harness.SOURCE / "models" / "published" / (name + ".json")).read_text())
                result = self.models_run(name, rc=1)
                self.assertIn(known["weights"], result.err)
                self.assertIn(known["title"], result.err)
                self.assertIn("export.py", result.err)


class Extraction(EncoderCase):
    def extract(self, *words, rc):
        return self.run_here("histoencoder", "extract", "-i", "tiles", "--use-cpu", *words, rc=rc,
                             env=self.with_models())

    def change(self, **changes):
        models = self.folder / "models"
        if not models.exists():
            harness.copy_tree(self.models, models)
        card = json.loads((models / (MODEL + ".json")).read_text())
        card.update(changes)
        (models / (MODEL + ".json")).write_text(json.dumps(card))
        return ["--models-dir", "models", "-m", MODEL]

    def test_without_a_model_takes_the_default_and_says_so(self):
        result = self.extract(rc=0)
        self.assert_one_line(result.err, r"no --model was given, so the features are those of histo_demo: ")

    def test_refuses_tiles_that_do_not_fit_and_names_both_sizes(self):
        words = self.change(tile={"size_px": 224, "tolerance": 0.05})

        result = self.extract(*words, rc=1)

        self.assertIn("has tiles of 256 x 256 pixels", result.err)
        self.assertIn("was trained on 224 x 224 pixels, 5 % either way", result.err)
        self.assertEqual(list((self.folder / "tiles").glob("*/features.h5")), [])
        self.assertIn("2 done", self.extract(*words, "--force", rc=0).err)

    def test_the_plan_shows_what_does_not_fit(self):
        words = self.change(tile={"size_px": 224})
        plan = self.plan("extract", "-i", "tiles", *words, rc=1)
        self.assertEqual(plan["tiles/a"][0], "refuse")
        self.assertIn("224 x 224", plan["tiles/a"][1])

    def test_warns_of_slides_that_state_no_resolution(self):
        words = self.change(tile={"mpp": 0.5})
        self.assertIn("2 slides (first: tiles/a)", self.extract(*words, rc=0).err)

    def test_estimates_mean_and_deviation_where_the_card_says_so(self):
        card = json.loads((self.models / (MODEL + ".json")).read_text())
        card["input"].update(mean="estimate", std="estimate")
        # With other numbers the model gives another answer to the self-test; the refusal says which.
        refusal = self.extract(*self.change(input=card["input"]), rc=1).err
        value = float(re.search(r"value 0 of the feature is (\S+) and", refusal)[1])
        test = {"input": "pattern-1", "values": [value], "tolerance": 0.01}
        words = self.change(input=card["input"], self_test=test)

        self.assertIn("2 done", self.extract(*words, rc=0).err)

        self.assertIn("num-samples was 1000 and is now 5", self.extract(*words, "--num-samples", "5", rc=1).err)

    def test_options_that_the_model_does_not_offer_are_wrong_usage(self):
        for words in (["--num-blocks", "2"], ["--avg-pool"]):
            with self.subTest(words=words):
                result = self.extract("-m", MODEL, *words, rc=2)
                self.assertIn(words[0], result.err)
                self.assertIn(MODEL, result.err)


if __name__ == "__main__":
    harness.main()
