#pragma once
/// A plan's table on stdout, and what it adds up to on stderr.

#include <string>

#include <CLI/CLI.hpp>

#include "histo/plan_job.hpp"

#include "common/console.hpp"

namespace histo::app {

enum class PlanFormat { tsv, json };

/// --format.
void add_plan_format(CLI::App& cli, PlanFormat& format);

/// "slide<TAB>state<TAB>..." and a line for each slide. Tabs, line breaks and backslashes of names
/// are written as \t, \n, \r and \\.
std::string plan_tsv(const PlanTable& table);

/// One object: "slides", and the sums. What is unknown is null; bytes that are not UTF-8 become
/// U+FFFD.
std::string plan_json(const PlanTable& table);

/// Prints the table and says what it adds up to; the exit code.
int print_table(const PlanTable& table, PlanFormat format, Console& console);

}  // namespace histo::app
