"""Job scripts: what is printed, that bash takes it, and that it does what the command would have done."""

import os
import re
import shutil
import subprocess

import harness
from encoder_case import MODEL, EncoderCase


class ScriptCase(harness.Case):
    def script(self, *words, cwd=None, env=None):
        """A printed script, which bash and, if it is there, shellcheck must have nothing against.

        But for a dollar in single quotes, which is meant.
        """
        result = harness.run(*words, cwd=cwd or self.folder, env=env)
        self.assertEqual((result.rc, result.err), (0, ""))
        checkers = [["bash", "-n"]] + ([["shellcheck", "--exclude=SC2016", "-"]] if shutil.which("shellcheck") else [])
        for checker in checkers:
            checked = subprocess.run(checker, input=result.out, capture_output=True, text=True, check=False)
            self.assertEqual((checked.returncode, checked.stdout), (0, ""), result.out)
        return result.out

    def directives(self, script):
        """The lines for sbatch, which must stand before the first command."""
        lines = script.splitlines()
        self.assertEqual(lines[0], "#!/bin/bash")
        last = max(i for i, line in enumerate(lines) if line.startswith("#SBATCH "))
        self.assertTrue(all(line.startswith("#") for line in lines[:last]))
        return [line[len("#SBATCH "):] for line in lines if line.startswith("#SBATCH ")]

    def words(self, script, task="0", **variables):
        """What the script would run, as bash understands it: the words after exec."""
        head, _, command = script.partition("\nexec ")
        self.assertNotIn("\nexec", head)
        env = {"PATH": os.environ["PATH"], "SLURM_ARRAY_TASK_ID": task, **variables}
        done = subprocess.run(["bash", "-c", "printf '%s\\0' " + command], capture_output=True, check=True, env=env)
        return [word.decode() for word in done.stdout.split(b"\0")[:-1]]

    def run_tasks(self, script, env=None):
        """Runs each task of an array, one after the other."""
        count = int(re.search(r"#SBATCH --array=0-(\d+)", script)[1]) + 1
        for task in range(count):
            done = subprocess.run(["bash"], input=script, text=True, capture_output=True, cwd=self.folder,
                                  env={**(env or harness.environment()), "SLURM_ARRAY_TASK_ID": str(task)}, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)


class Tiling(ScriptCase):
    def setUp(self):
        super().setUp()
        for i in range(3):
            harness.copy_slide(self.folder / "slides" / f"s{i}.tiff", 1024, 1 + i)
        self.command = ["histoprep", "sbatch", "-i", "slides", "-o", "tiles", "-w", "512"]

    def test_has_what_a_job_needs_to_survive_a_night(self):
        lines = self.directives(self.script(*self.command, "--tasks", "4"))

        for line in ("--job-name=histoprep", "--array=0-3", "--cpus-per-task=4", "--open-mode=append", "--requeue",
                     "--signal=B:USR1@120", "--output=./%x-%A_%a.log", f"--chdir={self.folder}"):
            self.assertIn(line, lines)
        self.assertEqual([line for line in lines if "depend" in line or "--dep" in line], [])

    def test_runs_the_program_itself_with_the_options_that_were_given_and_its_share(self):
        words = self.words(self.script(*self.command, "--tasks", "4", "--in-bounds", "-t", "200"), task="3")

        self.assertEqual(words, [str((harness.BIN / "histoprep").resolve()), "--input", "slides", "--output", "tiles",
                                 "--width", "512", "--in-bounds", "--threshold", "200", "--unfinished",
                                 "--shard", "3/4"])

    def test_quotes_whatever_a_word_may_hold(self):
        odd = "sl'i\"d$e `s` #1.tiff"
        harness.copy_slide(self.folder / odd, 1024)
        words = self.words(self.script("histoprep", "sbatch", "-i", "slides", odd, "slides/*.tiff", "-o", "out put",
                                       "--roi-labels", "line\nbreak", "--rois", "r", "--tasks", "1"))

        self.assertIn(odd, words)
        self.assertIn("slides/*.tiff", words)
        self.assertIn("line\nbreak", words)
        self.assertIn("out put", words)

    def test_keeps_negative_values_with_their_options(self):
        words = self.words(self.script(*self.command, "--level=-1", "--tasks", "1"))

        self.assertIn("--level=-1", words)

    def test_has_a_task_for_so_many_slides_that_are_to_be_done(self):
        self.assertIn("--array=0-0", self.directives(self.script(*self.command)))
        one_each = [*self.command, "--slides-per-task", "1"]
        self.assertIn("--array=0-2", self.directives(self.script(*one_each)))

        self.run_here("histoprep", "-i", "slides/s0.tiff", "-o", "tiles", "-w", "512", rc=0)

        self.assertIn("--array=0-1", self.directives(self.script(*one_each)))

    def test_has_no_more_tasks_than_slurm_takes(self):
        (self.folder / "many").mkdir()
        for i in range(1003):
            os.link(self.folder / "slides" / "s0.tiff", self.folder / "many" / f"m{i}.tiff")

        script = self.script("histoprep", "sbatch", "-i", "many", "-o", "tiles", "--slides-per-task", "1")

        self.assertIn("--array=0-999", self.directives(script))

    def test_takes_over_what_the_site_wants_to_know(self):
        (self.folder / "log 100%").mkdir()
        lines = self.directives(self.script(
            *self.command, "--tasks", "1", "--time", "1-00:00:00", "--partition", "long", "--cpus", "16", "--mem", "8G",
            "--account", "lab", "--job-name", "night", "--logs", "log 100%", "--sbatch-arg=--qos=low",
            "--sbatch-arg=--exclude=node[1-3]"))

        for line in ("--time=1-00:00:00", "--partition=long", "--cpus-per-task=16", "--mem=8G", "--account=lab",
                     "--job-name=night", '--output="log 100%%/%x-%A_%a.log"', "--qos=low", "--exclude=node[1-3]"):
            self.assertIn(line, lines)

    def test_waits_for_other_jobs_and_not_for_ever(self):
        lines = self.directives(self.script(*self.command, "--tasks", "1", "--after", "17", "18;cluster"))

        self.assertIn("--dependency=afterok:17:18", lines)
        self.assertIn("--kill-on-invalid-dep=yes", lines)

    def test_leaves_a_variable_of_the_node_to_the_node(self):
        script = self.script(*self.command, "--tasks", "1", "--stage", "$SLURM_TMPDIR/stage")

        words = self.words(script, SLURM_TMPDIR="/local/1")
        self.assertEqual(words[words.index("--stage") + 1], "/local/1/stage")

        words = self.words(self.script(*self.command, "--tasks", "1", "--stage", "$(touch x)"))
        self.assertEqual(words[words.index("--stage") + 1], "$(touch x)")

    def test_does_what_the_command_would_have_done(self):
        self.run_here("histoprep", "-i", "slides", "-o", "whole", "-w", "512", rc=0)

        self.run_tasks(self.script(*self.command, "--tasks", "2"))

        self.assert_same_files(self.folder / "whole", self.folder / "tiles")

    def test_writes_nothing(self):
        before = harness.names_below(self.folder)
        self.script(*self.command)
        self.assertEqual(harness.names_below(self.folder), before)

    def test_of_a_working_folder_with_any_name_runs_there(self):
        here = self.folder / "my st'ud\"y #1"
        shutil.copytree(self.folder / "slides", here / "slides")

        lines = self.directives(self.script(*self.command, "--tasks", "1", cwd=here))

        chdir = next(line for line in lines if line.startswith("--chdir="))
        self.assertEqual(chdir, '--chdir="' + str(here).replace('"', '\\"') + '"')

    def test_is_refused_where_it_would_do_slides_twice_or_no_line_could_hold_a_value(self):
        for words, sentence in ((["--overwrite"], "do slides again that a task has finished"),
                                (["--tasks", "0"], "--tasks must be at least 1, or auto, got 0"),
                                (["--tasks", "many"], "--tasks must be at least 1, or auto, got many"),
                                (["--slides-per-task", "0"], "--slides-per-task must be at least 1"),
                                (["--cpus", "0"], "--cpus must be at least 1"),
                                (["--after", "soon"], '--after must be the number of a job, got "soon"'),
                                (["--job-name", "a\nrm -rf /"], "--job-name: no line of a job script can hold"),
                                (["--sbatch-arg=--qos=low\nrm"], "--sbatch-arg: no line of a job script"),
                                (["--logs", "a\\b"], "--logs: SLURM takes no backslash"),
                                (["--shard", "0/2"], "--shard")):
            with self.subTest(words=words):
                result = harness.run(*self.command, *words, cwd=self.folder)

                self.assertEqual((result.rc, result.out), (2, ""))
                self.assertIn(sentence, result.err)

    def test_is_refused_where_nobody_can_tell_the_working_folder(self):
        words = [str(harness.BIN / "histoprep"), *self.command[1:], "--tasks", "1"]
        words[words.index("slides")] = str(self.folder / "slides")
        result = harness.run("bash", "-c", 'mkdir gone; cd gone; rmdir ../gone; exec "$@"', "bash", *words,
                             cwd=self.folder)

        self.assertEqual((result.rc, result.out), (1, ""))
        self.assertIn("the working folder cannot be told: ", result.err)

    def test_is_refused_where_slurm_could_write_no_log(self):
        result = self.run_here(*self.command, "--logs", "logs", rc=1)

        self.assertIn("logs: there is no such folder for --logs", result.err)


class Extraction(EncoderCase, ScriptCase):
    def extraction(self, *words):
        return self.script("histoencoder", "sbatch", "extract", "-i", "tiles", "-m", MODEL, *words,
                           env=self.with_models())

    def test_asks_for_a_gpu_and_then_takes_nothing_else(self):
        script = self.extraction("--gpus", "a100:1")
        words = self.words(script)

        self.assertIn("--gpus=a100:1", self.directives(script))
        self.assertEqual(words[words.index("--device") + 1], "cuda")
        self.assertNotIn("--device", self.words(self.extraction()))
        self.assertNotIn("cuda", self.words(self.extraction("--gpus", "1", "--device", "cuda:0")))

    def test_for_tiles_that_an_earlier_job_will_make_needs_the_number_of_tasks(self):
        shutil.rmtree(self.folder / "tiles")

        result = self.run_here("histoencoder", "sbatch", "extract", "-i", "tiles", "-m", MODEL, rc=1,
                               env=self.with_models())
        script = self.extraction("--tasks", "16", "--after", "17")

        self.assertIn("give --tasks N where an earlier job makes them", result.err)
        self.assertIn("--array=0-15", self.directives(script))
        self.assertIn("--dependency=afterok:17", self.directives(script))

    def test_of_a_model_that_is_not_there_is_refused_at_once(self):
        self.run_here("histoencoder", "sbatch", "extract", "-i", "tiles", "-m", "nobody", "--tasks", "2", rc=1)

    def test_does_what_the_command_would_have_done(self):
        harness.copy_tree(self.folder / "tiles", self.folder / "whole")
        self.run_here("histoencoder", "extract", "-i", "whole", "-m", MODEL, "--use-cpu", rc=0, env=self.with_models())

        self.run_tasks(self.extraction("--use-cpu", "--tasks", "2"), env=self.with_models())

        one, other = (harness.files_below(self.folder / name) for name in ("whole", "tiles"))
        self.assertEqual(sorted(one), sorted(other))

    def test_with_overwrite_is_refused(self):
        result = self.run_here("histoencoder", "sbatch", "extract", "-i", "tiles", "-m", MODEL, "--overwrite", rc=2,
                               env=self.with_models())

        self.assertIn("--overwrite would do slides again", result.err)


class Clustering(EncoderCase, ScriptCase):
    extracted = True

    def test_is_one_job(self):
        script = self.script("histoencoder", "sbatch", "cluster", "-i", "tiles", "-n", "2", "3", "--init", "k-means||",
                             "--after", "18")

        self.assertEqual(self.words(script)[1:], ["cluster", "--input", "tiles", "--num-clusters", "2", "3", "--init",
                                                  "k-means||"])
        self.assertEqual([line for line in self.directives(script) if "array" in line], [])
        self.assertIn("--output=./%x-%j.log", self.directives(script))

    def test_may_do_again_what_is_there(self):
        script = self.script("histoencoder", "sbatch", "cluster", "-i", "tiles", "-n", "2", "--overwrite")

        self.assertIn("--overwrite", self.words(script))

    def test_of_features_that_are_not_there_yet_can_be_printed(self):
        shutil.rmtree(self.folder / "tiles")

        self.script("histoencoder", "sbatch", "cluster", "-i", "tiles", "-n", "2", "--after", "18")

    def test_by_centroids_that_are_there_is_an_array(self):
        self.run_here("histoencoder", "cluster", "-i", "tiles", "-n", "2", rc=0)
        labels = {name: (self.folder / "tiles" / name / "clusters.csv").read_bytes() for name in ("a", "b")}
        for name in labels:
            (self.folder / "tiles" / name / "clusters.csv").unlink()

        self.run_tasks(self.script("histoencoder", "sbatch", "cluster", "-i", "tiles", "--apply",
                                   "tiles/clustering/centroids.h5", "--tasks", "2"))

        for name, content in labels.items():
            self.assertEqual((self.folder / "tiles" / name / "clusters.csv").read_bytes(), content)

    def test_of_all_slides_at_once_has_no_tasks_to_share_them(self):
        result = self.run_here("histoencoder", "sbatch", "cluster", "-i", "tiles", "-n", "2", "--tasks", "4", rc=2)

        self.assertIn("by one task", result.err)

    def test_of_options_that_contradict_each_other_is_refused(self):
        result = self.run_here("histoencoder", "sbatch", "cluster", "-i", "tiles", "-n", "1", rc=2)

        self.assertIn("--num-clusters", result.err)


if __name__ == "__main__":
    harness.main()
