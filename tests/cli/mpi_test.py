"""Several processes as one team: what the ranks tell each other, and how they end."""

import re
import signal
import subprocess

import harness


def own_lines(text):
    """Without what mpirun says of its own when a run fails."""
    return [line for line in text.splitlines() if line.startswith("team_check: ")]


@harness.needs_mpi()
class Together(harness.Case):
    def check(self, ranks, act, rc=0):
        result = harness.mpirun(ranks, "team_check", act, cwd=self.folder)
        self.assertEqual(result.rc, rc, result)
        return result

    def assert_every_rank_says(self, ranks, act, what):
        result = self.check(ranks, act)
        said = [f"rank {rank} of {ranks}: {what}" for rank in range(ranks)]
        self.assertEqual(sorted(result.out.splitlines()), said)
        self.assertEqual(own_lines(result.err), [])

    def test_sums_and_texts_of_all_ranks_reach_all_ranks(self):
        for ranks in (1, 2, 4):
            self.assert_every_rank_says(ranks, "sums", "sums and texts are right")

    def test_what_mpi_cannot_count_goes_in_pieces(self):
        for ranks in (1, 2, 4):
            self.assert_every_rank_says(ranks, "pieces", "sums and texts are right")

    def test_a_yes_of_one_rank_is_heard_by_all(self):
        for ranks in (1, 2, 4):
            self.assert_every_rank_says(ranks, "any", "any is right")

    def test_an_error_of_one_rank_ends_all_and_is_told_once(self):
        for ranks in (1, 2, 4):
            result = self.check(ranks, "fail_on_last", rc=1)
            self.assertEqual(own_lines(result.err), ["team_check: the last rank's file is bad"])

    def test_an_error_of_all_ranks_is_told_once_by_the_first(self):
        result = self.check(4, "fail_on_all", rc=2)
        self.assertEqual(own_lines(result.err), ["team_check: rank 0 sees a bad option"])
        self.assertEqual(result.err.count("Run with --help for more information."), 1)

    def test_an_exception_that_is_no_error_of_ours_ends_all_too(self):
        result = self.check(4, "fail_strangely", rc=1)
        self.assertEqual(own_lines(result.err), ["team_check: out of memory; fewer --num-workers need less"])

    def test_an_error_after_the_other_ranks_are_done_ends_all(self):
        result = self.check(4, "fail_after_the_others", rc=1)
        self.assertEqual(own_lines(result.err), ["team_check: the disk is full"])

    def test_nobody_waits_long_for_ranks_that_are_busy(self):
        result = self.check(4, "fail_while_others_work", rc=1)  # for an hour
        self.assertEqual(own_lines(result.err), ["team_check: the last rank's file is bad"])

    def test_a_rank_that_leaves_without_a_word_ends_all(self):
        self.assertNotEqual(harness.mpirun(4, "team_check", "desert", cwd=self.folder).rc, 0)

    def test_ranks_that_do_different_things_are_found_out(self):
        result = self.check(4, "differ", rc=1)
        self.assertEqual(own_lines(result.err), ["team_check: the ranks of the team make different calls"])

    def test_the_exit_code_of_one_rank_is_that_of_all(self):
        self.check(4, "code_on_last", rc=75)

    def test_ranks_on_one_machine_share_its_processors(self):
        def threads(ranks, **more):
            env = harness.environment(OMPI_MCA_hwloc_base_binding_policy="none", **more)
            result = harness.mpirun(ranks, "team_check", "threads", cwd=self.folder, env=env)
            self.assertEqual(result.rc, 0, result)
            line = rf"^rank \d of {ranks}: (\d+) threads, asked for 3: 3, ranks here: {ranks}$"
            numbers = re.findall(line, result.out, re.M)
            self.assertEqual(len(numbers), ranks, result)
            self.assertEqual(len(set(numbers)), 1, result)
            return int(numbers[0])

        alone = threads(1)
        self.assertEqual(threads(2), max(1, alone // 2))
        self.assertEqual(threads(2, SLURM_CPUS_PER_TASK=str(alone)), alone)

    def stopped_by(self, number):
        process = subprocess.Popen(harness.mpirun_words(4, "team_check", "stop"), cwd=self.folder,
                                   env=harness.environment_of_mpi(), stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        waiting = [process.stdout.readline() for _ in range(4)]
        self.assertEqual(sorted(waiting), [f"rank {rank} of 4: waits\n" for rank in range(4)])
        process.send_signal(number)
        rest = process.communicate(timeout=harness.LIMIT)[0]
        self.assertEqual(sorted(rest.splitlines()), [f"rank {rank} of 4: stops" for rank in range(4)])
        return process.returncode

    def test_a_signal_that_mpirun_passes_on_stops_all_ranks(self):
        self.assertEqual(self.stopped_by(signal.SIGUSR1), 75)


class Alone(harness.Case):
    """Processes that look like several and cannot be joined: each would do the whole job."""

    def test_tasks_of_srun_without_mpi_are_refused(self):
        env = harness.environment(SLURM_STEP_NUM_TASKS="4")
        result = harness.run("team_check", "sums", cwd=self.folder, env=env)
        self.assertEqual((result.rc, result.out), (2, ""))
        self.assertEqual(own_lines(result.err), [
            "team_check: was started as one of 4 processes, each of which would do the whole job: "
            "give srun --mpi=pmix, so that they share it, or --ntasks=1"])

    def test_processes_that_mpi_does_not_see_are_refused(self):
        env = harness.environment_of_mpi(harness.environment(PMI_SIZE="3"))
        result = harness.run("team_check", "sums", cwd=self.folder, env=env)
        self.assertEqual((result.rc, result.out), (2, ""))
        self.assertRegex(own_lines(result.err)[0],
                         "^team_check: was started as one of 3 processes, each of which would do the whole job: "
                         r"MPI sees 1; start them with the mpirun of \S+.*, or with srun --mpi=pmix$")

    def test_one_process_needs_no_mpi(self):
        for env in ({}, {"OMPI_COMM_WORLD_SIZE": "1"}, {"SLURM_STEP_NUM_TASKS": "1"}, {"SLURM_NTASKS": "8"}):
            result = harness.run("team_check", "sums", cwd=self.folder, env=harness.environment(**env))
            self.assertEqual(result, (0, "rank 0 of 1: sums and texts are right\n", ""))
        loaded, _ = harness.libraries_loaded_by("team_check", "sums", cwd=self.folder)
        self.assertEqual([name for name in loaded if "mpi" in name], [])


if __name__ == "__main__":
    harness.main()
