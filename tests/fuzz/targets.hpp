#pragma once
/// One function for each parser: it gives the parser any bytes, accepts Error with a sentence, and
/// aborts where the parser breaks a promise. Everything else that is thrown ends the process, too.

#include <string_view>

namespace histo::fuzz {

void claim(std::string_view bytes);
void cluster_table(std::string_view bytes);
void feature_log(std::string_view bytes);
void feature_table(std::string_view bytes);
void geojson(std::string_view bytes);
void model_card(std::string_view bytes);
void names(std::string_view bytes);
void npy(std::string_view bytes);
void run_log(std::string_view bytes);
void slide_list(std::string_view bytes);
void slide_record(std::string_view bytes);
void tar(std::string_view bytes);
void tar_index(std::string_view bytes);
void tiff(std::string_view bytes);
void tile_table(std::string_view bytes);

}  // namespace histo::fuzz
