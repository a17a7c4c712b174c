#include "base/metrics.hpp"

#include <algorithm>

namespace tollgate {
namespace {

/// Microseconds as seconds in decimal, without floating point.
std::string seconds_text(std::int64_t us) {
  std::string fraction = std::to_string(us % 1'000'000);
  fraction.insert(0, 6 - fraction.size(), '0');
  while (fraction.size() > 1 && fraction.back() == '0') fraction.pop_back();
  return std::to_string(us / 1'000'000) + "." + fraction;
}

std::string with_label(const std::string& labels, const std::string& extra) {
  if (labels.empty()) return "{" + extra + "}";
  return labels.substr(0, labels.size() - 1) + "," + extra + "}";
}

void append_escaped(std::string& text, std::string_view value) {
  const auto plain = [](char c) { return c != '\n' && c != '"' && c != '\\'; };
  if (std::ranges::all_of(value, plain)) return text.append(value), void();
  for (const char c : value) {
    if (!plain(c)) text += '\\';
    text += c == '\n' ? 'n' : c;
  }
}

/// Counters may be asked for by their names at each request: what is known costs no allocation.
template <class Families>
auto& family_of(Families& families, std::string_view name, std::string_view help) {
  const auto known = families.find(name);
  auto& family = known != families.end() ? known->second : families[std::string(name)];
  if (family.help != help) family.help = help;
  return family;
}

}  // namespace

void Histogram::observe_us(std::int64_t us) {
  const auto at = std::ranges::lower_bound(bounds_us, us) - bounds_us.begin();
  buckets_[static_cast<std::size_t>(at)].fetch_add(1, std::memory_order_relaxed);
  sum_us_.fetch_add(us, std::memory_order_relaxed);
}

std::string Metrics::label_text(Labels labels) {
  if (labels.size() == 0) return {};
  std::size_t size = 2;
  for (const auto& [name, value] : labels) size += name.size() + value.size() + 4;
  std::string text;
  text.reserve(size);
  text = "{";
  for (const auto& [name, value] : labels) {
    if (text.size() > 1) text += ',';
    text.append(name).append("=\"");
    append_escaped(text, value);
    text += '"';
  }
  text += '}';
  return text;
}

Counter& Metrics::counter(std::string_view name, std::string_view help, Labels labels) {
  const std::string text = label_text(labels);
  const std::lock_guard lock(mutex_);
  auto& slot = family_of(families_, name, help).counters[text];
  if (!slot) slot = std::make_unique<Counter>();
  return *slot;
}

Histogram& Metrics::histogram(std::string_view name, std::string_view help, Labels labels) {
  const std::string text = label_text(labels);
  const std::lock_guard lock(mutex_);
  auto& slot = family_of(families_, name, help).histograms[text];
  if (!slot) slot = std::make_unique<Histogram>();
  return *slot;
}

void Metrics::gauge(std::string_view name, std::string_view help,
                    std::function<std::int64_t()> read) {
  const std::lock_guard lock(mutex_);
  family_of(families_, name, help).gauge = std::move(read);
}

std::string Metrics::render() const {
  const std::lock_guard lock(mutex_);
  std::string out;
  for (const auto& [name, family] : families_) {
    const char* type = family.gauge ? "gauge" : family.histograms.empty() ? "counter" : "histogram";
    out.append("# HELP ").append(name).append(" ").append(family.help).append("\n# TYPE ");
    out.append(name).append(" ").append(type).append("\n");
    if (family.gauge)
      out.append(name).append(" ").append(std::to_string(family.gauge())).append("\n");
    for (const auto& [labels, counter] : family.counters)
      out.append(name)
          .append(labels)
          .append(" ")
          .append(std::to_string(counter->value()))
          .append("\n");
    for (const auto& [labels, histogram] : family.histograms) {
      std::int64_t total = 0;
      for (std::size_t i = 0; i < histogram->buckets_.size(); ++i) {
        total += histogram->buckets_[i].load(std::memory_order_relaxed);
        const std::string bound =
            i < Histogram::bounds_us.size() ? seconds_text(Histogram::bounds_us[i]) : "+Inf";
        out.append(name).append("_bucket").append(with_label(labels, "le=\"" + bound + "\""));
        out.append(" ").append(std::to_string(total)).append("\n");
      }
      out.append(name).append("_sum").append(labels).append(" ");
      out.append(seconds_text(histogram->sum_us_.load(std::memory_order_relaxed))).append("\n");
      out.append(name).append("_count").append(labels).append(" ");
      out.append(std::to_string(total)).append("\n");
    }
  }
  return out;
}

}  // namespace tollgate
