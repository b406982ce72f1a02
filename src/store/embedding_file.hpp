#pragma once
/// embeddings.h5: one vector a slide or patient. docs/formats.md is the specification.
///
/// Thread rule: one thread at a time for all stores together, since HDF5 has one lock for all.

#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace histo {

/// Writes vector after vector to a temporary file beside the target, and renames it into place in
/// `commit`; the other end reads it as a Fitted of the kind "embeddings". Throws Error(output).
class EmbeddingWriter {
 public:
  /// `texts` become attributes of the file.
  EmbeddingWriter(const std::filesystem::path& file, std::size_t rows, std::size_t dim,
                  const std::map<std::string, std::string>& texts);
  EmbeddingWriter(EmbeddingWriter&&) noexcept;
  EmbeddingWriter& operator=(EmbeddingWriter&&) noexcept;
  ~EmbeddingWriter();

  /// The next row; as many as were announced. Throws Error(internal) for another length.
  void append(const std::string& name, const std::vector<double>& vector);
  void commit();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace histo
