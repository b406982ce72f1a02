"""The three published commands, letter by letter, after an installation into a folder that was moved since."""

import csv
import os
import subprocess
import sys

import harness

COMMANDS = ["HistoPrep -i 'slides/*.tiff' -o tiles/ --width 512",
            "HistoEncoder extract -i tiles/ -m prostate_medium",
            "HistoEncoder cluster -i tiles/ -n 8 16 32 64 128"]


class Installed(harness.Case):
    def setUp(self):
        super().setUp()
        installed = subprocess.run(["cmake", "--install", str(harness.BUILD), "--prefix", str(self.folder / "first")],
                                   capture_output=True, text=True, check=False)
        self.assertEqual(installed.returncode, 0, installed.stderr)
        (self.folder / "first").rename(self.folder / "moved")
        self.prefix = self.folder / "moved"
        self.place = self.folder / "place"
        self.place.mkdir()

    def shell(self, command, **env):
        path = f"{self.prefix / 'bin'}:{os.environ['PATH']}"
        return harness.run("sh", "-c", command, cwd=self.place, env=harness.environment(PATH=path, **env))

    def test_the_published_commands_go_from_a_slide_to_clusters(self):
        harness.copy_slide(self.place / "slides" / "slide.tiff", 6144)
        models = str(harness.model_folder(self.folder / "models"))

        for command in COMMANDS:
            result = self.shell(command, HISTOENCODER_MODELS=models)
            self.assertEqual((result.rc, result.out), (0, ""), result)

        with open(self.place / "tiles/slide/clusters.csv", newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(len(rows), len(list((self.place / "tiles/slide/tiles").iterdir())))
        for k in (8, 16, 32, 64, 128):
            self.assertEqual({int(row[f"n_clusters={k}"]) for row in rows}, set(range(k)))
            self.assertTrue((self.place / f"tiles/clustering/contact_sheet_k{k}.jpeg").exists())

    def test_installed_models_are_found_without_further_options(self):
        harness.copy_slide(self.place / "slides" / "slide.tiff", 1024)
        self.assertEqual(self.shell(COMMANDS[0]).rc, 0)

        result = self.shell("histoencoder extract -i tiles -m random_vit_tiny --use-cpu")

        self.assertEqual(result.rc, 0, result)
        self.assertTrue((self.place / "tiles/slide/features.h5").exists())

    def test_man_pages_and_completions_are_installed(self):
        for file in ("share/man/man1/histoprep.1", "share/man/man1/histoprep-outliers.1",
                     "share/man/man1/histoencoder.1", "share/man/man1/histoencoder-extract.1",
                     "share/man/man1/histoencoder-cluster.1",
                     "share/bash-completion/completions/histoprep", "share/bash-completion/completions/HistoPrep",
                     "share/bash-completion/completions/histoencoder",
                     "share/bash-completion/completions/HistoEncoder",
                     "share/zsh/site-functions/_histoprep", "share/zsh/site-functions/_histoencoder"):
            with self.subTest(file=file):
                self.assertTrue((self.prefix / file).exists())


if __name__ == "__main__":
    if not (harness.SOURCE / "models" / "random_vit_tiny.pt").exists():
        sys.exit("models/random_vit_tiny.pt is missing from the source tree")
    harness.main()
