#include "common/staging_options.hpp"

namespace histo::app {

void add_staging_options(CLI::App& cli, Staging& staging) {
  const char* group = "Staging";
  CLI::Option* folder =
      cli.add_option("--stage", staging.folder,
                     "Copy the next slides to a folder of our own in this one, on a fast disk of "
                     "the machine, before they are read; each copy is deleted after its slide.")
          ->option_text("FOLDER")
          ->group(group);
  cli.add_option("--stage-size", staging.most_bytes,
                 "The most that copies take at any time, such as 200G; a slide without room is "
                 "read where it is.")
      ->option_text("SIZE")
      ->default_str("100G")
      ->transform(CLI::AsSizeValue(false))
      ->needs(folder)
      ->group(group);
}

}  // namespace histo::app
