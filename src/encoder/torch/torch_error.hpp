#pragma once
/// LibTorch's errors become ours here: one sentence, without its backtraces.

#include <exception>
#include <string>
#include <utility>

#include <c10/core/Device.h>
#include <c10/util/Exception.h>

#include "histo/error.hpp"

namespace histo {

/// The line of LibTorch's message that says what is wrong, without a final dot.
std::string torch_sentence(const std::string& message);

/// The same for a file that could not be loaded to this device, with what to do about it.
std::string torch_load_sentence(const std::string& message, const c10::Device& device);

/// The same for a call of a model on this device, with what to do about it.
std::string torch_run_sentence(const std::string& message, const c10::Device& device);

/// Calls `act`; what LibTorch throws leaves as Error(model), "SUBJECT: " and `sentence(message)`.
template <class Sentence, class Act>
auto translate_errors(const std::string& subject, const Sentence& sentence, Act&& act) {
  try {
    return std::forward<Act>(act)();
  } catch (const Error&) {
    throw;
  } catch (const c10::Error& error) {
    throw Error(ErrorKind::model, subject + ": " + sentence(error.what_without_backtrace()));
  } catch (const std::exception& error) {  // TorchScript's interpreter throws std::runtime_error
    throw Error(ErrorKind::model, subject + ": " + sentence(error.what()));
  }
}

}  // namespace histo
