#include <algorithm>
#include <set>
#include <string>
#include <system_error>
#include <vector>

#include "histo/error.hpp"
#include "histo/model_card.hpp"

#include "core/files.hpp"
#include "encoder/json_object.hpp"
#include "encoder/model_file.hpp"

namespace histo {

namespace {

using Folders = std::vector<std::filesystem::path>;

// NAME.json files of a folder, by name. A folder that cannot be read holds none.
std::vector<std::filesystem::path> cards_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> cards;
  std::error_code failure;
  std::filesystem::directory_iterator entry(folder, failure);
  for (; !failure && entry != std::filesystem::directory_iterator(); entry.increment(failure)) {
    const std::filesystem::path& path = entry->path();
    if (path.extension() == ".json") cards.push_back(path);
  }
  std::sort(cards.begin(), cards.end());
  return cards;
}

// Every card below `sub` of the folders, of one name only the first.
std::vector<std::filesystem::path> cards_in(const Folders& folders,
                                            const std::filesystem::path& sub) {
  std::vector<std::filesystem::path> cards;
  std::set<std::string> names;
  for (const std::filesystem::path& folder : folders) {
    for (const std::filesystem::path& card : cards_in(folder / sub)) {
      if (names.insert(card.stem().string()).second) cards.push_back(card);
    }
  }
  return cards;
}

std::string lower_case(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

// The card of this name in whatever case; empty where there is none.
std::filesystem::path named(const std::vector<std::filesystem::path>& cards,
                            const std::string& name) {
  const auto found =
      std::find_if(cards.begin(), cards.end(), [&name](const std::filesystem::path& card) {
        return lower_case(card.stem().string()) == lower_case(name);
      });
  return found == cards.end() ? std::filesystem::path() : *found;
}

PublishedModel read_published(const std::filesystem::path& json_file) {
  JsonObject root = JsonObject::parse(read_text(json_file, ErrorKind::model), json_file.string());
  PublishedModel model;
  model.name = root.text("name");
  if (model.name != json_file.stem()) {
    root.fail("name", "must be the file's, \"" + json_file.stem().string() + "\", got \"" +
                          model.name + "\"");
  }
  model.title = root.text("title");
  model.weights = root.text("weights");
  for (const char* key : {"schema", "kind", "licence", "note", "sources", "unstated", "input",
                          "tile", "outputs", "precision"}) {
    root.skip(key);
  }
  if (root.has("recipe")) {
    JsonObject recipe = root.object("recipe");
    if (recipe.has("none")) model.no_recipe = recipe.text("none");
  }
  root.finish();
  return model;
}

// HistoEncoder's own models have no card among the published ones: their weights are its authors'.
bool is_histoencoder_name(const std::string& name) {
  return name == "prostate_small" || name == "prostate_medium";
}

// What to do for a model of this name.
std::string next_step(const std::string& name, const Folders& folders) {
  const std::filesystem::path other_case = named(cards_in(folders, ""), name);
  if (!other_case.empty()) return other_case.stem().string() + " is there: give the name so";

  const std::string output = " --output " + (folders.empty() ? "FOLDER" : folders.front().string());
  const std::string lower = lower_case(name);
  if (is_histoencoder_name(lower)) {
    return "its weights come from HistoEncoder's authors: with them run models/export.py "
           "histoencoder " +
           lower + " --weights FILE" + output;
  }
  const std::filesystem::path published = named(cards_in(folders, "published"), name);
  if (published.empty()) return "export one there with models/export.py";
  const PublishedModel model = read_published(published);
  if (!model.no_recipe.empty()) {
    return "it is " + model.title + ", and its weights come from " + model.weights +
           "; models/export.py cannot build it (" + model.no_recipe +
           "): trace it yourself and write the card by docs/models.md, with the values of " +
           published.string();
  }
  return "it is " + model.title + ", and its weights come from " + model.weights +
         ": with them run models/export.py published " + model.name + " --weights FOLDER" + output;
}

[[noreturn]] void fail_unknown(const std::string& name, const Folders& folders) {
  std::string places;
  for (const std::filesystem::path& folder : folders) {
    places += (places.empty() ? "" : ", ") + folder.string();
  }
  if (places.empty()) places = "any folder, since none was given";
  throw Error(ErrorKind::model, "model " + name + ": no " + name + ".json in " + places + "; " +
                                    next_step(name, folders));
}

ModelCard card_of_file(const std::filesystem::path& path) {
  std::filesystem::path json = path;
  if (path.extension() == ".pt2") throw exported_program_error(path);
  if (path.extension() == ".pt") {
    json.replace_extension(".json");
    if (std::filesystem::exists(path) && !std::filesystem::exists(json)) {
      throw Error(ErrorKind::model, path.string() + ": has no card " + json.string() +
                                        " beside it; docs/models.md says what it holds, and "
                                        "models/export.py makes both files");
    }
  } else if (path.extension() != ".json") {
    json += ".json";
  }
  if (!std::filesystem::exists(json)) {
    throw Error(ErrorKind::model, path.string() +
                                      ": is not there; give the path of a model's .pt "
                                      "or .json file, or one of the names that "
                                      "histoencoder models lists");
  }
  return read_model_card(json);
}

}  // namespace

ModelCard find_model(const std::string& name_or_path, const Folders& folders) {
  const std::filesystem::path path = name_or_path;
  const std::string extension = path.extension().string();
  if (path.has_parent_path() || extension == ".pt" || extension == ".pt2" || extension == ".json") {
    return card_of_file(path);
  }
  for (const std::filesystem::path& folder : folders) {
    const std::filesystem::path json = folder / (name_or_path + ".json");
    if (std::filesystem::exists(json)) return read_model_card(json);
  }
  fail_unknown(name_or_path, folders);
}

std::vector<InstalledModel> list_models(const Folders& folders) {
  std::vector<InstalledModel> models;
  for (const std::filesystem::path& json : cards_in(folders, "")) {
    InstalledModel model;
    model.name = json.stem().string();
    model.json = json;
    try {
      model.card = read_model_card(json);
    } catch (const Error& error) {  // a list names what is wrong with one and goes on
      model.problem = error.what();
    }
    models.push_back(model);
  }
  return models;
}

std::vector<PublishedModel> published_models(const Folders& folders) {
  std::vector<PublishedModel> models;
  for (const std::filesystem::path& json : cards_in(folders, "published")) {
    models.push_back(read_published(json));
  }
  const auto by_name = [](const PublishedModel& a, const PublishedModel& b) {
    return a.name < b.name;
  };
  std::sort(models.begin(), models.end(), by_name);
  return models;
}

}  // namespace histo
