// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.core.lock;

import java.util.List;

/**
 * A reply, and what the home should do next.
 *
 * @param newGrants given by this decision to owners who had waited; their clients learn it through
 *     their claims, the home may tell its own at once
 * @param refillNeeded see {@link LockState#refillNeeded()}
 */
public record LockOutcome(LockReply reply, List<Grant> newGrants, boolean refillNeeded) {
  public LockOutcome {
    newGrants = List.copyOf(newGrants);
  }
}
