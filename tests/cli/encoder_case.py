"""What the tests of extract and cluster share: two slides that are cut already, and a model to try."""

import atexit
import functools
import pathlib
import shutil
import tempfile

import harness

MODEL = "prostate_medium"


def _must(*words, cwd, env):
    result = harness.run(*words, cwd=cwd, env=env)
    if result.rc != 0:
        raise AssertionError(result)


@functools.lru_cache(maxsize=None)
def prepared(width, extracted):
    """A folder with slides/, tiles/ and models/, made once for all tests of a file."""
    place = pathlib.Path(tempfile.mkdtemp(prefix="histo-cli-"))
    atexit.register(shutil.rmtree, place)
    env = harness.environment(HISTOENCODER_MODELS=str(harness.model_folder(place / "models", MODEL)))
    for name, seed in (("a", 1), ("b", 2)):
        harness.copy_slide(place / "slides" / (name + ".tiff"), 1024, seed)
    _must("histoprep", "-i", "slides", "-o", "tiles", "--width", width, "--image-format", "jpeg", cwd=place, env=env)
    if extracted:
        _must("histoencoder", "extract", "-i", "tiles", "-m", MODEL, "--use-cpu", cwd=place, env=env)
    return place


class EncoderCase(harness.Case):
    """Each test has a copy of `tiles/` with the slides a and b in its folder, and the model in the environment."""

    width = 256
    extracted = False  # whether tiles/ has features too

    def setUp(self):
        super().setUp()
        self.prepared = prepared(self.width, self.extracted)
        self.models = self.prepared / "models"
        harness.copy_tree(self.prepared / "tiles", self.folder / "tiles")
        self.tiles = {name: len(list((self.folder / "tiles" / name / "tiles").iterdir())) for name in ("a", "b")}

    def with_models(self, **changes):
        return harness.environment(HISTOENCODER_MODELS=str(self.models), **changes)

    def plan(self, *words, rc):
        result = harness.run("histoencoder", *words, "--dry-run", cwd=self.folder, env=self.with_models())
        self.assertEqual((result.rc, result.err), (rc, ""))
        rows = [line.split("\t") for line in result.out.splitlines()]
        self.assertEqual(rows[0], ["slide", "action", "reason"])
        return {slide: (action, reason) for slide, action, reason in rows[1:]}

    def leftovers(self):
        return [name for name in harness.names_below(self.folder) if name.endswith(".part")]
