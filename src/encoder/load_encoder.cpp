#include <string>

#include <dlfcn.h>

#include "histo/encoder.hpp"
#include "histo/error.hpp"
#include "histo/version.hpp"

#include "encoder/self_test.hpp"
#include "encoder/torch_module.hpp"

namespace histo {

namespace {

// A module stays open to the end of the process: LibTorch keeps threads and statics of its own.
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

void check_program(const Module& module, const std::filesystem::path& folder) {
  std::string theirs;
  module.function<decltype(histo_torch_program)>("histo_torch_program")(theirs);
  if (theirs != version()) {
    throw Error(ErrorKind::model, (folder / torch_module_file).string() + ": is of version " +
                                      theirs + " and this program is " + version() +
                                      "; install both from one build");
  }
}

bool is_device(const std::string& device) {
  if (device == "auto" || device == "cpu" || device == "cuda") return true;
  const std::string prefix = "cuda:";
  const std::string index =
      device.substr(0, prefix.size()) == prefix ? device.substr(prefix.size()) : std::string();
  return !index.empty() && index.size() <= 3 &&
         index.find_first_not_of("0123456789") == std::string::npos;
}

}  // namespace

void validate(const EncoderOptions& options) {
  if (!is_device(options.device)) {
    throw Error(ErrorKind::usage,
                "--device must be auto, cpu, cuda or cuda:N, got \"" + options.device + "\"");
  }
  if (options.threads < 1) throw Error(ErrorKind::usage, "--threads must be at least 1, got 0");
}

LoadedEncoder load_encoder(const ModelCard& card, const EncoderOptions& options) {
  validate(options);
  check_model_file(card);
  const Module module(options.module_folder);
  if (!module.failure().empty()) {
    throw Error(ErrorKind::model,
                "the module that runs models cannot be opened: " + module.failure() +
                    "; it is built with HISTO_ENCODER=ON and lies in lib/histo "
                    "beside the program's bin");
  }
  check_program(module, options.module_folder);
  LoadedEncoder loaded;
  module.function<decltype(histo_torch_load)>("histo_torch_load")(card, options, loaded);
  run_self_test(*loaded.encoder, card);
  return loaded;
}

std::string libtorch_version(const std::filesystem::path& module_folder) {
  const Module module(module_folder);
  if (!module.failure().empty()) return "not available: " + module.failure();
  std::string text;
  module.function<decltype(histo_torch_libtorch)>("histo_torch_libtorch")(text);
  return text;
}

}  // namespace histo
