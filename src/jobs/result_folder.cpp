#include "jobs/result_folder.hpp"

#include <algorithm>
#include <system_error>

#include "histo/codec.hpp"
#include "histo/error.hpp"
#include "histo/version.hpp"

#include "core/files.hpp"
#include "store/layout.hpp"

namespace histo {

namespace {

constexpr const char* mark = "summary.json";

void remove_file(const std::filesystem::path& file) {
  std::error_code error;
  std::filesystem::remove(file, error);
  if (error) {
    throw Error(ErrorKind::output, file.string() + ": cannot be removed: " + error.message());
  }
}

/// The files that an earlier summary names, as far as they are names in its folder.
std::vector<std::string> names_in(const Json& summary) {
  std::vector<std::string> names;
  if (!summary.contains("files") || !summary["files"].is_array()) return names;
  for (const Json& name : summary["files"]) {
    if (!name.is_string()) continue;
    const std::filesystem::path path(name.get<std::string>());
    if (path == path.filename() && path != "." && path != "..") names.push_back(path.string());
  }
  return names;
}

void rename_file(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::error_code error;
  std::filesystem::rename(from, to, error);
  if (error) {
    throw Error(ErrorKind::output,
                to.string() + ": cannot be renamed into place: " + error.message());
  }
}

bool holds(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

ResultFolder::ResultFolder(const std::filesystem::path& folder, Overwrite overwrite)
    : folder_(folder), waiting_(attempt_folder(folder)) {
  for (const auto& file : {tile_table_file(folder), features_file(folder)}) {
    if (!std::filesystem::exists(file)) continue;
    throw Error(ErrorKind::input,
                folder.string() + ": is a slide's folder; an analysis has one of " + "its own");
  }
  const std::filesystem::path summary = folder / mark;
  if (std::filesystem::exists(summary)) {
    if (overwrite != Overwrite::always) {
      throw Error(ErrorKind::input,
                  summary.string() + ": there are results already; --overwrite replaces them");
    }
    const Json json = Json::parse(read_text(summary), nullptr, false);
    if (json.is_object()) {
      earlier_ = names_in(json);
      if (json.contains("verb") && json["verb"].is_string()) earlier_verb_ = json["verb"];
    }
  }
  make_folders(waiting_);
}

ResultFolder::~ResultFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(waiting_, ignored);
}

void ResultFolder::spare(const std::filesystem::path& input) const {
  std::error_code error;
  const bool is_here = std::filesystem::equivalent(
      input.parent_path().empty() ? "." : input.parent_path(), folder_, error);
  if (error || !is_here) return;
  throw Error(ErrorKind::usage, "--output must be another folder than that of " + input.string() +
                                    ", whose results would be replaced");
}

std::filesystem::path ResultFolder::file(const std::string& name) {
  if (!holds(names_, name)) {
    if (!holds(earlier_, name) && std::filesystem::exists(folder_ / name)) {
      throw Error(ErrorKind::input, (folder_ / name).string() +
                                        ": is there already, and no run that came to its end has "
                                        "made it; take it away, or choose another --output");
    }
    names_.push_back(name);
  }
  return waiting_ / name;
}

void ResultFolder::write(const std::string& name, const std::string& text) {
  replace_file(file(name), text);
}

void ResultFolder::write(const std::string& name, const Image& picture) {
  replace_file(file(name), encode_png(picture));
}

void ResultFolder::commit(const std::string& verb, const RunInfo& info, Json results) {
  if (!earlier_verb_.empty() && earlier_verb_ != verb) {
    throw Error(ErrorKind::input, (folder_ / mark).string() + ": holds results of '" +
                                      earlier_verb_ + "', which '" + verb + "' does not replace");
  }
  Json summary;
  summary["verb"] = verb;
  summary["tool_version"] = version();
  summary["format_version"] = 1;
  summary["command_line"] = info.command_line;
  Json options = Json::object();
  for (const auto& [name, value] : info.options) options[name] = value;
  summary["options"] = std::move(options);
  summary.update(results);
  summary["files"] = names_;
  // Names of slides may be any bytes; JSON has UTF-8 only.
  replace_file(waiting_ / mark, summary.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
  if (std::filesystem::exists(folder_ / mark)) remove_file(folder_ / mark);
  for (const std::string& name : earlier_) remove_file(folder_ / name);
  for (const std::string& name : names_) {
    if (std::filesystem::exists(waiting_ / name)) rename_file(waiting_ / name, folder_ / name);
  }
  rename_file(waiting_ / mark, folder_ / mark);
}

}  // namespace histo
