#include "core/shared_module.hpp"

#include <dlfcn.h>

#include "histo/version.hpp"

namespace histo {

SharedModule::SharedModule(const std::filesystem::path& folder, const ModuleNames& names)
    : names_(names), handle_(dlopen((folder / names.file).c_str(), RTLD_NOW | RTLD_LOCAL)) {
  if (handle_ == nullptr) failure_ = dlerror();
}

void* SharedModule::address(const char* name) const {
  void* const address = dlsym(handle_, name);
  if (address == nullptr) {
    throw Error(names_.kind, std::string(names_.file) + ": has no function " + name +
                                 "; it is not " + names_.whose);
  }
  return address;
}

SharedModule open_module(const std::filesystem::path& folder, const ModuleNames& names,
                         const std::string& purpose) {
  SharedModule module(folder, names);
  if (!module.failure().empty()) {
    throw Error(names.kind, "the module " + purpose + " cannot be opened: " + module.failure() +
                                "; it is built with " + names.option +
                                "=ON and lies in lib/histo beside the program's bin");
  }
  std::string theirs;
  module.function<void(std::string&)>(names.version_function)(theirs);
  if (theirs != version()) {
    throw Error(names.kind, (folder / names.file).string() + ": is of version " + theirs +
                                " and this program is " + version() +
                                "; install both from one build");
  }
  return module;
}

}  // namespace histo
