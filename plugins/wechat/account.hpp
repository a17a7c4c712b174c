// What all operations of one merchant account share.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "common/settings.hpp"
#include "tollgate/channel.hpp"
#include "wechat/signing.hpp"
#include "wechat/trust.hpp"

namespace tollgate::wechat {

/// Immutable but for `trust`; thread-safe. Outlives the channel's operations.
struct Account {
  common::Gateway gateway;
  std::string app_id;
  std::string receiver;  ///< "mch_id/app_id"
  Signer signer;
  std::unique_ptr<Trust> trust;

  /// A signed request; `target` is path and query, percent-encoded.
  sdk::Request request(std::string_view method, std::string_view target, std::string body,
                       std::int64_t now_ms) const;
  /// GET /v3/certificates.
  sdk::Request certificates_request(std::int64_t now_ms) const;
};

}  // namespace tollgate::wechat
