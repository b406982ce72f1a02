"""Slides that cannot be cut, all in one run with one that can."""

import re

import harness

GOOD = "slides/cmu-1-small-region.svs"

# Each one's sentence: what it is, or what reading it said.
FAILING = {
    "RGB-8bit.czi": r"a Zeiss CZI file, which OpenSlide [\d.]+ does not read$",
    "boxes.tiff": r"300 x 250 pixels, less than one tile of 512 x 512$",
    "broken.svs": r"neither a slide that OpenSlide knows nor a PNG, JPEG or TIFF image$",
    "small.svs": r"16 x 16 pixels, less than one tile of 512 x 512$",
    "small_dicom.dcm": r"a DICOM file, which OpenSlide [\d.]+ does not read$",
    "unopenable.tiff": r"Unsupported TIFF compression",
    "unreadable.svs": r"Bogus marker length",
}


@harness.needs_shared("data/slides/bad")
class BadSlides(harness.Case):
    def setUp(self):
        super().setUp()
        self.result = harness.run("histoprep", "-i", harness.SHARED / "data/slides/bad", harness.SHARED / "data" / GOOD,
                                  "-o", "tiles", "--width", "512", cwd=self.folder)

    def test_stop_no_other_slide_and_each_is_named_with_its_cause(self):
        result = self.result

        self.assertEqual((result.rc, result.out), (1, ""))
        self.assertTrue((self.folder / "tiles/cmu-1-small-region/metadata.csv").exists())
        self.assertEqual(len(list((self.folder / "tiles/cmu-1-small-region/tiles").iterdir())), 13)
        for name, cause in FAILING.items():
            # Once when it happens, and once in the last lines.
            self.assert_one_line(result.err, rf"^histoprep: \S*/{re.escape(name)}: .*{cause}")
            self.assert_one_line(result.err, rf"^histoprep: failed: \S*/{re.escape(name)}: .*{cause}")
            self.assertFalse((self.folder / "tiles" / name.rsplit(".", 1)[0]).exists(), name)
        self.assertIn(f"2 done, 0 skipped, {len(FAILING)} failed", result.err)

    def test_a_plain_image_that_is_nearly_blank_is_done_with_a_warning(self):
        self.assert_one_line(self.result.err,
                             r"warning: \S*/kidney-48-5\.tif: no tile has enough tissue \(0\.\d % of the slide")
        table = (self.folder / "tiles/kidney-48-5/metadata.csv").read_text()
        self.assertEqual(table, "x,y,w,h,path\n")

    def test_a_second_run_tries_again_what_failed_and_nothing_else(self):
        again = harness.run("histoprep", "-i", harness.SHARED / "data/slides/bad", harness.SHARED / "data" / GOOD, "-o",
                            "tiles", "--width", "512", cwd=self.folder)

        self.assertEqual(again.rc, 1)
        self.assertIn(f"0 done, 2 skipped, {len(FAILING)} failed", again.err)

    def test_the_diary_has_each_of_them(self):
        outcomes = {slide["slide"].rsplit("/", 1)[1]: slide["outcome"]
                    for slide in harness.last_run(self.folder / "tiles")["slides"]}
        wanted = {name: "failed" for name in FAILING}
        wanted.update({"kidney-48-5.tif": "done", "cmu-1-small-region.svs": "done"})
        self.assertEqual(outcomes, wanted)


if __name__ == "__main__":
    harness.main()
