// The reconciliations' routes.
#pragma once

#include <vector>

#include "api/context.hpp"
#include "reconciliation/reconciler.hpp"

namespace tollgate::reconciliation {

/// The reconciler outlives them.
std::vector<api::Route> routes(Reconciler& reconciler);

}  // namespace tollgate::reconciliation
