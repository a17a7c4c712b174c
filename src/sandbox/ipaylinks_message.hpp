// Fields and signatures of both generations of iPayLinks (channel document, sections 2 to 5).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "sandbox/distortion.hpp"
#include "sandbox/form.hpp"
#include "sandbox/ipaylinks_keys.hpp"
#include "sandbox/notice.hpp"
#include "sandbox/trade.hpp"

namespace tollgate::sandbox {

/// What iPayLinks remembers of a placement beyond what all channels do.
struct IpaylinksDetails final : Details {
  std::string return_url;
  std::string remark;   ///< Echoed; reqReserved of the second generation.
  std::string channel;  ///< transChannel.
};

/// How the key goes to the text: "&pkey=", "&key=", or nothing before it.
struct IpaylinksTail {
  std::string text = "&pkey=";
};
/// Lower-case MD5 over the sorted fields without `sign_name` and the key.
std::string ipaylinks_signature(const Fields& fields, std::string_view sign_name,
                                const std::string& pkey, const IpaylinksTail& tail);

/// signMsg, or sign of the second generation.
std::string_view ipaylinks_sign_name(int generation);
/// Without its signature: what a notice, a browser's way back and a query's answer tell.
Fields ipaylinks_facts(const Trade& trade, const IpaylinksMerchant& merchant, TimeMs now,
                       const Distortion& distortion);
/// The same of a refund (second generation).
Fields ipaylinks_refund_facts(const Trade& trade, const Refund& refund,
                              const IpaylinksMerchant& merchant, const Distortion& distortion);
/// The status word of the second generation.
std::string ipaylinks_status(const Trade& trade, TimeMs now);

/// The amount on the wire: a hundredfold for every currency in the first generation, minor units
/// in the second. Nothing for currencies whose rule nobody knows.
std::optional<std::int64_t> ipaylinks_minor(std::string_view wire, std::string_view currency,
                                            int generation);
std::string ipaylinks_wire(std::int64_t minor, std::string_view currency, int generation);

/// yyyyMMddHHmmss in China.
std::string ipaylinks_time(TimeMs time);

}  // namespace tollgate::sandbox
