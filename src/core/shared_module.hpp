#pragma once
/// Parts of the program that are opened only when they are needed, since the libraries behind them
/// are large or not everywhere: decisions 3 and 18.

#include <filesystem>
#include <string>

#include "histo/error.hpp"

namespace histo {

/// What one module is called, for the sentences about it.
struct ModuleNames {
  const char* file;              ///< "histo_torch.so"
  const char* whose;             ///< "the encoder's module"
  const char* option;            ///< of CMake, that builds it: "HISTO_ENCODER"
  const char* version_function;  ///< its `void (std::string&)` that gives this program's version
  ErrorKind kind;                ///< of every Error about it
};

/// Stays open to the end of the process: the libraries behind keep threads and statics of their
/// own.
class SharedModule {
 public:
  /// One that is not there has a `failure`. `names` must outlive this.
  SharedModule(const std::filesystem::path& folder, const ModuleNames& names);

  /// Why it is not open; empty if it is.
  const std::string& failure() const { return failure_; }

  /// Throws Error where there is no such function.
  template <class Function>
  Function* function(const char* name) const {
    return reinterpret_cast<Function*>(address(name));
  }

 private:
  void* address(const char* name) const;

  const ModuleNames& names_;
  void* handle_;
  std::string failure_;
};

/// Throws Error where it cannot be opened, for `purpose` ("that runs models"), and where it was
/// built with another version of this program.
SharedModule open_module(const std::filesystem::path& folder, const ModuleNames& names,
                         const std::string& purpose);

}  // namespace histo
