"""histoprep report and histoencoder report: what is said about the runs of many processes."""

import csv
import io
import json
import os
import signal

import harness

WORDS = ["-i", "slides", "-o", "tiles", "--width", "512", "--image-format", "jpeg"]


class Report(harness.Case):
    def setUp(self):
        super().setUp()
        for name, seed in (("a", 1), ("b", 2)):
            harness.copy_slide(self.folder / "slides" / (name + ".tiff"), 1024, seed)

    def report(self, *words, rc=0, command=("histoprep", "report", "-o")):
        result = harness.run(*command, "tiles", *words, cwd=self.folder)
        self.assertEqual(result.rc, rc, result)
        return result

    def table(self, rc=0):
        return {(row["step"], row["slide"]): row
                for row in csv.DictReader(io.StringIO(self.report("--format", "csv", rc=rc).out))}

    def record(self):
        """The only record's lines."""
        file, = (self.folder / "tiles/runs").iterdir()
        return file, [json.loads(line) for line in file.read_text().splitlines()]


class Complete(Report):
    def test_one_run_is_told_by_both_programs(self):
        self.run_here("histoprep", *WORDS, rc=0)

        mine = self.report()
        others = self.report(command=("histoencoder", "report", "-i"))

        self.assertEqual(mine.out, others.out)
        self.assertIn("| tile | complete | 2 | 0 | 0 | 0 |", mine.out)
        self.assertIn("- Hosts: " + os.uname().nodename + " (1)\n", mine.out)
        self.assertRegex(mine.out, r"### Slowest slides\n\n.*\n.*\n\| slides/[ab]\.tiff \|")
        self.assert_one_line(mine.err, "^histoprep report: tile: 2 done, 0 skipped, 0 failed, 0 interrupted; ")
        self.assert_one_line(others.err, "^histoencoder report: tile: 2 done, ")
        self.assertEqual(self.report("--quiet").err, "")

    def test_the_table_has_a_line_for_each_slide(self):
        self.run_here("histoprep", *WORDS, rc=0)

        table = self.table()

        self.assertEqual(sorted(table), [("tile", "a"), ("tile", "b")])
        row = table["tile", "a"]
        self.assertEqual((row["input"], row["outcome"], row["failures"]), ("slides/a.tiff", "done", "0"))
        self.assertEqual(int(row["tiles"]), len(list((self.folder / "tiles/a/tiles").iterdir())))

    def test_a_second_run_changes_nothing_but_the_number_of_processes(self):
        self.run_here("histoprep", *WORDS, rc=0)
        before = self.table()
        self.run_here("histoprep", *WORDS, rc=0)

        self.assertEqual(self.table(), before)
        self.assertIn("- Processes: 2", self.report().out)

    def test_the_record_says_who_did_what_and_how(self):
        self.run_here("histoprep", *WORDS, "-j", "1", rc=0,
                      env=harness.environment(SLURM_ARRAY_JOB_ID="47", SLURM_ARRAY_TASK_ID="3", SLURM_JOB_ID="50",
                                              SLURM_RESTART_COUNT="2"))

        begin, *slides, end = self.record()[1]
        self.assertEqual((begin["event"], begin["verb"], begin["job"], begin["restarts"], begin["threads"]),
                         ("begin", "tile", "47_3", 2, 1))
        self.assertEqual(begin["options"]["--width"], "512")
        self.assertIn("--image-format jpeg", begin["command_line"])
        self.assertEqual(len(begin["manifest"]), 16)
        self.assertEqual([line["outcome"] for line in slides], ["done", "done"])
        self.assertEqual((end["event"], end["ending"]), ("end", "done"))
        self.assertGreater(end["peak_memory"], 1 << 20)


class Incomplete(Report):
    def test_failed_slides_are_named_with_reasons_until_they_are_done(self):
        (self.folder / "slides" / "c.tiff").write_text("no slide")
        self.run_here("histoprep", *WORDS, rc=1)
        self.run_here("histoprep", *WORDS, rc=1)

        out = self.report(rc=1).out
        self.assertIn("| tile | not complete | 2 | 0 | 1 | 0 |", out)
        self.assertRegex(out, r"\| slides/c\.tiff \| failed \| .+ \| 2 \|")
        self.assertEqual(self.table(rc=1)["tile", "c"]["outcome"], "failed")

        harness.copy_slide(self.folder / "slides" / "c.tiff", 1024, seed=3)
        self.run_here("histoprep", *WORDS, "--unfinished", rc=0)
        self.assertIn("| tile | complete | 3 | 0 | 0 | 0 |", self.report().out)

    def test_missing_shards_are_named(self):
        for shard in ("0/4", "2/4"):
            self.run_here("histoprep", *WORDS, "--shard", shard, rc=0)

        out = self.report(rc=1).out

        self.assertIn("- shards 1 and 3 of 4 have no record\n", out)
        self.assertIn("- Shards with a record: 2 of 4, manifest ", out)
        for shard in ("1/4", "3/4"):
            self.run_here("histoprep", *WORDS, "--shard", shard, rc=0)
        self.assertIn("| tile | complete | 2 | 0 | 0 | 0 |", self.report().out)

    def test_a_killed_process_is_named_and_one_that_is_told_to_stop(self):
        slow = ["histoprep", "-i", "slides", "-o", "tiles", "-w", "256", "-n", "0.875", "--image-format", "jpeg", "-u"]
        held = harness.HeldRun(*slow, cwd=self.folder)
        held.wait_for_bar()
        running = self.report(rc=1).out
        self.assertRegex(running, rf"\| {held.process.pid} \|  \| 0/1 \| still running \| \S+ \| [\d.]+ s ago \|")
        held.send(signal.SIGKILL)
        held.wait_without_reading()

        killed = self.report(rc=1).out
        self.assertRegex(killed, rf"\| {held.process.pid} \|  \| 0/1 \| killed \|")
        self.assertIn("- no process came to its end\n", killed)

        held = harness.HeldRun(*slow, cwd=self.folder)
        held.wait_for_bar()
        held.send(signal.SIGTERM)
        held.go_on()
        self.assertIn("| stopped before its last slide |", self.report(rc=1).out)

    def test_other_options_are_a_doubt(self):
        self.run_here("histoprep", *WORDS, rc=0)
        self.run_here("histoprep", *WORDS, "--overlap", "0.5", "--overwrite", "-j", "1", rc=0)

        result = self.report()

        self.assertIn("- --overlap differs between the processes: 0 (1), 0.5 (1)\n", result.out)
        self.assert_one_line(result.err, r"warning: tile: --overlap differs between the processes")
        self.assertNotIn("--num-workers", result.out)

    def test_a_damaged_record_is_a_warning(self):
        self.run_here("histoprep", *WORDS, rc=0)
        file, _ = self.record()
        with file.open("ab") as record:
            record.write(b"\xff{\n")

        result = self.report()

        self.assert_one_line(result.err, r"warning: .*\.jsonl: line 5 cannot be understood$")

    def test_no_records_are_an_error(self):
        (self.folder / "tiles").mkdir()

        result = self.report(rc=1)

        self.assertEqual(result.out, "")
        self.assert_one_line(result.err, "^histoprep: tiles/runs: no records; ")


if __name__ == "__main__":
    harness.main()
