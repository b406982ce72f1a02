#pragma once
/// The options that say where slides are copied to before they are read.

#include <CLI/CLI.hpp>

#include "histo/staging.hpp"

namespace histo::app {

/// Group "Staging". `staging` must outlive the parsing.
void add_staging_options(CLI::App& cli, Staging& staging);

}  // namespace histo::app
