#pragma once
/// Numbers as text, the same in every locale.

#include <cstddef>
#include <string>

namespace histo {

/// The shortest digits that read back as the same value, as Python prints a float but without a
/// ".0" on whole numbers.
std::string number(double value);

/// "1 slide", "2 slides"; only for nouns that take an s.
std::string count_of(std::size_t count, const std::string& noun);

/// A share as "12.5 %".
std::string percent(double share);

}  // namespace histo
