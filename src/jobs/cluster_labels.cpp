#include "jobs/cluster_labels.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "histo/annotation.hpp"
#include "histo/error.hpp"

#include "core/text.hpp"
#include "jobs/label_table.hpp"
#include "jobs/region_labels.hpp"

namespace histo {

namespace {

/// Puts table and regions together, slide by slide.
class LabelReader {
 public:
  LabelReader(const AnnotateJobOptions& options, const std::vector<ClusteredSlide>& slides,
              Observer& observer)
      : options_(options), slides_(slides), observer_(observer) {
    for (const ClusteredSlide& slide : slides) names_.push_back(slide.name);
  }

  ClusterLabels read() {
    if (!options_.labels.table.empty()) table_.emplace(options_.labels);
    if (!options_.regions.empty()) regions_.emplace(options_.regions);
    choose_classes();
    for (const ClusteredSlide& slide : slides_) read_slide(slide);
    if (table_) tell_of_table();
    if (regions_) tell_of_regions();
    if (conflicts_ > 0) {
      say(count_of(conflicts_, "tile") +
          " of another class in the labels than in the regions, taken for unlabelled");
    }
    check_labelled();
    return std::move(result_);
  }

 private:
  void say(const std::string& sentence) {
    result_.messages.push_back(sentence);
    observer_.warn(sentence);
  }

  void choose_classes() {
    std::vector<std::string>& classes = result_.classes;
    classes = options_.labels.classes;
    if (classes.empty()) {
      std::set<std::string> all;
      if (table_) all.insert(table_->classes().begin(), table_->classes().end());
      if (regions_) all.insert(regions_->classes().begin(), regions_->classes().end());
      classes.assign(all.begin(), all.end());
    }
    for (std::size_t i = 0; i < classes.size(); ++i) {
      if (!numbers_.emplace(classes[i], static_cast<std::int32_t>(i)).second) {
        throw Error(ErrorKind::usage, "--classes names '" + classes[i] + "' twice");
      }
    }
  }

  std::int32_t number_of(const std::string& name) {
    if (name.empty()) return no_label;
    const auto found = numbers_.find(name);
    if (found != numbers_.end()) return found->second;
    ++other_classes_;
    return no_label;
  }

  void read_slide(const ClusteredSlide& slide) {
    std::vector<std::int32_t> labels(slide.tiles.size(), no_label);
    std::string patient;
    if (regions_) {
      const std::vector<std::string> names = regions_->of_tiles(slide.name, slide.tiles);
      for (std::size_t i = 0; i < names.size(); ++i) labels[i] = number_of(names[i]);
    }
    if (table_) {
      for (std::size_t i = 0; i < slide.tiles.size(); ++i) {
        const LabelTable::Entry* entry = table_->find(slide.name, slide.tiles[i]);
        if (entry == nullptr) continue;
        if (entry->group >= 0) patient = table_->groups()[static_cast<std::size_t>(entry->group)];
        if (entry->label < 0) continue;
        const std::int32_t label =
            numbers_.at(table_->classes()[static_cast<std::size_t>(entry->label)]);
        const bool conflict = labels[i] != no_label && labels[i] != label;
        conflicts_ += conflict ? 1U : 0U;
        labels[i] = conflict ? no_label : label;
      }
    }
    add_patient(slide.name, patient);
    result_.labels.push_back(std::move(labels));
  }

  void add_patient(const std::string& slide, const std::string& patient) {
    if (patient.empty() && !options_.labels.group.empty()) {
      result_.missing.emplace_back("slide without a group", slide);
      ++without_group_;
    }
    const std::string& name = patient.empty() ? slide : patient;
    const auto [place, is_new] =
        patients_.emplace(name, static_cast<std::int32_t>(result_.patients.size()));
    if (is_new) result_.patients.push_back(name);
    result_.patient.push_back(place->second);
  }

  void tell_of_table() {
    const Unmatched unmatched = table_->unmatched(names_);
    tell(unmatched, observer_);
    const auto add = [this](const char* what, const std::vector<std::string>& keys) {
      for (const std::string& key : keys) result_.missing.emplace_back(what, key);
      if (!keys.empty()) result_.messages.push_back(count_of(keys.size(), "line") + ": " + what);
    };
    add("slide of the labels that is not among the inputs", unmatched.unknown_slides);
    add("slide that is not in the labels", unmatched.unlabelled_slides);
    add("tile of the labels that the slide has not", unmatched.unknown_tiles);
    if (without_group_ > 0) {
      say(count_of(without_group_, "slide") + " without a " + options_.labels.group +
          ", each taken for one of its own");
    }
    if (options_.labels.group.empty()) tell_of_groups();
  }

  void tell_of_groups() {
    const std::string sentence =
        "each slide is taken for a patient of its own; --group names the column with patients";
    result_.messages.push_back(sentence);
    observer_.note(sentence);
  }

  void tell_of_regions() {
    const std::string folder = options_.regions.string();
    const auto tell_all = [&](const char* what, const std::vector<std::string>& keys,
                              const std::string& noun, const std::string& sentence) {
      for (const std::string& key : keys) result_.missing.emplace_back(what, key);
      if (!keys.empty()) {
        say(folder + ": " + count_of(keys.size(), noun) + " " + sentence +
            ", the first: " + keys.front() + " (all in missing.csv)");
      }
    };
    tell_all("regions of a slide that is not among the inputs", regions_->unknown_slides(names_),
             "file", "of no slide of the inputs");
    tell_all("region in which no tile has its centre", regions_->regions_without_tiles(names_),
             "region", "with no tile's centre in it");
    for (const std::string& name : names_) {
      if (!regions_->knows(name)) result_.missing.emplace_back("slide without regions", name);
    }
    if (regions_->without_class() > 0) {
      say(folder + ": " + count_of(regions_->without_class(), "region") +
          " without a class left out");
    }
    if (regions_->contested() > 0) {
      say(folder + ": " + count_of(regions_->contested(), "tile") +
          " in regions of several classes, taken for unlabelled");
    }
    if (other_classes_ > 0) {
      say(folder + ": " + count_of(other_classes_, "tile") +
          " of a class that --classes does not name, taken for unlabelled");
    }
  }

  void check_labelled() const {
    if ((!table_ && !regions_) || result_.labelled() > 0) return;
    const std::string source =
        !table_     ? options_.regions.string()
        : !regions_ ? options_.labels.table.string()
                    : options_.labels.table.string() + " and " + options_.regions.string();
    throw Error(ErrorKind::input,
                source +
                    ": no tile of the inputs gets a label from it; slides go by the names of "
                    "their folders, such as '" +
                    names_.front() + "', tiles by x and y in level-0 pixels");
  }

  const AnnotateJobOptions& options_;
  const std::vector<ClusteredSlide>& slides_;
  Observer& observer_;
  std::vector<std::string> names_;
  std::optional<LabelTable> table_;
  std::optional<RegionLabels> regions_;
  std::map<std::string, std::int32_t> numbers_;   // of classes
  std::map<std::string, std::int32_t> patients_;  // by name
  std::size_t conflicts_ = 0;
  std::size_t other_classes_ = 0;
  std::size_t without_group_ = 0;
  ClusterLabels result_;
};

}  // namespace

std::size_t ClusterLabels::labelled() const {
  std::size_t count = 0;
  for (const auto& slide : labels) {
    count += static_cast<std::size_t>(
        std::count_if(slide.begin(), slide.end(), [](std::int32_t label) { return label >= 0; }));
  }
  return count;
}

ClusterLabels read_cluster_labels(const AnnotateJobOptions& options,
                                  const std::vector<ClusteredSlide>& slides, Observer& observer) {
  return LabelReader(options, slides, observer).read();
}

}  // namespace histo
