// Writes the buyer's pages in every state as files, to be looked at in a browser:
// console_preview DIR
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>

#include "console/page.hpp"
#include "fake_cashier.hpp"

namespace {

using namespace tollgate;
using namespace tollgate::console;

void write(const std::string& dir, const std::string& name, const net::Response& page) {
  std::ofstream(dir + "/" + name + ".html") << page.body;
}

Visit visit(std::string_view language, Device device, TimeMs now) {
  Visit visit(texts_for(language));
  visit.device = device;
  visit.now = now;
  visit.nonce = "preview";
  return visit;
}

void write_states(const std::string& dir, const std::string& suffix, const Visit& visit) {
  CashierView view = test::course_order();
  write(dir, "choose" + suffix, cashier_page(view, visit));
  Visit alerted = visit;
  alerted.alert = Errc::channel_unavailable;
  write(dir, "alert" + suffix, cashier_page(view, alerted));
  alerted.alert = Errc::rate_limited;
  write(dir, "busy" + suffix, cashier_page(view, alerted));
  Visit returned = visit;
  returned.returned = true;
  write(dir, "confirming" + suffix, cashier_page(view, returned));
  Visit late = visit;
  late.now = view.expires_at;
  write(dir, "time_up" + suffix, cashier_page(view, late));

  view.open_attempt = test::open_qr();
  write(dir, "scan" + suffix, cashier_page(view, visit));
  view.open_attempt = test::open_redirect();
  write(dir, "redirect" + suffix, cashier_page(view, visit));
  view.open_attempt = test::open_bridge();
  write(dir, "bridge" + suffix, cashier_page(view, visit));
  view.open_attempt.reset();

  view.return_url = "https://shop.example/thanks";
  for (const char* status : {"paid", "refunded", "cancelled", "expired", "failed"}) {
    view.status = status;
    write(dir, status + suffix, cashier_page(view, visit));
  }
  view = test::course_order();
  view.choices.resize(1);
  view.items = {
      {"A very long name of a very special thing that nobody ever shortens", 1'234'567, 3},
      {"小件商品", 100, 1}};
  view.amount = 123'456'789'012;
  view.currency = "KWD";
  write(dir, "single" + suffix, cashier_page(view, visit));
  view.choices.clear();
  write(dir, "nothing" + suffix, cashier_page(view, visit));
  write(dir, "not_found" + suffix, not_found_page(visit));
  write(dir, "error" + suffix, error_page(500, "req-4f2a91c07d", visit));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: console_preview DIR\n";
    return 2;
  }
  const std::string dir = argv[1];
  const TimeMs now = test::some_time;
  write_states(dir, "-pc-en", visit("en", Device::desktop, now));
  write_states(dir, "-pc-zh", visit("zh-CN", Device::desktop, now));
  write_states(dir, "-phone-en", visit("en", Device::mobile, now));
  write_states(dir, "-wechat-zh", visit("zh-CN", Device::wechat, now));
  return 0;
}
