// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace CLI {
class App;
}

namespace opencapf::capfctl {

/// Gives every command its examples; call it when all commands are there. Throws std::logic_error for a command without
/// any, so that none is left out.
void add_examples(CLI::App& cli);

}  // namespace opencapf::capfctl
