"""Names that nobody should give, in all places where the programs take names: nothing is written outside the output
folder, and the results are right or refused with a sentence.
"""

import hashlib
import io
import os
import pathlib
import shutil
import tarfile

import harness
from encoder_case import MODEL

# Bytes, since not all of them are text.
ODD = [b"plain", b"new\nline", b"tab\there", b'quo"te', b"apo'strophe", b"com,ma", b"semi;colon", b"$(touch pwned)",
       b" leading", b"trailing ", b"-dash", b"--overwrite", b"back\\slash", b"a..b", b"per%s%n", b"star[*]?",
       b"not-utf8-\xff\xfe\x80", b"\x1b[31mred", b"bell\x07", b"null", b"NaN", b"tiles", "ö€𝄞".encode()]
# The longest that leave room for the extension in 255 bytes.
LONG = b"l" * 250
# What the output folder needs itself, and what is no name.
REFUSED = [b"run.json", b"clustering", b"outliers", b"runs", b"metadata.csv", b".", b".."]


def path_of(folder, name):
    return pathlib.Path(os.fsdecode(os.fsencode(folder) + b"/" + name))


def digest(file):
    return hashlib.sha256(file.read_bytes()).hexdigest()


def contents(folder, without):
    """Every file, link and folder outside of `without`, and what is in it."""
    found = {}
    for path in sorted(pathlib.Path(folder).rglob("*")):
        if path == without or without in path.parents:
            continue
        found[str(path)] = os.readlink(path) if path.is_symlink() else digest(path) if path.is_file() else None
    return found


class HostileNames(harness.Case):
    """Each test runs in sandbox/work/, between files that must stay as they are, and writes to sandbox/work/out."""

    def setUp(self):
        super().setUp()
        self.sandbox = self.folder / "sandbox"
        self.work = self.sandbox / "work"
        self.out = self.work / "out"
        self.work.mkdir(parents=True)
        for name in ["x", "etc", "passwd", "secret.png"]:
            (self.sandbox / name).write_text("not ours\n")
        models = harness.model_folder(self.folder / "models", MODEL)
        self.env = harness.environment(HISTOENCODER_MODELS=str(models))

    def put_slide(self, name):
        target = path_of(self.work, name)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(harness.demo_slide(1024), target)

    def run_inside(self, *words, rc):
        """Runs a command that must change nothing but the output folder, and say each thing on one clean line."""
        before = contents(self.folder, self.out)
        result = harness.run(*words, cwd=self.work, env=self.env)
        after = contents(self.folder, self.out)
        self.assertEqual(result.rc, rc, result)
        self.assertEqual(sorted(after), sorted(before))
        self.assertEqual([name for name in before if after[name] != before[name]], [])
        for line in result.err.splitlines():
            self.assertRegex(line, r"^histo(prep|encoder)( \w+)?: [^\x00-\x1f\x7f]+$")
        self.assertNotIn("internal error", result.err)
        return result

    def tile(self, *more, rc):
        return self.run_inside("histoprep", "-i", "slides", "-o", "out", "--width", "256", "--image-format", "jpeg",
                               *more, rc=rc)

    def extract(self, rc):
        return self.run_inside("histoencoder", "extract", "-i", "out", "-m", MODEL, "--use-cpu", rc=rc)

    def cluster(self, rc):
        return self.run_inside("histoencoder", "cluster", "-i", "out", "-n", "2", "--geojson", rc=rc)

    def folders(self):
        return sorted(os.fsencode(table.parent.name) for table in self.out.glob("*/metadata.csv"))

    def bytes_of(self, name, file):
        return path_of(self.out, name + b"/" + file).read_bytes()

    def assert_all_equal(self, names, file):
        """All slides are one picture under many names."""
        wanted = self.bytes_of(b"plain", file)
        self.assertEqual([name for name in names if self.bytes_of(name, file) != wanted], [])


class Slides(HostileNames):
    def test_with_odd_names_give_the_results_of_the_plain_one_in_all_steps(self):
        names = ODD + [LONG]
        for name in names:
            self.put_slide(b"slides/" + name + b".tiff")

        self.tile("--metrics", rc=0)
        self.assertEqual(self.folders(), sorted(names))
        self.assert_all_equal(names, b"metadata.csv")
        self.extract(rc=0)
        self.cluster(rc=0)
        self.assert_all_equal(names, b"clusters.csv")
        self.assert_all_equal(names, b"clusters_k2.geojson")
        again = self.tile("--metrics", rc=0)
        self.assertIn(f"0 done, {len(names)} skipped", again.err)

        converted = self.run_inside("histoencoder", "convert", "-i", "out", "-o", "out/converted", "--to", "npy", rc=1)
        self.assert_one_line(converted.err, r"failed: .*l{250}[.]\S*npy: the name is too long; rename the slide's folder")
        plain = self.bytes_of(b"converted", b"plain.npy")
        for name in ODD:
            self.assertEqual(self.bytes_of(b"converted", name + b".npy"), plain)
        self.run_inside("histoencoder", "convert", "-i", "out/converted", "-o", "out/back", "--from", "npy", rc=0)
        self.assertEqual(sorted(os.listdir(os.fsencode(self.out / "back"))), sorted(ODD + [b"run.json", b"runs"]))

    def test_whose_names_the_output_folder_needs_are_refused_one_by_one(self):
        for name in [b"plain"] + REFUSED:
            self.put_slide(b"slides/" + name + b".tiff")
        # A folder leaves out files that begin with a dot; a pattern that names them does not.
        result = self.run_inside("histoprep", "-i", "slides/*", "slides/.*.tiff", "-o", "out", "--width", "256",
                                 rc=1)
        self.assertIn(f"1 done, 0 skipped, {len(REFUSED)} failed", result.err)
        for name in REFUSED:
            self.assert_one_line(result.err, rf"failed: slides/{name.decode().replace('.', '[.]')}[.]tiff: "
                                             r".*rename the slide")
        self.assertEqual(self.folders(), [b"plain"])

    def test_in_folders_with_odd_names_keep_them_before_their_own(self):
        folders = [b"plain", b"new\nline", b"com,ma", b"-dash", b"\xff", b"a..", b"x" * 200]
        for folder in folders:
            self.put_slide(b"slides/" + folder + b"/s.tiff")
        self.run_inside("histoprep", "-i", "slides/*/../*/s.tiff", "-o", "out", "--width", "256", "--keep-parent", rc=0)
        self.assertEqual(self.folders(), sorted(folder + b"_s" for folder in folders))

    def test_whose_folder_would_have_too_long_a_name_fail_alone(self):
        self.put_slide(b"slides/plain/s.tiff")
        self.put_slide(b"slides/" + b"x" * 200 + b"/" + b"y" * 100 + b".tiff")
        result = self.run_inside("histoprep", "-i", "slides/*/*.tiff", "-o", "out", "--width", "256", "--keep-parent",
                                 rc=1)
        self.assertIn("1 done, 0 skipped, 1 failed", result.err)
        self.assert_one_line(result.err, r"failed: .*would have 301 bytes, .*; rename the slide")

    def test_too_long_for_their_regions_file_fail_alone(self):
        self.put_slide(b"slides/plain.tiff")
        self.put_slide(b"slides/" + LONG + b".tiff")
        rois = self.work / "rois"
        rois.mkdir()
        square = "[[[0,0],[1000,0],[1000,1000],[0,1000]]]"
        # A class whose name leads elsewhere is only compared.
        name = "../../x\\n\\\"'"
        (rois / "plain.geojson").write_text(
            '{"type":"Feature","properties":{"classification":{"name":"%s"}},'
            '"geometry":{"type":"Polygon","coordinates":%s}}' % (name, square))
        result = self.tile("--rois", "rois", "--roi-labels", "../../x\n\"'", rc=1)
        self.assertIn("1 done, 0 skipped, 1 failed", result.err)
        self.assertEqual(self.folders(), [b"plain"])


class Entries(HostileNames):
    """Of tables and tars in the output folder."""

    def setUp(self):
        super().setUp()
        self.put_slide(b"slides/plain.tiff")
        self.tile(rc=0)
        self.table = self.out / "plain" / "metadata.csv"
        self.rows = self.table.read_text().splitlines()

    def with_path(self, path):
        """The table with this path for its first tile."""
        fields = self.rows[1].split(",")
        quoted = '"' + path.replace('"', '""') + '"'
        self.table.write_text("\n".join([self.rows[0], ",".join(fields[:4] + [quoted]), *self.rows[2:]]) + "\n")

    def test_with_paths_out_of_the_folder_are_refused(self):
        for path in ["../../../secret.png", "tiles/../../../../etc", "..", "./../plain/tiles/x"]:
            self.with_path(path)
            self.assertIn("leads out of the slide's folder", self.extract(rc=1).err)
            self.assertFalse((self.out / "plain" / "features.h5").exists())

    def test_with_absolute_and_odd_paths_are_read_or_named_and_never_written(self):
        for path in [str(self.sandbox / "secret.png"), "/etc/passwd", "/dev/null", "-", "tiles/new\nline.png", "tiles",
                     "tiles/" + "n" * 255, "p" * 5000, "tiles.tar/../../x", "~/x", "\x1b[2J"]:
            self.with_path(path)
            self.extract(rc=1)
            self.assertFalse((self.out / "plain" / "features.h5").exists())

    def test_of_a_tar_that_lead_elsewhere_are_refused(self):
        shutil.rmtree(self.out)
        self.tile("--save", "tar", rc=0)
        tar = self.out / "plain" / "tiles.tar"
        (self.out / "plain" / "tiles.tar.index.csv").unlink()
        for name in ["../../../x", "/etc/x", "..", "tiles/../../x", "x0_y0_w256_h256.png/../../x", "-x"]:
            with tarfile.open(tar, "w", format=tarfile.USTAR_FORMAT) as made:
                member = tarfile.TarInfo(name)
                member.size = 4
                made.addfile(member, io.BytesIO(b"evil"))
            self.assertIn("is no tile of histoprep", self.extract(rc=1).err)

    def test_of_an_index_that_lead_elsewhere_are_refused(self):
        shutil.rmtree(self.out)
        self.tile("--save", "tar", rc=0)
        (self.out / "plain" / "tiles.tar.index.csv").write_text("name,offset,size\n../../x,512,4\n")
        self.assertIn("is no tile of histoprep", self.extract(rc=1).err)

    def test_that_are_links_out_of_the_folder_cost_nothing_that_lies_there(self):
        elsewhere = self.sandbox / "elsewhere"
        elsewhere.mkdir()
        for tile in (self.out / "plain" / "tiles").iterdir():
            tile.rename(elsewhere / tile.name)
        (self.out / "plain" / "tiles").rmdir()
        (self.out / "plain" / "tiles").symlink_to(elsewhere)
        thumbnail = self.out / "plain" / "thumbnail.jpeg"
        thumbnail.rename(elsewhere / thumbnail.name)
        thumbnail.symlink_to(elsewhere / thumbnail.name)

        before = contents(self.folder, self.out)
        result = harness.run("histoprep", "-i", "slides", "-o", "out", "--width", "128", "--overwrite", cwd=self.work)

        # New tiles may go where the link leads: whoever has put it there wants them there.
        after = contents(self.folder, self.out)
        self.assertEqual([name for name in before if after.get(name) != before[name]], [])
        self.assertIn(result.rc, [0, 1], result)

    def test_of_clusters_that_are_no_labels_are_refused(self):
        self.extract(rc=0)
        self.cluster(rc=0)
        labels = self.out / "plain" / "clusters.csv"
        text = labels.read_text()
        for label in ["../../x", "", "-1", "99999999999999999999", "1\n../x"]:
            labels.write_text(text.replace("n_clusters=2\n", "n_clusters=2\n0,0,8,8,a.png,\"" + label + "\"\n"))
            result = harness.run("histoencoder", "cluster", "-i", "out", "-n", "2", "--overlays", "all", "--geojson",
                                 cwd=self.work, env=self.env)
            self.assertIn(result.rc, [0, 1], result)
            self.assertNotIn("internal error", result.err)
        self.cluster_again_from_nothing(labels)

    def cluster_again_from_nothing(self, labels):
        self.run_inside("histoencoder", "cluster", "-i", "out", "-n", "2", "--geojson", "--overwrite", rc=0)
        self.assertNotIn("..", labels.read_text())


if __name__ == "__main__":
    harness.main()
