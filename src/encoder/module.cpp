#include "encoder/module.hpp"

#include "histo/version.hpp"

namespace histo {

Module open_module(const std::filesystem::path& folder, const std::string& purpose) {
  Module module(folder);
  if (!module.failure().empty()) {
    throw Error(ErrorKind::model, "the module " + purpose +
                                      " cannot be opened: " + module.failure() +
                                      "; it is built with HISTO_ENCODER=ON and lies in lib/histo "
                                      "beside the program's bin");
  }
  std::string theirs;
  module.function<decltype(histo_torch_program)>("histo_torch_program")(theirs);
  if (theirs != version()) {
    throw Error(ErrorKind::model, (folder / torch_module_file).string() + ": is of version " +
                                      theirs + " and this program is " + version() +
                                      "; install both from one build");
  }
  return module;
}

}  // namespace histo
