// What the simulated Alipay says: signed answers, notices and the browser's way back.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sandbox/alipay_gateway.hpp"
#include "sandbox/alipay_keys.hpp"
#include "sandbox/distortion.hpp"
#include "sandbox/notice.hpp"

namespace tollgate::sandbox {

/// WAIT_BUYER_PAY, TRADE_SUCCESS or TRADE_CLOSED as the books stand at `now`.
std::string alipay_status(const Trade& trade, TimeMs now);

/// The node of a good answer: code 10000 and then `members` (JSON members without braces).
std::string alipay_node(std::string_view members);
std::string alipay_error_node(const AlipayError& error);
/// The members of a query's answer; `amount` in spite of the books.
std::string alipay_query_members(const Trade& trade, TimeMs now,
                                 std::optional<std::int64_t> amount);

/// {"<name>":<node>,"alipay_cert_sn":…,"sign":…}; "/" is escaped in the node as Alipay does, and
/// the signature covers the node's bytes. `lie`: it covers others.
std::string alipay_answer(std::string_view name, std::string node, const AlipaySigner& signer,
                          bool lie);
/// The same without a signature.
std::string alipay_unsigned_answer(std::string_view name, std::string node);

struct AlipayVoice {
  const AlipayApp& app;
  const AlipaySigner& signer;
  PKey stranger;     ///< Signs Forgery::key.
  bool gbk = false;  ///< Notices are in GBK.
};
/// A complete notice (section 5), fresh at `now`.
NoticeMessage alipay_notice(const Notice& notice, const Distortion& distortion,
                            const AlipayVoice& voice, TimeMs now);
/// return_url with the signed parameters that the browser carries.
std::string alipay_return(const Trade& trade, const AlipayVoice& voice, TimeMs now);

}  // namespace tollgate::sandbox
