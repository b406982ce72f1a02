#include "common/commands.hpp"

#include <algorithm>

#include "common/app.hpp"

namespace histo::app {

void Commands::add(CLI::App& parent, const Command& command) {
  CLI::App* const verb = parent.add_subcommand(command.name, command.description);
  verbs_.emplace_back(verb, command.add(*verb, console_));
  set_manners(*verb, command.examples);
  add_console_options(*verb, console_);
}

const std::pair<const CLI::App*, Verb>* Commands::asked() const {
  const auto found = std::find_if(verbs_.begin(), verbs_.end(),
                                  [](const auto& verb) { return verb.first->parsed(); });
  return found == verbs_.end() ? nullptr : &*found;
}

}  // namespace histo::app
