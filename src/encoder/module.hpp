#pragma once
/// The module that holds LibTorch, opened at run time.

#include <filesystem>
#include <string>

#include <dlfcn.h>

#include "histo/error.hpp"

#include "encoder/torch_module.hpp"

namespace histo {

/// Stays open to the end of the process: LibTorch keeps threads and statics of its own.
class Module {
 public:
  explicit Module(const std::filesystem::path& folder)
      : handle_(dlopen((folder / torch_module_file).c_str(), RTLD_NOW | RTLD_LOCAL)) {
    if (handle_ == nullptr) failure_ = dlerror();
  }

  /// Why it is not open; empty if it is.
  const std::string& failure() const { return failure_; }

  template <class Function>
  Function* function(const char* name) const {
    void* const address = dlsym(handle_, name);
    if (address == nullptr) {
      throw Error(ErrorKind::model, std::string(torch_module_file) + ": has no function " + name +
                                        "; it is not the encoder's module");
    }
    return reinterpret_cast<Function*>(address);
  }

 private:
  void* handle_;
  std::string failure_;
};

/// Throws Error(model) where it cannot be opened, for `purpose` ("that runs models"), and where it
/// is not this program's.
Module open_module(const std::filesystem::path& folder, const std::string& purpose);

}  // namespace histo
