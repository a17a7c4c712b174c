// What payments ask of refunds, remembered.
#pragma once

#include <string>
#include <vector>

#include "payment/ports.hpp"

namespace tollgate::test {

class HeardRefunds final : public payment::RefundsOfPayment {
 public:
  std::vector<std::string> causes;
  std::string_view apply(db::Tx&, const std::string&, const payment::Fact&) override {
    return "nothing";
  }
  void give_back(db::Tx&, PayNo, std::string_view cause) override { causes.emplace_back(cause); }
};

}  // namespace tollgate::test
