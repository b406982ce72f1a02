#pragma once
/// Who works on a folder: one process at a time, whatever machine it runs on.
///
/// A claim is a file `.claim` in the folder. It appears whole, by a hard link to a file that is
/// written already, which of several processes one only succeeds with, also over NFS. Its time is
/// its owner's sign of life. A claim is left behind, and may be taken over, when its owner
/// - ran on this machine and is gone,
/// - has the same job as we and was started before us: the scheduler has given it up, though behind
///   a cut network it may still run, or
/// - gave no sign of life for a while, by the clock of the file server.
/// Whoever replaces or removes a claim holds a second link meanwhile, named after the claim; so a
/// claim is never taken away from its next owner. An owner that was taken over finds another's name
/// in the file. docs/decisions/0020-claims.md has the reasons.

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "core/heartbeat.hpp"
#include "core/process.hpp"

namespace histo {

/// Who took a claim, as its file says it.
struct ClaimHolder {
  ProcessIdentity process;
  std::string job;           ///< the scheduler's name for it, empty without one
  std::size_t restarts = 0;  ///< how often the scheduler had started that job before
  std::string begun;         ///< UTC
  std::string token;         ///< of this claim, 16 hexadecimal digits
};

/// "process 4711 on node3 (job 12_3)".
std::string describe(const ClaimHolder& holder);

/// The claim on a folder, whether or not its owner lives. Nothing where there is none, and where it
/// cannot be read.
std::optional<ClaimHolder> read_claim(const std::filesystem::path& folder);

/// A claim that this process has taken. Thread rule: one thread at a time, but for `is_lost`.
class Claim {
 public:
  Claim(Claim&&) noexcept;
  Claim& operator=(Claim&&) noexcept;
  ~Claim();  // releases it

  const std::filesystem::path& folder() const;

  /// From whom it was taken over, and why, as the end of a sentence; empty where nobody had it.
  const std::string& taken_over() const;

  /// Where the file system knows no hard links nothing keeps others out.
  bool is_guarded() const;

  /// Whether another process has it by now, as far as the last sign of life has told. From any
  /// thread.
  bool is_lost() const;

  /// Gives a sign of life and looks: false if another process has it.
  bool check();

  /// Before results get their names: from now on nobody takes it over, until `unseal`. False if
  /// another process has it; then nothing of this one's may get a name.
  bool seal();
  void unseal();

  /// Who has it now, for a sentence.
  std::string holder() const;

  /// Gives it up, and removes the folder if it was made for the claim and is empty. It is over
  /// then.
  void release();

 private:
  friend class Claims;
  struct State;
  explicit Claim(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// How this process takes claims.
struct ClaimRule {
  std::string job;             ///< as RunInfo::job
  std::size_t restarts = 0;    ///< as RunInfo::restarts
  double stale_after = 300.0;  ///< seconds without a sign of life
};

/// What became of a wish for a claim.
struct ClaimAnswer {
  std::optional<Claim> claim;
  std::string holder;  ///< who has it, where it is not ours
};

/// Takes claims, and gives signs of life for those that it has taken, from a thread of its own.
class Claims {
 public:
  explicit Claims(ClaimRule rule);

  /// Makes the folder where there is none. Never waits for another process. Throws Error(output)
  /// where no file can be made in it.
  ClaimAnswer take(const std::filesystem::path& folder);

 private:
  struct Attempt;
  ClaimRule rule_;
  std::shared_ptr<Heartbeat> heartbeat_;  // which the claims share
};

}  // namespace histo
