#include "store/embedding_file.hpp"

#include <array>

#include "histo/error.hpp"
#include "histo/version.hpp"

#include "store/hdf5.hpp"
#include "store/hdf5_datasets.hpp"
#include "store/hdf5_writer.hpp"

namespace histo {

namespace {

using hdf5::check;
using hdf5::Handle;
using hdf5::owned;
using hdf5::Subject;

constexpr const char* vectors_name = "embeddings";
constexpr std::int64_t format_version = 1;

}  // namespace

struct EmbeddingWriter::State {
  State(const std::filesystem::path& target, std::size_t row_count, std::size_t columns)
      : writer(target),
        rows(row_count),
        dim(columns),
        matrix(hdf5::new_matrix(writer.file(), vectors_name, hdf5::Number::float64, {rows, dim},
                                writer.subject())) {}

  hdf5::FileWriter writer;
  std::size_t rows;
  std::size_t dim;
  Handle matrix;
  std::vector<std::string> names;
};

EmbeddingWriter::EmbeddingWriter(const std::filesystem::path& file, std::size_t rows,
                                 std::size_t dim, const std::map<std::string, std::string>& texts)
    : state_(std::make_unique<State>(file, rows, dim)) {
  const Handle& root = state_->writer.file();
  const Subject& subject = state_->writer.subject();
  hdf5::write_text(root, "kind", "embeddings", subject);
  hdf5::write_text(root, "tool_version", version(), subject);
  hdf5::write_integer(root, "format_version", format_version, subject);
  for (const auto& [name, text] : texts) hdf5::write_text(root, name.c_str(), text, subject);
}

EmbeddingWriter::EmbeddingWriter(EmbeddingWriter&&) noexcept = default;
EmbeddingWriter& EmbeddingWriter::operator=(EmbeddingWriter&&) noexcept = default;
EmbeddingWriter::~EmbeddingWriter() = default;

void EmbeddingWriter::append(const std::string& name, const std::vector<double>& vector) {
  State& state = *state_;
  const Subject& subject = state.writer.subject();
  if (vector.size() != state.dim || state.names.size() == state.rows) {
    throw Error(ErrorKind::internal, subject.name + ": a row of " + std::to_string(vector.size()) +
                                         " numbers for " + std::to_string(state.rows) +
                                         " rows of " + std::to_string(state.dim));
  }
  const std::string what = "cannot be written";
  const std::array<hsize_t, 2> start = {state.names.size(), 0};
  const std::array<hsize_t, 2> count = {1, state.dim};
  const Handle in_file = owned(H5Dget_space(state.matrix.get()), H5Sclose, subject, what);
  check(H5Sselect_hyperslab(in_file.get(), H5S_SELECT_SET, start.data(), nullptr, count.data(),
                            nullptr),
        subject, what);
  const Handle in_memory =
      owned(H5Screate_simple(2, count.data(), nullptr), H5Sclose, subject, what);
  check(H5Dwrite(state.matrix.get(), H5T_NATIVE_DOUBLE, in_memory.get(), in_file.get(), H5P_DEFAULT,
                 vector.data()),
        subject, what);
  state.names.push_back(name);
}

void EmbeddingWriter::commit() {
  State& state = *state_;
  const Subject& subject = state.writer.subject();
  if (state.names.size() != state.rows) {
    throw Error(ErrorKind::internal, subject.name + ": has " + std::to_string(state.names.size()) +
                                         " of " + std::to_string(state.rows) + " rows");
  }
  if (!state.matrix.close()) hdf5::fail(subject, "cannot be written");
  hdf5::write_texts(state.writer.file(), "names", state.names, subject);
  state.writer.commit();
}

}  // namespace histo
