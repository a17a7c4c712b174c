// tollgate-simulate: runs seeds, says which failed and how to see them again.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "simulate/channel_side.hpp"
#include "simulate/simulation.hpp"

namespace tollgate::simulate {
namespace {

struct Wishes {
  std::vector<std::uint64_t> seeds;  ///< These alone.
  std::uint64_t count = 0;           ///< Fresh ones.
  std::uint64_t lifetimes = 0;       ///< Fresh ones until so many payments were played.
  std::uint64_t from = 0;            ///< The first fresh one; 0: drawn.
  std::string known;                 ///< A file of seeds that once failed, run first.
  std::string keep;                  ///< Where fresh seeds that fail are added.
  std::string keys;
  bool show = false;
  bool twice = false;
};

/// The first word of each line that is no comment.
std::vector<std::uint64_t> read_seeds(const std::string& file) {
  std::vector<std::uint64_t> seeds;
  std::ifstream in(file);
  if (!in) throw std::runtime_error("cannot read " + file);
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::uint64_t seed = 0;
    if (words >> seed) seeds.push_back(seed);
  }
  return seeds;
}

/// So many are told one by one.
constexpr std::size_t few_seeds = 30;
constexpr std::size_t few_lifetimes = 1'000;

class Runner {
 public:
  explicit Runner(Wishes wishes) : wishes_(std::move(wishes)) {}

  void run(std::uint64_t seed, bool fresh) {
    std::function<void(const std::string&)> show;
    if (wishes_.show) show = [](const std::string& line) { std::cout << line << '\n'; };
    Verdict verdict = run_seed(seed, wishes_.keys, show);
    if (wishes_.twice) {
      const Verdict again = run_seed(seed, wishes_.keys);
      if (again.trace_hash != verdict.trace_hash)
        verdict.failures.push_back("the seed gave two traces: " + verdict.trace_hash + " and " +
                                   again.trace_hash);
    }
    ++seeds_;
    const std::size_t before = lifetimes_;
    lifetimes_ += verdict.lifetimes;
    if (wishes_.lifetimes > few_lifetimes && before / few_lifetimes != lifetimes_ / few_lifetimes)
      std::cout << lifetimes_ << " lifetimes" << std::endl;
    kills_ += static_cast<std::size_t>(verdict.kills);
    const bool few = wishes_.seeds.size() + wishes_.count < few_seeds;
    if ((few && wishes_.lifetimes <= few_lifetimes) || !verdict.failures.empty())
      tell(seed, verdict);
    if (verdict.failures.empty()) return;
    ++failed_;
    if (fresh && !wishes_.keep.empty())
      std::ofstream(wishes_.keep, std::ios::app)
          << seed << "  " << verdict.failures.front() << '\n';
  }

  std::size_t lifetimes() const { return lifetimes_; }
  /// Whether all was well.
  bool close() const {
    std::cout << kills_ << " kills\n"
              << seeds_ << " seeds, " << lifetimes_ << " lifetimes, " << failed_ << " failed"
              << std::endl;
    return failed_ == 0;
  }

 private:
  void tell(std::uint64_t seed, const Verdict& verdict) const {
    std::cout << "seed " << seed << ": trace " << verdict.trace_hash << ", " << verdict.lifetimes
              << " lifetimes, " << verdict.kills << " kills, " << verdict.steps << " steps, "
              << verdict.simulated_s << " s simulated\n";
    for (const auto& failure : verdict.failures) std::cout << "  FAILED " << failure << '\n';
    if (!verdict.failures.empty())
      std::cout << "  see it again: build/tollgate-simulate --seed " << seed << " --show\n";
    std::cout.flush();
  }

  const Wishes wishes_;
  std::size_t seeds_ = 0, lifetimes_ = 0, failed_ = 0, kills_ = 0;
};

int run(Wishes wishes) {
  if (wishes.keys.empty())
    wishes.keys = (std::filesystem::temp_directory_path() / "tollgate-simulate-keys").string();
  ChannelSide::make_keys(wishes.keys);
  const bool fresh = wishes.count > 0 || wishes.lifetimes > 0;
  if (fresh && wishes.from == 0) wishes.from = SystemRandom().below(1'000'000'000) + 1;
  Runner runner(wishes);
  for (const std::uint64_t seed : wishes.seeds) runner.run(seed, false);
  if (!wishes.known.empty())
    for (const std::uint64_t seed : read_seeds(wishes.known)) runner.run(seed, false);
  if (fresh) std::cout << "fresh seeds from " << wishes.from << std::endl;
  for (std::uint64_t i = 0; i < wishes.count || runner.lifetimes() < wishes.lifetimes; ++i)
    runner.run(wishes.from + i, true);
  return runner.close() ? 0 : 1;
}

}  // namespace
}  // namespace tollgate::simulate

int main(int argc, char** argv) {
  tollgate::simulate::Wishes wishes;
  CLI::App app("Simulates the server, its channel, its merchants and its mishaps from seeds");
  app.add_option("--seed", wishes.seeds, "Run this seed (may be repeated)");
  app.add_option("--seeds", wishes.count, "Run so many fresh seeds");
  app.add_option("--lifetimes", wishes.lifetimes,
                 "Run fresh seeds until so many payments were played");
  app.add_option("--from", wishes.from, "The first fresh seed (drawn where it is not given)");
  app.add_option("--known", wishes.known, "Run the seeds of this file first");
  app.add_option("--keep", wishes.keep, "Add fresh seeds that fail to this file");
  app.add_option("--keys", wishes.keys, "Folder of the simulated channel's keys");
  app.add_flag("--show", wishes.show, "Print every line of the trace");
  app.add_flag("--twice", wishes.twice, "Run each seed twice and compare the traces");
  CLI11_PARSE(app, argc, argv);
  try {
    return tollgate::simulate::run(std::move(wishes));
  } catch (const std::exception& e) {
    std::cerr << "tollgate-simulate: " << e.what() << '\n';
    return 2;
  }
}
