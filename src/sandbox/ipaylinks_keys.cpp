#include "sandbox/ipaylinks_keys.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/json_writer.hpp"
#include "sandbox/files.hpp"

namespace tollgate::sandbox {
namespace fs = std::filesystem;

IpaylinksKeys::IpaylinksKeys(const fs::path& dir, Random& random)
    : merchants_{
          {"ipl-gen1", 1, "10000000001", "shop.sandbox.example", "Demo shop 模拟商户一", ""},
          {"ipl-gen2", 2, "10000000002", "shop2.sandbox.example", "Second shop 模拟商户二", ""}} {
  const fs::path folder = fs::absolute(dir) / "ipaylinks";
  fs::create_directories(folder);
  fs::permissions(folder, fs::perms::owner_all);
  for (auto& merchant : merchants_)
    merchant.pkey = read_or_make(folder / ("pkey_gen" + std::to_string(merchant.generation)),
                                 [&random] { return random.alphanumeric(32); });
}

const IpaylinksMerchant* IpaylinksKeys::merchant(std::string_view id, int generation) const {
  const auto at = std::ranges::find(merchants_, id, &IpaylinksMerchant::id);
  return at == merchants_.end() || at->generation != generation ? nullptr : &*at;
}

const IpaylinksMerchant& IpaylinksKeys::merchant(std::string_view id) const {
  const auto at = std::ranges::find(merchants_, id, &IpaylinksMerchant::id);
  TOLLGATE_ASSERT(at != merchants_.end());
  return *at;
}

std::vector<std::string> IpaylinksKeys::accounts(std::string_view url) const {
  std::vector<std::string> list;
  for (const auto& merchant : merchants_) {
    const bool first = merchant.generation == 1;
    json::Writer out;
    out.begin_object()
        .field("id", merchant.account_id)
        .field("channel", "ipaylinks")
        .field("gateway", std::string(url) + (first ? "/webgate/ipayapi.htm" : "/mapi/OpenAPI.do"))
        .key("settings")
        .begin_object()
        .field("generation", first ? "1" : "2")
        .field("merchant_id", merchant.id)
        .field("site_id", merchant.site)
        .field("key", merchant.pkey)
        .end_object()
        .end_object();
    list.push_back(out.take());
  }
  return list;
}

}  // namespace tollgate::sandbox
