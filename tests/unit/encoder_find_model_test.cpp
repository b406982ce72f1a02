#include <filesystem>
#include <string>
#include <vector>

#include "histo/model_card.hpp"

#include "support/catch.hpp"
#include "unit/encoder_fixture.hpp"

using histo::ErrorKind;
using histo::ModelCard;
using histo::test::CardText;
using histo::test::contains;
using histo::test::error_of;
using histo::test::TempFolder;
using histo::test::write_text;

namespace {

// The sentence with which a name is refused that has no model.
std::string unknown(const std::string& name, const std::vector<std::filesystem::path>& folders) {
  const auto error = error_of([&] { histo::find_model(name, folders); });
  if (!error) return "found";
  CHECK(error->kind() == ErrorKind::model);
  return error->what();
}

// FOLDER/published/NAME.json with all of its keys.
void publish(const std::filesystem::path& folder, const std::string& name, const std::string& title,
             const std::string& recipe = "{}") {
  std::filesystem::create_directories(folder / "published");
  write_text(folder / "published" / (name + ".json"),
             R"({"schema": 1, "name": ")" + name + R"(", "kind": "tile", "title": ")" + title +
                 R"(", "weights": "a page, after asking", "licence": "a licence", "note": "a note",
                     "sources": {}, "unstated": [], "input": {}, "tile": {}, "outputs": {},
                     "precision": {}, "recipe": )" +
                 recipe + "}");
}

}  // namespace

TEST_CASE("encoder: a model is found by its name in the first folder that has it") {
  const TempFolder folder;
  for (const char* sub : {"a", "b", "c"}) std::filesystem::create_directory(folder.path() / sub);
  histo::test::made_model(folder.path() / "b", "first");
  histo::test::made_model(folder.path() / "c", "second");

  const ModelCard card =
      histo::find_model("made", {folder.path() / "a", folder.path() / "b", folder.path() / "c"});

  CHECK(card.torchscript == folder.path() / "b/made.pt");
}

TEST_CASE("encoder: a model is found by either of its files or by their path without an ending") {
  const TempFolder folder;
  histo::test::made_model(folder.path(), "bytes");

  for (const char* file : {"made.pt", "made.json", "made"}) {
    CHECK(histo::find_model((folder.path() / file).string(), {}).name == "made");
  }
}

TEST_CASE("encoder: an unknown model's name is refused with the folders and what to do") {
  CHECK(unknown("uni", {"here", "/nowhere/models"}) ==
        "model uni: no uni.json in here, /nowhere/models; export one there with "
        "models/export.py");
  CHECK(unknown("uni", {}) ==
        "model uni: no uni.json in any folder, since none was given; export one there with "
        "models/export.py");
}

TEST_CASE("encoder: HistoEncoder's own names say where their weights come from") {
  const std::string step =
      "; its weights come from HistoEncoder's authors: with them run models/export.py "
      "histoencoder ";

  CHECK(unknown("prostate_small", {}) ==
        "model prostate_small: no prostate_small.json in any folder, since none was given" + step +
            "prostate_small --weights FILE --output FOLDER");
  CHECK(unknown("prostate_medium", {"here"}) ==
        "model prostate_medium: no prostate_medium.json in here" + step +
            "prostate_medium --weights FILE --output here");
}

TEST_CASE("encoder: a published model's name, in any case, says where its weights are") {
  const TempFolder folder;
  const std::filesystem::path there = folder.path() / "there";
  publish(there, "uni", "UNI (Mahmood Lab, 2024)");

  for (const char* name : {"uni", "UNI", "Uni"}) {
    CHECK(unknown(name, {"here", there}) ==
          std::string("model ") + name + ": no " + name + ".json in here, " + there.string() +
              "; it is UNI (Mahmood Lab, 2024), and its weights come from a page, after asking: "
              "with them run models/export.py published uni --weights FOLDER --output here");
  }
}

TEST_CASE("encoder: a published model that nobody can export says so, and not how to") {
  const TempFolder folder;
  publish(folder.path(), "odd", "Odd (2024)", R"({"none": "it has code of its own"})");

  const std::string sentence = unknown("odd", {folder.path()});
  CHECK(contains(sentence, "models/export.py cannot build it (it has code of its own): trace it"));
  CHECK_FALSE(contains(sentence, "export.py published"));
}

TEST_CASE("encoder: a model that is there in another case is named") {
  const TempFolder folder;
  histo::test::made_model(folder.path(), "bytes");

  CHECK(unknown("MADE", {folder.path()}) == "model MADE: no MADE.json in " +
                                                folder.path().string() +
                                                "; made is there: give the name so");
}

TEST_CASE("encoder: a .pt file without a card is refused with the card's name") {
  const TempFolder folder;
  write_text(folder.path() / "lone.pt", "bytes");

  const auto error = error_of([&] { histo::find_model((folder.path() / "lone.pt").string(), {}); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::model);
  CHECK(contains(error->what(), "lone.pt: has no card "));
  CHECK(contains(error->what(),
                 "lone.json beside it; docs/models.md says what it holds, and "
                 "models/export.py makes both files"));
}

TEST_CASE("encoder: a model's path that leads nowhere is refused as it was given") {
  for (const char* path : {"/nowhere/made.pt", "/nowhere/made.json", "/nowhere/made", "made.pt"}) {
    CHECK(unknown(path, {}) == std::string(path) +
                                   ": is not there; give the path of a model's .pt or .json file, "
                                   "or one of the names that histoencoder models lists");
  }
}

TEST_CASE("encoder: the list of models has each name once, from the first folder that has it") {
  const TempFolder folder;
  for (const char* sub : {"a", "b"}) std::filesystem::create_directory(folder.path() / sub);
  const auto add = [&](const char* sub, const char* name) {
    CardText card;
    card.name = name;
    histo::test::made_model(folder.path() / sub, sub, card);
  };
  add("a", "two");
  add("a", "one");
  add("b", "one");
  add("b", "three");
  write_text(folder.path() / "b/notes.txt", "");

  const std::vector<histo::InstalledModel> models =
      histo::list_models({folder.path() / "a", folder.path() / "none", folder.path() / "b"});

  REQUIRE(models.size() == 3);
  CHECK(models[0].name == "one");
  CHECK(models[0].json == folder.path() / "a/one.json");
  CHECK(models[1].name == "two");
  CHECK(models[2].name == "three");
  for (const histo::InstalledModel& model : models) {
    REQUIRE(model.card);
    CHECK(model.card->name == model.name);
    CHECK(model.problem.empty());
  }
}

TEST_CASE("encoder: the list of models says what is wrong with a card and goes on") {
  const TempFolder folder;
  write_text(folder.path() / "broken.json", "{}");
  histo::test::made_model(folder.path(), "bytes");

  const std::vector<histo::InstalledModel> models = histo::list_models({folder.path()});

  REQUIRE(models.size() == 2);
  CHECK(models[0].name == "broken");
  CHECK_FALSE(models[0].card);
  CHECK(contains(models[0].problem, R"(broken.json: key "schema" is missing)"));
  CHECK(models[1].card);
}

TEST_CASE("encoder: the published models of all folders are listed by name") {
  const TempFolder folder;
  publish(folder.path() / "a", "virchow", "Virchow");
  publish(folder.path() / "b", "virchow", "another");
  publish(folder.path() / "b", "uni", "UNI");

  const std::vector<histo::PublishedModel> models =
      histo::published_models({folder.path() / "a", folder.path() / "b", folder.path() / "c"});

  REQUIRE(models.size() == 2);
  CHECK(models[0].name == "uni");
  CHECK(models[0].weights == "a page, after asking");
  CHECK(models[1].name == "virchow");
  CHECK(models[1].title == "Virchow");
}

TEST_CASE("encoder: a published model's file that is wrong is refused by the key's name") {
  const auto refused = [](const std::string& text) {
    const TempFolder folder;
    std::filesystem::create_directories(folder.path() / "published");
    write_text(folder.path() / "published/uni.json", text);
    const auto error = error_of([&] { histo::published_models({folder.path()}); });
    if (!error) return std::string("accepted");
    CHECK(error->kind() == ErrorKind::model);
    CHECK(contains(error->what(), "published/uni.json: "));
    return std::string(error->what());
  };

  CHECK(contains(refused(R"({"name": "uni", "title": "UNI"})"), R"(key "weights" is missing)"));
  CHECK(contains(refused(R"({"name": "uni", "title": "UNI", "weights": "x", "colour": 1})"),
                 R"(key "colour" is not known here)"));
  CHECK(contains(refused(R"({"name": "UNI", "title": "UNI", "weights": "x"})"),
                 R"(key "name" must be the file's, "uni", got "UNI")"));
  CHECK(contains(refused("[]"), "must hold one JSON object; docs/models.md lists the keys"));
}
