#include "core/fingerprint.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <memory>
#include <vector>

#include <openssl/evp.h>

#include "histo/error.hpp"

#include "core/text.hpp"

namespace histo {

namespace {

class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1) {
      throw Error(ErrorKind::internal, "libcrypto has no SHA-256");
    }
  }

  void add(const void* bytes, std::size_t count) { EVP_DigestUpdate(context_.get(), bytes, count); }

  std::string hex() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> sum{};
    unsigned int length = 0;
    EVP_DigestFinal_ex(context_.get(), sum.data(), &length);
    constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (unsigned int i = 0; i < length; ++i) {
      text += digits[sum[i] >> 4];
      text += digits[sum[i] & 15];
    }
    return text;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

}  // namespace

std::string sha256(std::string_view bytes) {
  Sha256 sum;
  sum.add(bytes.data(), bytes.size());
  return sum.hex();
}

std::string sha256_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw Error(ErrorKind::input, file.string() + ": cannot be opened");
  Sha256 sum;
  std::vector<char> block(std::size_t{1} << 20);
  while (in.read(block.data(), static_cast<std::streamsize>(block.size())) || in.gcount() > 0) {
    sum.add(block.data(), static_cast<std::size_t>(in.gcount()));
  }
  if (in.bad()) throw Error(ErrorKind::input, file.string() + ": cannot be read to its end");
  return sum.hex();
}

void Fingerprint::set(const std::string& key, double value) { set(key, number(value)); }

void Fingerprint::set(const std::string& key, std::int64_t value) {
  set(key, std::to_string(value));
}

std::string Fingerprint::text() const {
  std::string lines;
  for (const auto& [key, value] : parts_) {
    lines += key;
    lines += '=';
    lines += value;
    lines += '\n';
  }
  return lines;
}

std::string Fingerprint::digest() const { return sha256(text()).substr(0, 16); }

Fingerprint Fingerprint::parse(std::string_view text) {
  Fingerprint result;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    const std::size_t equals = line.find('=');
    if (equals != std::string_view::npos) {
      result.parts_[std::string(line.substr(0, equals))] = std::string(line.substr(equals + 1));
    }
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return result;
}

std::string Fingerprint::difference_from(const Fingerprint& older) const {
  for (const auto& [key, value] : parts_) {
    const auto found = older.parts_.find(key);
    if (found == older.parts_.end()) return key + " was not known and is now " + value;
    if (found->second != value) return key + " was " + found->second + " and is now " + value;
  }
  for (const auto& [key, value] : older.parts_) {
    if (parts_.count(key) == 0) return key + " was " + value + " and no longer applies";
  }
  return {};
}

}  // namespace histo
