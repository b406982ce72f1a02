"""Shares of the slides: together they are all slides, each once, and every process knows it."""

import json

import harness
from encoder_case import MODEL, EncoderCase


def begins(output):
    """The first line of each process's record."""
    return [json.loads(file.read_text().splitlines()[0]) for file in sorted((output / "runs").iterdir())]


def actions(result):
    return {line.split("\t")[0]: line.split("\t")[1] for line in result.out.splitlines()[1:]}


class Tiling(harness.Case):
    def setUp(self):
        super().setUp()
        for i, size in enumerate((1152, 1024, 1152, 1024, 1536, 1280, 1024)):
            harness.copy_slide(self.folder / "slides" / f"s{i}.tiff", size)
        self.words = ["histoprep", "-i", "slides", "-o", "tiles", "--width", "512"]

    def plan(self, shard, env=None):
        result = harness.run(*self.words, "--shard", shard, "--dry-run", cwd=self.folder, env=env)
        self.assertEqual((result.rc, result.err), (0, ""))
        return sorted(actions(result))

    def test_shares_are_all_slides_each_once_for_any_number_of_them(self):
        everything = self.plan("0/1")
        self.assertEqual(len(everything), 7)

        for count in (2, 3, 5, 7, 11):
            shares = [self.plan(f"{i}/{count}") for i in range(count)]

            self.assertEqual(sorted(slide for share in shares for slide in share), everything, count)

    def test_shares_have_about_equal_bytes(self):
        sizes = {str(slide.relative_to(self.folder)): slide.stat().st_size
                 for slide in (self.folder / "slides").iterdir()}

        shares = [sum(sizes[slide] for slide in self.plan(f"{i}/2")) for i in range(2)]

        self.assertLess(max(shares), sum(shares) / 2 * 4 / 3)

    def test_shares_do_not_depend_on_what_is_done_already(self):
        before = [self.plan(f"{i}/3") for i in range(3)]
        self.run_here(*self.words, "--shard", "1/3", rc=0)

        self.assertEqual([self.plan(f"{i}/3") for i in range(3)], before)

    def test_all_shares_together_give_the_files_of_one_run(self):
        self.run_here("histoprep", "-i", "slides", "-o", "whole", "--width", "512", rc=0)
        for i in range(3):
            self.run_here(*self.words, "--shard", f"{i}/3", rc=0)

        self.assert_same_files(self.folder / "whole", self.folder / "tiles")

    def test_every_record_names_the_share_and_one_manifest(self):
        for i in range(2):
            self.run_here(*self.words, "--shard", f"{i}/2", rc=0)

        records = begins(self.folder / "tiles")
        self.assertEqual(sorted((record["shard"], record["shards"]) for record in records), [(0, 2), (1, 2)])
        self.assertEqual(len({record["manifest"] for record in records}), 1)
        self.assertRegex(records[0]["manifest"], "^[0-9a-f]{16}$")

    def test_a_share_without_slides_is_done(self):
        result = self.run_here(*self.words, "--shard", "40/41", rc=0)

        self.assertIn("nothing to do", result.err)

    def test_slides_of_one_name_are_refused_by_every_share(self):
        harness.copy_slide(self.folder / "more" / "s0.tiff", 1024, 2)
        for i in range(2):
            result = harness.run(*self.words, "-i", "more", "--shard", f"{i}/2", cwd=self.folder)

            self.assertEqual(result.rc, 1)
            self.assertIn("would both write to", result.err)

    def test_auto_is_the_place_in_the_job_array(self):
        for i, task in enumerate(("1", "4", "7")):
            env = harness.environment(SLURM_ARRAY_TASK_ID=task, SLURM_ARRAY_TASK_MIN="1", SLURM_ARRAY_TASK_MAX="7",
                                      SLURM_ARRAY_TASK_STEP="3", SLURM_ARRAY_TASK_COUNT="3")

            self.assertEqual(self.plan("auto", env), self.plan(f"{i}/3"))

    def test_auto_in_an_array_with_holes_or_without_one_is_refused_and_the_remedy_named(self):
        holes = harness.environment(SLURM_ARRAY_TASK_ID="5", SLURM_ARRAY_TASK_MIN="2", SLURM_ARRAY_TASK_MAX="5",
                                    SLURM_ARRAY_TASK_STEP="1", SLURM_ARRAY_TASK_COUNT="2")
        for env, sentence in ((holes, "go from 2 to 5 by 1, and there are 2"), (None, "this is no task of one")):
            result = self.run_here(*self.words, "--shard", "auto", rc=2, env=env)

            self.assertIn(sentence, result.err)
            self.assertIn('--shard "$SLURM_ARRAY_TASK_ID/16"', result.err)


class Features(EncoderCase):
    extracted = True

    def shares(self, *words):
        """The slides of a dry run's two shares, and of the whole."""
        parts = []
        for shard in (["--shard", "0/2"], ["--shard", "1/2"], []):
            result = harness.run("histoencoder", *words, *shard, "--dry-run", cwd=self.folder, env=self.with_models())
            self.assertEqual((result.rc, result.err), (0, ""))
            parts.append(sorted(actions(result)))
        return parts

    def test_of_each_verb_are_all_slides_each_once(self):
        self.run_here("histoencoder", "cluster", "-i", "tiles", "-n", "2", rc=0)
        for words in (["extract", "-i", "tiles", "-m", MODEL, "--overwrite"],
                      ["cluster", "-i", "tiles", "--apply", "tiles/clustering/centroids.h5"],
                      ["convert", "-i", "tiles", "--to", "csv", "-o", "csv"]):
            with self.subTest(words=words):
                first, second, whole = self.shares(*words)

                self.assertEqual(len(whole), 2)
                self.assertEqual(sorted(first + second), whole)
                self.assertEqual((len(first), len(second)), (1, 1))

    def test_of_verify_are_all_slides_each_once(self):
        def checked(*shard):
            result = harness.run("histoencoder", "verify", "-i", "tiles", *shard, cwd=self.folder)
            self.assertEqual(result.rc, 0)
            return sorted(actions(result))

        self.assertEqual(sorted(checked("--shard", "0/2") + checked("--shard", "1/2")), checked())

    def test_are_of_no_use_where_clusters_are_made_of_all_slides(self):
        result = self.run_here("histoencoder", "cluster", "-i", "tiles", "-n", "2", "--shard", "0/2", rc=2)

        self.assertIn("--shard shares the slides of --apply", result.err)


if __name__ == "__main__":
    harness.main()
