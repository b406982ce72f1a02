"""histoencoder cluster as its users and their scripts see it."""

import collections
import csv
import os
import shutil
import signal

import harness
from encoder_case import MODEL, EncoderCase

SIZES = ["-n", "3", "5"]


class Cluster(EncoderCase):
    extracted = True

    def cluster(self, *words, rc=0, env=None):
        return self.run_here("histoencoder", "cluster", "-i", "tiles", *words, rc=rc, env=env)

    def table(self, name):
        with open(self.folder / "tiles" / name / "clusters.csv", newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def clustering(self):
        files = harness.files_below(self.folder / "tiles")
        return {name: content for name, content in files.items() if "cluster" in name}


class Success(Cluster):
    def test_every_tile_gets_a_cluster_for_each_k_the_largest_first(self):
        result = self.cluster(*SIZES)

        rows = self.table("a") + self.table("b")
        self.assertEqual(list(rows[0]), ["x", "y", "w", "h", "path", "n_clusters=3", "n_clusters=5"])
        self.assertEqual([len(self.table(name)) for name in ("a", "b")], [self.tiles["a"], self.tiles["b"]])
        for k in (3, 5):
            sizes = collections.Counter(int(row[f"n_clusters={k}"]) for row in rows)
            self.assertEqual(sorted(sizes), list(range(k)))
            self.assertEqual([sizes[i] for i in range(k)], sorted(sizes.values(), reverse=True))
        self.assertRegex(result.err.splitlines()[-1], r"^histoencoder cluster: 2 done, 0 skipped, 0 failed; ")

    def test_pictures_centres_and_a_summary_are_made(self):
        self.cluster(*SIZES)

        self.assertEqual(sorted(os.listdir(self.folder / "tiles/clustering")),
                         ["centroids.h5", "choice_of_k.png", "contact_sheet_k3.jpeg", "contact_sheet_k5.jpeg",
                          "summary.csv"])
        with open(self.folder / "tiles/clustering/summary.csv", newline="", encoding="utf-8") as file:
            self.assertEqual([row["k"] for row in csv.DictReader(file)], ["3", "5"])
        for name in ("a", "b"):
            self.assertTrue((self.folder / "tiles" / name / "clusters_k3.jpeg").exists())
        self.assertEqual(self.leftovers(), [])

    def test_numbers_may_follow_one_option_or_repeat_it(self):
        self.cluster("-n", "8", "16", "32")
        first = self.clustering()

        self.cluster("-n", "32", "-n", "8", "-n", "16", "--overwrite")

        self.assertEqual(self.clustering(), first)

    def test_the_same_seed_gives_the_same_files_with_any_number_of_threads(self):
        self.cluster(*SIZES, "--seed", "7", "-j", "1")
        first = self.clustering()

        self.cluster(*SIZES, "--seed", "7", "-j", "4", "-z")

        self.assertEqual(self.clustering(), first)

    def test_clusters_that_are_done_are_left_alone(self):
        self.cluster(*SIZES)
        before = self.clustering()

        result = self.cluster(*SIZES)

        self.assertIn("nothing to do: all slides are done already\n", result.err)
        self.assertEqual(self.clustering(), before)

    def test_quiet_prints_nothing_on_success(self):
        self.assertEqual(self.cluster(*SIZES, "-q").err, "")

    def test_needs_no_libtorch(self):
        libraries, rc = harness.libraries_loaded_by("histoencoder", "cluster", "-i", "tiles", *SIZES, cwd=self.folder)

        self.assertEqual(rc, 0)
        self.assertEqual([name for name in libraries if "torch" in name], [])

    def test_no_sheets_and_no_silhouette_on_request(self):
        self.cluster(*SIZES, "--sheet-tiles", "0", "--sheet-random", "0", "--silhouette-sample", "0")

        self.assertEqual(sorted(os.listdir(self.folder / "tiles/clustering")),
                         ["centroids.h5", "choice_of_k.png", "summary.csv"])

    def test_the_bar_survives_more_passes_than_were_expected(self):
        for runner in (harness.run_on_terminal, harness.run):
            result = runner("histoencoder", "cluster", "-i", "tiles", "-n", "16", "--max-iter", "1", "-z", "--progress",
                            "always", cwd=self.folder)

            self.assertEqual(result.rc, 0, result)
            self.assertIn(harness.BAR, result.err)

    def test_slides_without_features_are_left_out_on_request_with_a_warning(self):
        (self.folder / "tiles/b/features.h5").unlink()

        result = self.cluster(*SIZES, "--skip-missing")

        self.assert_one_line(result.err,
                             "warning: 1 slide without features left out; 'histoencoder extract' makes them")
        self.assertFalse((self.folder / "tiles/b/clusters.csv").exists())
        self.assertEqual(len(self.table("a")), self.tiles["a"])

    def test_one_slide_under_two_spellings_counts_once(self):
        result = self.run_here("histoencoder", "cluster", "-i", "tiles", "tiles/a", "./tiles/b/", *SIZES, rc=0)

        self.assertIn("2 done, 0 skipped, 0 failed", result.err)


class Failure(Cluster):
    def test_a_slide_without_features_stops_all(self):
        (self.folder / "tiles/b/features.h5").unlink()

        result = self.cluster(*SIZES, rc=1)

        self.assert_one_line(result.err, "failed: tiles/b: has no features; .*--skip-missing leaves the slide out$")
        self.assertEqual(self.clustering(), {})

    def test_options_that_do_not_go_together_are_usage_errors(self):
        for words, sentence in ((["--whiten"], "--pca says how many"),
                                (["--stability", "1"], "at least 2, got 1"),
                                (["--memory", "1M"], "--memory must be at least 256M"),
                                (["--init", "nowhere"], "there is no file nowhere"),
                                (["--device", "abacus"], "--device must be auto, cpu, cuda or cuda:N, got \"abacus\""),
                                (["--shard", "0/2"], "--shard shares the slides of --apply")):
            with self.subTest(words=words):
                self.assertIn(sentence, self.cluster(*SIZES, *words, rc=2).err)
        self.assertEqual(self.clustering(), {})

    def test_what_a_start_from_a_file_decides_must_be_left_out(self):
        for words in (["--mode", "exact"], ["--n-init", "8"], ["--metric", "euclidean"], ["--whiten"]):
            with self.subTest(words=words):
                result = self.cluster(*SIZES, "--init", "tiles/a/features.h5", *words, rc=2)
                self.assertIn(f"{words[0]} must be left out: --init with a file goes on from its centroids", result.err)
        for words in (["--pca", "2"], ["--sample", "9"], ["--stability", "2"]):
            with self.subTest(words=words):
                self.assertIn("--init with a file", self.cluster(*SIZES, "--init", "tiles/a/features.h5", *words, rc=2).err)
        self.assertEqual(self.clustering(), {})

    def test_a_start_of_another_model_is_refused(self):
        self.assertIn("cannot be opened as an HDF5 file", self.cluster(*SIZES, "--init", "tiles/a/metadata.csv", rc=1).err)
        self.assertEqual(self.clustering(), {})

    def test_folders_without_features_are_named(self):
        for name in ("a", "b"):
            (self.folder / "tiles" / name / "features.h5").unlink()

        result = self.cluster(*SIZES, rc=1)

        self.assert_one_line(result.err,
                             "^histoencoder(?: cluster)?: tiles: no slide with features; 'histoencoder extract'")

    def test_more_clusters_than_tiles_are_refused(self):
        result = self.cluster("-n", "2", "5000", rc=1)

        self.assertIn("5000", result.err)
        self.assertEqual(self.clustering(), {})

    def test_a_feature_file_that_cannot_be_read_is_named(self):
        file = self.folder / "tiles/a/features.h5"
        file.write_bytes(file.read_bytes()[:1000])

        self.assertIn("tiles/a/features.h5", self.cluster(*SIZES, rc=1).err)
        self.assertEqual(self.clustering(), {})


class Overwriting(Cluster):
    def test_clusters_made_with_other_options_are_refused(self):
        self.cluster(*SIZES)
        before = self.clustering()

        result = self.cluster(*SIZES, "--seed", "1", rc=1)

        for name in ("a", "b"):
            line = self.assert_one_line(result.err, rf"^histoencoder cluster: failed: tiles/{name}: ")
            self.assertIn("seed was 0 and is now 1", line)
            self.assertIn("--overwrite", line)
        self.assertEqual(self.clustering(), before)

    def test_a_new_slide_makes_the_clusters_stale(self):
        shutil.move(self.folder / "tiles/b/features.h5", self.folder / "b.h5")
        self.cluster(*SIZES, "--skip-missing")
        shutil.move(self.folder / "b.h5", self.folder / "tiles/b/features.h5")

        self.assertIn("--overwrite", self.cluster(*SIZES, rc=1).err)

        self.assertIn("2 done", self.cluster(*SIZES, "--overwrite").err)

    def test_overwrite_leaves_nothing_of_other_numbers_of_clusters(self):
        self.cluster("-n", "2", "7")
        self.cluster(*SIZES, "--overwrite")
        replaced = self.clustering()

        shutil.rmtree(self.folder / "tiles")
        harness.copy_tree(self.prepared / "tiles", self.folder / "tiles")
        self.cluster(*SIZES)

        self.assertEqual(sorted(replaced), sorted(self.clustering()))
        self.assertEqual(replaced, self.clustering())

    def test_centres_that_cannot_be_read_are_overwritten_on_request(self):
        self.cluster(*SIZES)
        before = self.clustering()
        (self.folder / "tiles/clustering/centroids.h5").write_text("damaged")

        self.assertIn("centroids.h5", self.cluster(*SIZES, rc=1).err)

        self.cluster(*SIZES, "--overwrite")
        self.assertEqual(self.clustering(), before)


class Applying(Cluster):
    def setUp(self):
        super().setUp()
        self.cluster(*SIZES, "--pca", "4", "--metric", "cosine")
        self.tables = {name: (self.folder / "tiles" / name / "clusters.csv").read_bytes() for name in ("a", "b")}
        harness.copy_tree(self.prepared / "tiles", self.folder / "new")

    def apply(self, *words, rc=0):
        return self.run_here("histoencoder", "cluster", "-i", "new", "--apply", "tiles/clustering/centroids.h5", *words,
                             rc=rc)

    def new_tables(self):
        return {name: (self.folder / "new" / name / "clusters.csv").read_bytes() for name in ("a", "b")}

    def test_gives_the_tables_of_the_clustering(self):
        self.assertIn("2 done", self.apply().err)

        self.assertEqual(self.new_tables(), self.tables)
        self.assertFalse((self.folder / "new/clustering").exists())

    def test_shards_give_the_same_together(self):
        for i in range(8):
            self.apply("--shard", f"{i}/8")

        self.assertEqual(self.new_tables(), self.tables)

    def test_labels_that_are_there_are_left_alone(self):
        self.apply()

        self.assertIn("nothing to do", self.apply().err)

    def test_a_dry_run_writes_nothing(self):
        plan = self.plan("cluster", "-i", "new", "--apply", "tiles/clustering/centroids.h5", "--shard", "1/2", rc=0)

        self.assertEqual(plan, {"new/b": ("work", "gets labels")})
        self.assertFalse((self.folder / "new/b/clusters.csv").exists())

    def test_options_of_the_fitting_are_usage_errors(self):
        for words in (["-n", "8"], ["--seed", "1"], ["--metric", "cosine"], ["--memory", "2G"]):
            with self.subTest(words=words):
                self.assertIn("--apply takes those of a file", self.apply(*words, rc=2).err)
        for shard in ("2/2", "1", "a/b", "-1/2"):
            with self.subTest(shard=shard):
                self.assertIn("--shard must be i/n", self.apply("--shard=" + shard, rc=2).err)


@harness.needs_mpi()
class Ranks(Cluster):
    def test_any_number_of_them_gives_the_files_of_one_process(self):
        words = [*SIZES, "--stability", "2", "--geojson", "--overlays", "all"]
        self.cluster(*words)
        alone = self.clustering()
        for ranks in (2, 4):
            with self.subTest(ranks=ranks):
                result = harness.mpirun(ranks, "histoencoder", "cluster", "-i", "tiles", *words, "-z", cwd=self.folder)

                self.assertEqual(result.rc, 0, result)
                self.assertEqual(len([line for line in result.err.splitlines() if "2 done" in line]), 1, result)
                self.assertEqual(self.clustering(), alone)

    def test_labels_of_new_slides_are_no_work_for_them(self):
        self.cluster(*SIZES)

        result = harness.mpirun(2, "histoencoder", "cluster", "-i", "tiles", "--apply", "tiles/clustering/centroids.h5",
                                cwd=self.folder)

        self.assertEqual(result.rc, 2, result)
        self.assert_one_line(result.err, "--apply shares its slides by --shard i/n")

    def test_an_error_of_one_ends_all_and_is_told_once(self):
        table = self.folder / "tiles/b/metadata.csv"  # which the second rank looks at
        table.write_text("".join(table.read_text().splitlines(keepends=True)[:-1]))

        result = harness.mpirun(2, "histoencoder", "cluster", "-i", "tiles", *SIZES, cwd=self.folder)

        self.assertEqual(result.rc, 1, result)
        self.assert_one_line(result.err, "^histoencoder.*: tiles/b/features.h5: .*, and metadata.csv has ")
        self.assertEqual(self.clustering(), {})

    def test_an_error_of_all_is_told_once(self):
        (self.folder / "tiles/b/features.h5").unlink()

        result = harness.mpirun(2, "histoencoder", "cluster", "-i", "tiles", *SIZES, cwd=self.folder)

        self.assertEqual(result.rc, 1, result)
        self.assert_one_line(result.err, "failed: tiles/b: has no features")


class DryRun(Cluster):
    def test_says_for_each_slide_what_would_be_done_and_writes_nothing(self):
        before = harness.names_below(self.folder)

        plan = self.plan("cluster", "-i", "tiles", *SIZES, rc=0)

        self.assertEqual(plan, {"tiles/a": ("work", "new"), "tiles/b": ("work", "new")})
        self.assertEqual(harness.names_below(self.folder), before)

    def test_never_promises_work_that_a_run_would_refuse(self):
        shutil.move(self.folder / "tiles/b/features.h5", self.folder / "b.h5")
        self.cluster(*SIZES, "--skip-missing")
        shutil.move(self.folder / "b.h5", self.folder / "tiles/b/features.h5")

        plan = self.plan("cluster", "-i", "tiles", *SIZES, rc=1)

        self.assertEqual([action for action, _ in plan.values()], ["refuse", "refuse"])


class Diary(Cluster):
    def test_tells_options_and_what_became_of_each_slide(self):
        self.cluster(*SIZES, "--seed", "3")

        run = harness.last_run(self.folder / "tiles")

        self.assertEqual((run["options"]["--num-clusters"], run["options"]["--seed"]), ("3 5", "3"))
        self.assertEqual([(slide["slide"], slide["outcome"], slide["tiles"]) for slide in run["slides"]],
                         [("tiles/a", "done", self.tiles["a"]), ("tiles/b", "done", self.tiles["b"])])


class Stop(Cluster):
    def stop(self, number):
        return harness.interrupt_before_work("histoencoder", "cluster", "-i", "tiles", *SIZES, cwd=self.folder,
                                             number=number)

    def test_ctrl_c_ends_with_130_and_going_on_gives_the_same_files(self):
        result = self.stop(signal.SIGINT)

        self.assertEqual(result.rc, 130, result)
        self.assert_one_line(result.err, "^histoencoder cluster: interrupted; to go on, run the same command again$")
        self.assertEqual(self.clustering(), {})
        outcomes = [slide["outcome"] for slide in harness.last_run(self.folder / "tiles")["slides"]]
        self.assertEqual(outcomes, ["interrupted", "interrupted"])

        self.cluster(*SIZES)
        continued = self.clustering()
        self.cluster(*SIZES, "--overwrite")
        self.assertEqual(self.clustering(), continued)

    def test_sigterm_ends_with_75(self):
        self.assertEqual(self.stop(signal.SIGTERM).rc, 75)


class Examples(Cluster):
    width = 128  # the examples want 128 clusters

    def test_those_of_the_help_text_work_as_they_stand(self):
        path = f"{harness.BIN}:{os.environ['PATH']}"
        harness.copy_tree(self.prepared / "tiles", self.folder / "new")
        for example in harness.help_examples(["histoencoder", "cluster"]):
            with self.subTest(example=example):
                result = harness.run("sh", "-c", example, cwd=self.folder, env=harness.environment(PATH=path))

                self.assertEqual(result.rc, 0, result)
                self.assertTrue((self.folder / "tiles/clustering/centroids.h5").exists())

    def test_those_of_the_program_work_one_after_the_other(self):
        for name in ("a", "b"):
            (self.folder / "tiles" / name / "features.h5").unlink()
        path = f"{harness.BIN}:{os.environ['PATH']}"
        for example in harness.help_examples(["histoencoder"]):
            result = harness.run("sh", "-c", example, cwd=self.folder, env=self.with_models(PATH=path))
            self.assertEqual(result.rc, 0, (example, MODEL, result))
        self.assertTrue((self.folder / "tiles/clustering/contact_sheet_k128.jpeg").exists())


if __name__ == "__main__":
    harness.main()
