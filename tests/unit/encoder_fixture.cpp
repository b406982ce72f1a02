#include "unit/encoder_fixture.hpp"

#include <utility>

#include "core/files.hpp"
#include "core/fingerprint.hpp"

namespace histo::test {

namespace {

// As zip files and PNG have it: reflected, polynomial 0x04c11db7.
std::uint32_t crc32(const std::string& bytes) {
  std::uint32_t crc = 0xffffffffU;
  for (const char byte : bytes) {
    crc ^= static_cast<std::uint8_t>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1U) != 0 ? 0xedb88320U : 0U);
  }
  return ~crc;
}

std::string little_endian(std::size_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>((value >> (8 * i)) & 255U);
  return text;
}

// The part that a member's two headers share: from "version needed" to the length of the extra
// field.
std::string zip_member(const std::string& name, const std::string& content) {
  return little_endian(20, 2) + std::string(8, '\0') + little_endian(crc32(content), 4) +
         little_endian(content.size(), 4) + little_endian(content.size(), 4) +
         little_endian(name.size(), 2) + little_endian(0, 2);
}

// As a pickle of protocol 2 holds a short text.
std::string pickled(const std::string& text) { return "X" + little_endian(text.size(), 4) + text; }

// Pickle: a tuple of one tensor, torch._utils._rebuild_tensor_v2(storage, 0, (1,), (1,), False,
// OrderedDict()), where storage is ('storage', torch.FloatStorage, '0', device, 1) of
// constants/0.
std::string pickled_constant(const std::string& device) {
  using namespace std::string_literals;
  return "\x80\x02"s + "ctorch._utils\n_rebuild_tensor_v2\n((" + pickled("storage") +
         "ctorch\nFloatStorage\n" + pickled("0") + pickled(device) +
         "K\x01tQK\0K\x01\x85K\x01\x85\x89"s + "ccollections\nOrderedDict\n)RtR\x85.";
}

}  // namespace

std::string zip_archive(const std::vector<std::pair<std::string, std::string>>& members) {
  std::string file;
  std::string directory;
  for (const auto& [name, content] : members) {
    const std::string header = zip_member(name, content);
    directory += "PK\x01\x02" + little_endian(20, 2) + header + std::string(10, '\0') +
                 little_endian(file.size(), 4) + name;
    file += "PK\x03\x04" + header + name + content;
  }
  const std::size_t count = members.size();
  return file + directory + "PK\x05\x06" + std::string(4, '\0') + little_endian(count, 2) +
         little_endian(count, 2) + little_endian(directory.size(), 4) +
         little_endian(file.size(), 4) + little_endian(0, 2);
}

std::uint8_t pattern(std::int64_t y, std::int64_t x, std::int64_t channel) {
  return static_cast<std::uint8_t>((7 * y + 3 * x + 31 * channel + x * y / 5) % 256);
}

std::string CardText::text() const {
  return R"({"schema": 1, "name": ")" + name + R"(", "kind": "tile", "torchscript": ")" + name +
         R"(.pt", "sha256": ")" + sha256 + R"(", "licence": "none", )" + more +
         R"("input": {"channels": "RGB", "resize": {"size": )" + resize +
         R"(, "mode": "shorter_side", "interpolation": "bilinear", "antialias": true}, "crop": )" +
         crop + R"(, "mean": )" + mean + R"(, "std": )" + deviation + R"(}, "outputs": )" +
         outputs + R"(, "self_test": {"input": "pattern-1", "values": )" + values +
         R"(, "stride": )" + stride + "}}\n";
}

std::string ScriptedFile::bytes() const {
  using namespace std::string_literals;
  const std::string code =
      "class M(Module):\n  __parameters__ = []\n  __buffers__ = []\n  training : bool\n"
      "  def forward(self: __torch__.M,\n    x: Tensor) -> " +
      type + ":\n" + body;
  // Pickle, protocol 2: an M whose attributes are {"training": False}.
  const std::string object = "\x80\x02"s + "c__torch__\nM\n)\x81}(X\x08\0\0\0training\x89ub."s;
  if (weights_only) {
    return zip_archive({{"made/data.pkl", "\x80\x02}."s}, {"made/version", version}});
  }
  return zip_archive({{"made/data.pkl", object},
                      {"made/code/__torch__.py", code},
                      {"made/constants/0", "\0\0\0\x40"s},  // 2 as a float32
                      {"made/constants.pkl", pickled_constant(constants_on)},
                      {"made/version", version + "\n"}});
}

ModelCard made_model(const std::filesystem::path& folder, const std::string& pt_bytes,
                     CardText card) {
  card.sha256 = sha256(pt_bytes);
  write_text(folder / (card.name + ".pt"), pt_bytes);
  write_text(folder / (card.name + ".json"), card.text());
  return read_model_card(folder / (card.name + ".json"));
}

std::vector<Normalisation> normalisations(const ModelCard& card, std::size_t n) {
  return std::vector<Normalisation>(n, card.normalisation.value());
}

void write_text(const std::filesystem::path& file, const std::string& text) {
  write_file(file, std::vector<std::uint8_t>(text.begin(), text.end()));
}

}  // namespace histo::test
