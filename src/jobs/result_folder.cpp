#include "jobs/result_folder.hpp"

#include <algorithm>
#include <system_error>

#include "histo/codec.hpp"
#include "histo/error.hpp"
#include "histo/version.hpp"

#include "core/files.hpp"

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
std::vector<std::string> names_in(const std::filesystem::path& summary) {
  std::vector<std::string> names;
  const Json json = Json::parse(read_text(summary), nullptr, false);
  if (!json.is_object() || !json.contains("files") || !json["files"].is_array()) return names;
  for (const Json& name : json["files"]) {
    if (!name.is_string()) continue;
    const std::filesystem::path path(name.get<std::string>());
    if (path == path.filename() && path != "." && path != "..") names.push_back(path.string());
  }
  return names;
}

}  // namespace

ResultFolder::ResultFolder(const std::filesystem::path& folder, Overwrite overwrite)
    : folder_(folder) {
  const std::filesystem::path summary = folder / mark;
  if (std::filesystem::exists(summary)) {
    if (overwrite != Overwrite::always) {
      throw Error(ErrorKind::input,
                  summary.string() + ": there are results already; --overwrite replaces them");
    }
    const std::vector<std::string> names = names_in(summary);
    remove_file(summary);
    for (const std::string& name : names) remove_file(folder / name);
  }
  make_folders(folder);
}

std::filesystem::path ResultFolder::file(const std::string& name) {
  if (std::find(names_.begin(), names_.end(), name) == names_.end()) names_.push_back(name);
  return folder_ / name;
}

void ResultFolder::write(const std::string& name, const std::string& text) {
  replace_file(file(name), text);
}

void ResultFolder::write(const std::string& name, const Image& picture) {
  replace_file(file(name), encode_png(picture));
}

void ResultFolder::commit(const std::string& verb, const RunInfo& info, Json results) {
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
  replace_file(folder_ / mark, summary.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace histo
