#include "store/claim.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <random>
#include <system_error>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "histo/error.hpp"

#include "core/clock.hpp"
#include "core/files.hpp"
#include "store/claim_file.hpp"
#include "store/layout.hpp"

namespace histo {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& file, const std::string& what, int error) {
  throw Error(ErrorKind::output,
              file.string() + ": " + what + ": " + std::generic_category().message(error));
}

std::string new_token() {
  std::random_device random;  // the name never reaches a result
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%08x%08x", random(), random());
  return text.data();
}

bool is_without_links(int error) {
  return error == EPERM || error == EOPNOTSUPP || error == ENOSYS || error == EMLINK;
}

/// True if the folder was not there. Another process may remove it again before it is used.
bool make_claim_folder(const fs::path& folder) {
  std::error_code error;
  if (fs::create_directory(folder, error)) return true;
  if (error) make_folders(folder);
  return static_cast<bool>(error);
}

}  // namespace

/// First a file with a name of its own, then perhaps a claim.
struct Claim::State : Pulse {
  State(fs::path where, const ClaimRule& rule) : folder(std::move(where)) {
    ClaimHolder self{this_process(), rule.job, rule.restarts, utc(std::chrono::system_clock::now()),
                     new_token()};
    text = claim_text(self);
    file = claim_file(folder);
    marker = claim_marker_file(folder, self.token);
    unborn = unborn_claim_file(folder);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() override {
    if (heartbeat) {
      heartbeat->remove(*this);
      give_up();
    } else {
      unlink(unborn.c_str());
    }
    if (descriptor >= 0) close(descriptor);
    if (made_folder) rmdir(folder.c_str());  // only if it is empty
  }

  /// False where the folder has just been removed.
  bool write() {
    descriptor = open(unborn.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    const int error = errno;
    std::error_code ignored;
    if (descriptor < 0 && error == ENOENT && !fs::exists(folder, ignored)) return false;
    if (descriptor < 0) fail(file, "cannot be created", error);
    for (std::size_t done = 0; done < text.size();) {
      const ssize_t written = ::write(descriptor, text.data() + done, text.size() - done);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) fail(file, "cannot be written", errno);
      done += static_cast<std::size_t>(written);
    }
    return true;
  }

  /// The time by the file server's clock, which a client's need not agree with.
  ServerTime now() const {
    touch();
    struct stat info {};
    if (fstat(descriptor, &info) != 0) fail(file, "cannot be looked at", errno);
    return static_cast<ServerTime>(info.st_mtim.tv_sec) * 1'000'000'000 + info.st_mtim.tv_nsec;
  }

  void touch() const noexcept { futimens(descriptor, nullptr); }

  void beat() noexcept override {
    touch();
    if (is_guarded && holds_text(file, text) == Ours::no) is_lost = true;
  }

  /// Keeps others from replacing or removing the claim. False if it is lost.
  bool hold() {
    if (is_sealed || !is_guarded) return true;
    touch();
    constexpr int most_attempts = 200;
    for (int attempt = 0; attempt < most_attempts; ++attempt) {
      if (link(file.c_str(), marker.c_str()) == 0) {
        // The name may be another's file by now, which then has two names for a moment.
        if (holds_text(marker, text) != Ours::no) break;
        unlink(marker.c_str());
        is_lost = true;
        break;
      }
      const bool is_held = errno == EEXIST && holds_text(marker, text) != Ours::yes;
      if (holds_text(file, text) == Ours::no) is_lost = true;
      if (is_lost || !is_held) break;
      // Somebody is about to take it over, and will leave it alone when he sees our sign of life.
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    is_sealed = !is_lost;
    return is_sealed;
  }

  void let_go() noexcept {
    if (is_sealed && is_guarded) unlink(marker.c_str());
    is_sealed = false;
  }

  void give_up() {
    const bool is_ours = is_guarded && !is_lost && hold();
    if (descriptor >= 0) close(std::exchange(descriptor, -1));
    if (!is_ours) return;
    unlink(file.c_str());
    let_go();
  }

  fs::path folder;
  fs::path file;
  fs::path marker;
  fs::path unborn;  ///< the name before the claim is taken
  std::string text;
  std::string taken_over;
  int descriptor = -1;
  bool made_folder = false;
  bool is_guarded = true;
  bool is_sealed = false;
  std::atomic<bool> is_lost{false};
  std::shared_ptr<Heartbeat> heartbeat;  ///< once it is a claim
};

Claim::Claim(std::unique_ptr<State> state) : state_(std::move(state)) {}
Claim::Claim(Claim&&) noexcept = default;
Claim& Claim::operator=(Claim&&) noexcept = default;
Claim::~Claim() = default;

const fs::path& Claim::folder() const { return state_->folder; }
const std::string& Claim::taken_over() const { return state_->taken_over; }
bool Claim::is_guarded() const { return state_->is_guarded; }
bool Claim::is_lost() const { return state_->is_lost; }

bool Claim::check() {
  state_->beat();
  return !state_->is_lost;
}

bool Claim::seal() { return state_->hold(); }
void Claim::unseal() { state_->let_go(); }
std::string Claim::holder() const { return describe(look_at_claim(state_->file)); }
void Claim::release() { state_.reset(); }

/// One wish for a claim.
struct Claims::Attempt {
  enum class Result { taken, held, changed };

  /// Free, or another's.
  Result take() {
    if (link(state.unborn.c_str(), state.file.c_str()) == 0) return own();
    const int error = errno;
    if (is_without_links(error)) {
      state.is_guarded = false;
      return own();
    }
    if (error == ENOENT) return Result::changed;  // somebody has tidied up
    sight = look_at_claim(state.file);
    if (!sight.is_there && error == EEXIST) return Result::changed;
    if (sight.text == state.text) return own();  // the server's first answer was lost
    if (error != EEXIST) fail(state.file, "cannot be created", error);
    reason = why_left_behind(sight, rule, state.now());
    return reason.empty() ? Result::held : take_over();
  }

  /// The claim is left behind.
  Result take_over() {
    const std::optional<ClaimHolder> holder = parse_claim(sight.text);
    const fs::path marker = claim_marker_file(state.folder, holder ? holder->token : "");
    if (link(state.unborn.c_str(), marker.c_str()) != 0) {
      // Whatever else keeps a name from being made will keep it from being made the next time, too.
      if (errno != EEXIST && errno != ENOENT) fail(marker, "cannot be created", errno);
      return clear(marker);
    }
    const ClaimSight now = look_at_claim(state.file);
    const bool is_same = now.text == sight.text && now.inode == sight.inode &&
                         !why_left_behind(now, rule, state.now()).empty();
    const int error = is_same && rename(state.unborn.c_str(), state.file.c_str()) != 0 ? errno : 0;
    const bool is_ours = is_same && (error == 0 || holds_text(state.file, state.text) == Ours::yes);
    unlink(marker.c_str());
    if (!is_ours && error != 0 && error != ENOENT) fail(state.file, "cannot be replaced", error);
    if (!is_ours) return Result::changed;
    state.taken_over = describe(sight) + ", " + reason;
    return own();
  }

  /// Somebody is taking the claim over or giving it up, or has died while he did.
  Result clear(const fs::path& marker) {
    const ClaimSight other = look_at_claim(marker);
    if (!other.is_there) return Result::changed;
    if (why_left_behind(other, rule, state.now()).empty()) return Result::held;
    // Taken away before it is looked at: what lies there may be a new one.
    const fs::path aside = unborn_claim_file(state.folder);
    if (rename(marker.c_str(), aside.c_str()) != 0) {
      if (errno != ENOENT) fail(marker, "cannot be removed", errno);
      return Result::changed;
    }
    if (look_at_claim(aside).inode != other.inode) link(aside.c_str(), marker.c_str());
    unlink(aside.c_str());
    return Result::changed;
  }

  /// The file is open by its own name from now on: one that is removed while it is open by another
  /// stays in the folder of a network file system, under a name of that system's.
  Result own() {
    struct stat before {};
    struct stat after {};
    const bool is_known = fstat(state.descriptor, &before) == 0;
    close(std::exchange(state.descriptor, -1));
    unlink(state.unborn.c_str());
    if (!state.is_guarded) return Result::taken;
    state.descriptor = open(state.file.c_str(), O_RDWR | O_CLOEXEC);
    if (state.descriptor < 0 && errno != ENOENT && errno != ESTALE) {
      const int error = errno;
      unlink(state.file.c_str());  // else it would be a living process's, for whom we would wait
      fail(state.file, "cannot be opened", error);
    }
    const bool is_same = is_known && state.descriptor >= 0 &&
                         fstat(state.descriptor, &after) == 0 && after.st_ino == before.st_ino;
    return is_same ? Result::taken : Result::changed;
  }

  Claim::State& state;
  const ClaimRule& rule;
  ClaimSight sight;
  std::string reason;
};

Claims::Claims(ClaimRule rule) : rule_(std::move(rule)) {
  constexpr double longest = 30.0;
  const double seconds = std::min(rule_.stale_after / 6.0, longest);
  heartbeat_ = std::make_shared<Heartbeat>(std::chrono::milliseconds(
      std::max<std::int64_t>(1, static_cast<std::int64_t>(seconds * 1000))));
}

ClaimAnswer Claims::take(const fs::path& folder) {
  std::string holder = "other processes, one after the other";
  // Whoever keeps meeting others in the middle of it may as well come back later.
  constexpr int most_attempts = 20;
  for (int i = 0; i < most_attempts; ++i) {
    const bool made_folder = make_claim_folder(folder);
    auto state = std::make_unique<Claim::State>(folder, rule_);
    state->made_folder = made_folder;
    if (!state->write()) continue;
    Attempt attempt{*state, rule_, {}, {}};
    const Attempt::Result result = attempt.take();
    if (result == Attempt::Result::held) return {std::nullopt, describe(attempt.sight)};
    if (result == Attempt::Result::changed) continue;
    state->heartbeat = heartbeat_;
    if (state->is_guarded) heartbeat_->add(*state);
    return {Claim(std::move(state)), ""};
  }
  return {std::nullopt, holder};
}

}  // namespace histo
