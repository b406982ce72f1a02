#include "jobs/cox_file.hpp"

#include "histo/error.hpp"

#include "store/fitted_file.hpp"

namespace histo {

namespace {

constexpr const char* kind = "cox";

void put(const StoredCoxModel& stored, const std::string& prefix, Fitted& fitted) {
  const CoxModel& model = stored.model;
  // A table without columns cannot be stored, and a model without covariates has such.
  if (!stored.columns.empty()) {
    fitted.lists[prefix + "columns"] = stored.columns;
    fitted.numbers[prefix + "coefficients"] = row_of(model.coefficients);
    fitted.numbers[prefix + "means"] = row_of(model.means);
  }
  fitted.numbers[prefix + "times"] = row_of(model.times);
  fitted.numbers[prefix + "hazards"] = row_of(model.hazards);
  fitted.numbers[prefix + "cut"] = row_of(stored.cut);
}

StoredCoxModel take(const Fitted& fitted, const std::string& prefix) {
  StoredCoxModel stored;
  if (fitted.lists.count(prefix + "columns") > 0) {
    stored.columns = fitted.list(prefix + "columns");
    stored.model.coefficients = fitted.vector(prefix + "coefficients");
    stored.model.means = fitted.vector(prefix + "means");
  }
  stored.model.times = fitted.vector(prefix + "times");
  stored.model.hazards = fitted.vector(prefix + "hazards");
  stored.cut = fitted.number(prefix + "cut");
  const std::size_t columns = stored.columns.size();
  if (stored.model.coefficients.size() != columns || stored.model.means.size() != columns ||
      stored.model.times.size() != stored.model.hazards.size()) {
    throw Error(ErrorKind::input, fitted.source +
                                      ": its columns, coefficients and hazards do not "
                                      "fit each other");
  }
  return stored;
}

}  // namespace

void write_cox_file(const std::filesystem::path& file, const StoredCox& stored) {
  Fitted fitted;
  fitted.kind = kind;
  fitted.texts = {{"ties", stored.ties},
                  {"key", stored.key},
                  {"time", stored.time},
                  {"event", stored.event},
                  {"group_column", stored.group}};
  fitted.lists["groups"] = stored.patients;
  put(stored.all, "", fitted);
  if (stored.clinical) put(*stored.clinical, "clinical_", fitted);
  fitted.numbers["horizon"] = row_of(stored.horizon);
  fitted.numbers["penalty"] = row_of(stored.penalty);
  fitted.numbers["l1_ratio"] = row_of(stored.l1_ratio);
  write_fitted(file, fitted);
}

StoredCox read_cox_file(const std::filesystem::path& file) {
  const Fitted fitted = read_fitted(file, kind);
  StoredCox stored;
  stored.all = take(fitted, "");
  if (fitted.numbers.count("clinical_cut") > 0) stored.clinical = take(fitted, "clinical_");
  stored.horizon = fitted.number("horizon");
  stored.penalty = fitted.number("penalty");
  stored.l1_ratio = fitted.number("l1_ratio");
  stored.ties = fitted.text("ties");
  stored.key = fitted.text("key");
  stored.time = fitted.text("time");
  stored.event = fitted.text("event");
  if (fitted.texts.count("group_column") > 0) stored.group = fitted.text("group_column");
  stored.patients = fitted.list("groups");
  return stored;
}

}  // namespace histo
