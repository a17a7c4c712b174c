#include "console/device.hpp"

#include <algorithm>
#include <array>

namespace tollgate::console {
namespace {

constexpr int foreign_method = 6;

struct MethodRow {
  std::string_view method;
  int desktop, mobile, wechat, alipay;
};

// WeChat's browser does not open h5 payments nor Alipay's pages; Alipay's does not open WeChat's.
constexpr std::array<MethodRow, 8> methods{{
    {"native", 1, 3, 2, 4},
    {"qr", 1, 3, 5, 2},
    {"page", 2, 4, 0, 3},
    {"redirect", 2, 2, 3, 2},
    {"h5", 0, 1, 0, 0},
    {"wap", 0, 1, 0, 1},
    {"jsapi", 0, 0, 1, 0},
    {"app", 0, 0, 0, 0},
}};

bool contains(std::string_view text, std::string_view word) {
  return text.find(word) != std::string_view::npos;
}

const Choice* best(const std::vector<Choice>& choices, Device device, auto&& fits) {
  const Choice* found = nullptr;
  for (const Choice& choice : choices) {
    const int rank = suitability(choice.method, device);
    if (rank == 0 || !fits(choice)) continue;
    if (found == nullptr || rank < suitability(found->method, device)) found = &choice;
  }
  return found;
}

}  // namespace

Device device_of(std::string_view user_agent) {
  if (contains(user_agent, "MicroMessenger")) return Device::wechat;
  if (contains(user_agent, "AlipayClient")) return Device::alipay;
  for (const std::string_view word : {"Mobile", "Android", "iPhone", "iPad", "HarmonyOS"})
    if (contains(user_agent, word)) return Device::mobile;
  return Device::desktop;
}

int suitability(std::string_view method, Device device) {
  const auto* row = std::ranges::find(methods, method, &MethodRow::method);
  if (row == methods.end()) return foreign_method;
  switch (device) {
    case Device::desktop:
      return row->desktop;
    case Device::mobile:
      return row->mobile;
    case Device::wechat:
      return row->wechat;
    case Device::alipay:
      return row->alipay;
  }
  return 0;
}

std::vector<const Choice*> offers(const std::vector<Choice>& choices, Device device) {
  std::vector<const Choice*> out;
  for (const Choice& choice : choices) {
    const auto same_button = [&](const Choice& other) {
      return other.channel == choice.channel && other.title == choice.title;
    };
    const Choice* chosen = best(choices, device, same_button);
    if (chosen != nullptr && std::ranges::find(out, chosen) == out.end()) out.push_back(chosen);
  }
  return out;
}

const Choice* scanned_choice(const std::vector<Choice>& choices, Device device) {
  switch (device) {
    case Device::wechat:
      return best(choices, device, [](const Choice& c) { return c.channel == "wechat"; });
    case Device::alipay:
      return best(choices, device, [](const Choice& c) { return c.channel == "alipay"; });
    case Device::mobile:
    case Device::desktop:
      break;
  }
  return nullptr;
}

}  // namespace tollgate::console
