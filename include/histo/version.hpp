#pragma once

#include <string>

namespace histo {

std::string version();          ///< such as "0.1.0"
std::string git_description();  ///< of the source that was built, such as "v0.1.0-3-gabcdef0";
                                ///< "unknown" without git
std::string opencv_version();

}  // namespace histo
