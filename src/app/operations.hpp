// Routes that tell how the server is: /healthz, /readyz, /metrics, /openapi.json.
#pragma once

#include <atomic>
#include <string_view>
#include <vector>

#include "api/context.hpp"
#include "base/metrics.hpp"
#include "db/database.hpp"

namespace tollgate::app {

/// docs/openapi.yaml as JSON, part of the binary.
std::string_view openapi_json();

/// `ready` is false before the start is complete and while draining. All outlive the routes.
std::vector<api::Route> operations_routes(db::Database& database, const Metrics& metrics,
                                          const std::atomic<bool>& ready);

}  // namespace tollgate::app
