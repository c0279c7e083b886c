// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.coordinator.raft;

import dev.holdfast.testkit.contract.Backend;
import dev.holdfast.testkit.contract.CoordinatorContract;

/** As many as vote at most by default. */
final class FiveServersContractTest extends CoordinatorContract {
  @Override
  protected Backend openBackend() {
    return new RaftBackend(5);
  }
}
