#include "picture/words.hpp"

#include <sstream>

namespace histo::picture {

std::string shortened(const std::string& text, std::int64_t widest, const Lettering& lettering) {
  if (text_width(text, lettering) <= widest) return text;
  std::string part = text;
  while (!part.empty() && text_width(part + "...", lettering) > widest) part.pop_back();
  return part + "...";
}

std::vector<std::string> wrapped(const std::string& text, std::int64_t widest,
                                 const Lettering& lettering) {
  std::vector<std::string> lines;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    const std::string longer = lines.empty() ? word : lines.back() + " " + word;
    if (!lines.empty() && text_width(longer, lettering) <= widest) {
      lines.back() = longer;
    } else {
      lines.push_back(shortened(word, widest, lettering));
    }
  }
  return lines;
}

}  // namespace histo::picture
